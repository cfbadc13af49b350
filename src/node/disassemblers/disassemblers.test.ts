// Code lines of real reports, cut where the instructions really begin. Against objdump, ten thousand of each
// architecture: tests/slow/disassembly.test.ts.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { disassembleReport } from '../../core/localise/instructions.ts'
import type { ArchName, Report } from '../../core/model.ts'
import { findDisassembler } from './index.ts'

async function listing(
  arch: ArchName,
  bytes: string,
  unitBytes: number,
  faultIndex: number | undefined,
  pc?: Report['pc'],
): Promise<string[]> {
  const code = { bytes, unitBytes, ...(faultIndex === undefined ? {} : { faultIndex }) }
  const report = { arch, code, ...(pc === undefined ? {} : { pc }) } as Report
  await disassembleReport(report, findDisassembler)
  return (report.code?.instructions ?? []).map(({ address, bytes, text, fault }) =>
    `${fault ? '>' : ' '}${address ?? ''} ${bytes}: ${text}`.trim(),
  )
}

test('x86-64: the function’s own beginning; branches as places in it', async () => {
  const bytes =
    '00 00 00 00 90 0f 1f 44 00 00 bf 32 00 00 00 e8 21 39 f5 c0 e8 4c ff ff ff 31 c0 c3 cc cc cc cc 0f 1f 44 00 00 ' +
    '0f 1f 44 00 00 0f 0b 66 0f 1f 84 00 00 00 00 00 0f 1f 44 00 00 e8 e6 ff ff ff 66'
  assert.deepEqual(await listing('x86_64', bytes, 1, 42, { symbol: 'fl_bug', offset: 5, size: 16 }), [
    '0f 1f 44 00 00: nopl 0x0(%rax,%rax,1)',
    '>  0f 0b: ud2'.replace('>  ', '> '),
    '66 0f 1f 84 00 00 00 00 00: nopw 0x0(%rax,%rax,1)',
    '0f 1f 44 00 00: nopl 0x0(%rax,%rax,1)',
    'e8 e6 ff ff ff: call fl_bug+0x0',
  ])
})

test('x86-64: from what most ways of reading agree on, where the function begins before the dump', async () => {
  // decodecode begins at the first byte and makes "add %dl,0x53(%rbp)" of it; the code is push, push.
  const bytes =
    '00 55 53 48 89 fb 48 83 ec 08 48 8b 47 28 48 85 c0 74 16 48 8b 40 10 48 85 c0 74 0d 48 89 df e8 61 39 f5 c0 48 89 ' +
    'c5 48 89 df 48 8b 45 08 5b 5d c3'
  const lines = await listing('x86_64', bytes, 1, 42, { symbol: 'deep', offset: 0x1042, size: 0x2000 })
  assert.ok(lines.includes('> 48 8b 45 08: mov 0x8(%rbp),%rax'), lines.join('\n'))
  assert.ok(lines.includes('48 83 ec 08: sub $0x8,%rsp'), lines.join('\n'))
  assert.ok(!lines.some(line => line.includes('add %dl')))
})

test('arm64: words one by one, addresses where they are known', async () => {
  assert.deepEqual(
    await listing('arm64', '91170000 d503233f f9400800 b5000040 d4210000', 4, 4, {
      address: '0xffff800008010010',
      symbol: 'fl_bug_on',
      offset: 28,
    }),
    [
      '0xffff800008010000 91170000: add x0, x0, #0x5c0',
      '0xffff800008010004 d503233f: paciasp',
      '0xffff800008010008 f9400800: ldr x0, [x0, #0x10]',
      '0xffff80000801000c b5000040: cbnz x0, 0xffff800008010014 <fl_bug_on+0x20>',
      '>0xffff800008010010 d4210000: brk #0x800',
    ],
  )
})

test('the other architectures', async () => {
  const last = async (arch: ArchName, bytes: string, unitBytes: number, index: number): Promise<string | undefined> =>
    (await listing(arch, bytes, unitBytes, index)).find(line => line.startsWith('>'))
  assert.equal(await last('arm', 'e5933004 e7f001f2', 4, 1), '> e7f001f2: udf #0x12')
  assert.equal(await last('arm', 'b510 f7ff fffe 6803', 2, 3), '> 6803: ldr r3, [r0]')
  assert.equal(await last('powerpc64', 'XXXXXXXX 3c4c0004 91490000', 4, 2), '> 91490000: stw r10, 0(r9)')
  assert.equal(await last('s390x', 'c004 0000 5424 af00 0000 0707', 2, 5), '> 0707: nopr %r7')
  assert.equal(await last('mips64', '2c420001 00020336', 4, 1), '> 00020336: tne $zero, $v0, 0xc')
  assert.equal(await last('riscv64', '6422 0141 8082 9002', 2, 3), '> 9002: ebreak')
  assert.equal(await last('sparc64', '9de3bf50 91d02005', 4, 1), '> 91d02005: ta 5')
})

test('RISC-V: 16-bit forms by what they stand for; branches with where they go, near ones too', async () => {
  const pc = { address: '0xffffffff8001000c', symbol: 'fl_bug', offset: 12, size: 64 }
  assert.deepEqual(await listing('riscv64', '6ae2 0ee3 f6d9 8463 000c 9792 9002', 2, 6, pc), [
    '0xffffffff80010000 6ae2: ld s5, 0x18(sp)',
    '0xffffffff80010002 0ee3 f6d9: beq s2, a3, 0xffffffff8000ff7e <fl_bug-0x82>',
    '0xffffffff80010006 8463 000c: beqz s9, 0xffffffff8001000e <fl_bug+0xe>',
    '0xffffffff8001000a 9792: add a5, a5, tp',
    '>0xffffffff8001000c 9002: ebreak',
  ])
})

test('what is no code, and what is cut off', async () => {
  assert.deepEqual(await listing('x86_64', '', 1, undefined), [])
  assert.deepEqual(await listing('x86_64', '90 0f', 1, 0), ['> 90: nop'])
  assert.deepEqual(await listing('x86_64', '06 06 90', 1, 2), ['> 90: nop'])
  assert.deepEqual(await listing('powerpc64', 'XXXXXXXX 00000000', 4, 1), ['> 00000000: .word 0x00000000'])
  assert.deepEqual(await listing('alpha', '47ff041f', 4, 0), [])
})
