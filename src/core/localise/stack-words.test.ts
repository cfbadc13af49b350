import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { decodeBytes } from '../decoder.ts'
import type { Report } from '../model.ts'
import { labelStack } from './stack-words.ts'

const kinds = join(import.meta.dirname, '..', '..', '..', 'fixtures', 'kinds')
const wordsOf = (name: string): string[] => {
  const [report] = decodeBytes(readFileSync(join(kinds, name, 'input.log')))
  return (report?.stack?.words ?? []).map(({ address, value, meaning }) => `${address ?? ''} ${value} ${meaning ?? ''}`)
}

test('ARM: words at their addresses, places on the stack itself, registers', () => {
  const words = wordsOf('bug-on/arm-6.1-module')
  assert.equal(words.length, 104)
  assert.equal(words[2], '0xd898de68 0xd898de84 stack, 0x24 above the top  = r4')
})

test('addresses that the trace names, where it prints them', () => {
  const words = wordsOf('null-dereference/mips64-6.1-read')
  assert.ok(
    words.some(word => /fl_\w+\+0x[0-9a-f]+\/0x[0-9a-f]+ \[fltrig\]/.test(word)),
    words.join('\n'),
  )
})

test('a name from outside, a value that the kernel writes on purpose, and nothing for chance', () => {
  const report = {
    arch: 'x86_64',
    registers: { RSP: '0xffffc90000593c38', RBX: '0xffff888012345678' },
    stack: {
      words: [
        '0xffffffff81234567',
        '0x6b6b6b6b6b6b6b6b',
        '0x0000000000000001',
        '0xffffc90000593c40',
        '0xffff888012345678',
      ].map(value => ({ value })),
    },
  } as unknown as Report
  labelStack(report, address => (address === 0xffffffff81234567n ? 'vfs_read+0x17/0x2f0' : undefined))
  assert.deepEqual(
    report.stack?.words.map(({ address, meaning }) => [address, meaning]),
    [
      ['0xffffc90000593c38', 'vfs_read+0x17/0x2f0'],
      ['0xffffc90000593c40', 'POISON_FREE'],
      ['0xffffc90000593c48', undefined],
      ['0xffffc90000593c50', 'stack, 0x8 above the top'],
      ['0xffffc90000593c58', 'direct map  = RBX'],
    ],
  )
})
