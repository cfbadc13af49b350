// What holds for every line: no throw, exact values, time linear in its length.

import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ArchLine } from './arch.ts'
import { arches, identifyArch, readAny, readUserFault, reportReader } from './index.ts'

const folder = join(import.meta.dirname, '../../../fixtures/arch')
const lines = globSync('*/*.log', { cwd: folder }).flatMap(file => readFileSync(join(folder, file), 'utf8').split('\n'))

const hexadecimal = /^0x[0-9a-f]{1,32}$/

function assertSound(found: ArchLine | undefined): void {
  if (!found) return
  for (const values of [found.registers, found.pageTable]) {
    for (const value of Object.values(values ?? {})) assert.match(value, hexadecimal)
  }
  for (const frame of [found.pc, found.link]) {
    if (frame?.address !== undefined) assert.match(frame.address, hexadecimal)
    if (frame?.offset !== undefined) assert.ok(Number.isSafeInteger(frame.offset) || frame.offset > 2 ** 53)
  }
  if (found.fault?.address !== undefined) assert.match(found.fault.address, hexadecimal)
  if (found.code?.faultIndex !== undefined) assert.ok(found.code.faultIndex < found.code.units.length)
}

function readEveryWay(line: string): void {
  for (const arch of arches) assertSound(arch.read(line))
  assertSound(readAny(line))
  readUserFault(line)
}

test('random text', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), readEveryWay), { numRuns: 400 })
})

test('lines of dumps, cut, glued and with characters changed', () => {
  const piece = fc.tuple(fc.constantFrom(...lines), fc.nat(120), fc.nat(120))
  const torn = fc.array(piece, { minLength: 1, maxLength: 3 })
  const changed = fc.tuple(torn, fc.nat(200), fc.string({ unit: 'binary', minLength: 0, maxLength: 3 }))
  fc.assert(
    fc.property(changed, ([pieces, at, insertion]) => {
      const text = pieces.map(([line, from, to]) => line.slice(Math.min(from, to), Math.max(from, to))).join('')
      readEveryWay(text.slice(0, at) + insertion + text.slice(at))
    }),
    { numRuns: 2000 },
  )
})

test('reports of such lines, read in order', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...lines), { maxLength: 40 }), report => {
      identifyArch(report)
      for (const arch of arches) {
        const read = reportReader(arch)
        for (const line of report) assertSound(read(line))
      }
    }),
    { numRuns: 50 },
  )
})

// The work is the same for each character, so four times the length must not take ten times as long. The clock only
// tells quadratic from linear; a slow machine slows both.
const long = 1 << 14
const hostile: [string, (length: number) => string][] = [
  ['spaces', length => ' '.repeat(length)],
  ['digits', length => '0'.repeat(length)],
  ['letters', length => 'a'.repeat(length)],
  ['registers', length => 'RAX: 0000000000000000 '.repeat(length / 22)],
  ['torn registers', length => 'RAX: 0000 '.repeat(length / 10)],
  ['code', length => `Code: ${'8b '.repeat(length / 3)}`],
  ['bare words', length => '0123456789abcdef '.repeat(length / 17)],
  ['GPRs', length => `GPR00: ${'00000000 '.repeat(length / 9)}`],
  ['brackets', length => `RIP: 0010:${'[<ffffffff81000000>] '.repeat(length / 21)}`],
  ['symbol', length => `PC is at ${'a.'.repeat(length / 2)}`],
  ['names in brackets', length => `${'sh('.repeat(length / 3)}): Oops 0`],
  ['page table', length => `[0000000000000000] pgd=0000000000000000${', pmd=0000000000000000'.repeat(length / 22)}`],
  ['process', length => `Process ${' (pid: '.repeat(length / 7)}`],
  ['die', length => `general protection fault, probably for ${'a'.repeat(length)}: 0000 [#1]`],
  ['user', length => `${'a'.repeat(length)}[1]: segfault at 0 ip `],
  ['psw', length => `R:0 ${'T:1 '.repeat(length / 4)}`],
]

function seconds(line: string): number {
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < 3; round++) {
    // of this process: a machine that is busy with others must not count
    const start = process.cpuUsage()
    for (const arch of arches) arch.read(line)
    readAny(line)
    readUserFault(line)
    identifyArch([line])
    best = Math.min(best, process.cpuUsage(start).user / 1e6)
  }
  return best
}

for (const [name, make] of hostile) {
  test(`time is linear: ${name}`, () => {
    seconds(make(long / 4))
    const short = seconds(make(long))
    const four = seconds(make(long * 4))
    assert.ok(four < 10 * short + 0.02, `${short} s, then ${four} s for four times the length`)
  })
}
