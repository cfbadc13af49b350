import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findDisassembler } from '../../../node/disassemblers/index.ts'
import type { Report } from '../../model.ts'
import { examineFunction } from './examine.ts'
import type { FunctionSource } from './function-source.ts'
import type { CodeTable, MachineCode } from './machine-code.ts'

const base = 0xffffffff81000000n
// push %rbp; mov %rsp,%rbp; mov 0x28(%rax),%rax; call +0x40; pop %rbp; ret
const linked = Uint8Array.of(
  ...[0x55, 0x48, 0x89, 0xe5, 0x48, 0x8b, 0x40, 0x28, 0xe8, 0x2e, 0, 0, 0],
  ...[0x48, 0x31, 0xc0, 0x48, 0x31, 0xdb, 0x5d, 0xc3],
)

/** .smp_locks, say: a distance to the byte at 8, where the call stands. */
const sites = Uint8Array.of(8, 0xf0, 0xff, 0xff)
const machine: MachineCode = {
  file: 'vmlinux',
  order: 'little',
  wordBytes: 8,
  bytes: async (at, count) => (at >= 0 && at + count <= linked.length ? linked.subarray(at, at + count) : undefined),
  holes: async () => [],
  table: async ({ section }: CodeTable) => (section === '.return_sites' ? { at: 0x1000, bytes: sites } : undefined),
  isCode: at => at >= 0 && at < 0x1000,
  fromBase: address => Number(address - base),
}
const source: FunctionSource = {
  machine,
  base,
  named: async name => (name === 'broken' ? [{ name, address: 0, sizeBytes: linked.length }] : []),
  symbolAt: async at => (at >= 0x30 ? { name: 'callee', address: 0x3b } : undefined),
  places: async at => [{ function: 'broken', file: 'fs/broken.c', line: at < 8 ? 10 : 12 }],
}

const hex = (bytes: Iterable<number>): string => Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join(' ')

async function examined(bytes: Uint8Array): Promise<Report> {
  const report = {
    arch: 'x86_64',
    severity: 'oops',
    lines: { first: 7, last: 9 },
    text: 'BUG: …\nCode: …',
    pc: { symbol: 'broken', offset: 4, size: linked.length },
    code: { bytes: hex(bytes), unitBytes: 1, faultIndex: 4 },
  } as unknown as Report
  await examineFunction(
    report,
    source,
    findDisassembler,
    async () => 'x\n'.repeat(9) + 'ten();\neleven();\ntwelve();\n',
  )
  return report
}

/** The code with some bytes changed. */
const changed = (...changes: [number, number][]): Uint8Array => {
  const bytes = Uint8Array.from(linked)
  for (const [at, byte] of changes) bytes[at] = byte
  return bytes
}

test('the whole function, names of what it calls, lines of source between', async () => {
  const { disassembly, findings } = await examined(linked)
  assert.equal(findings, undefined)
  assert.deepEqual(
    disassembly?.rows.map(({ offset, bytes, text, fault }) => [offset, bytes, text, fault]),
    [
      [0, '55', 'push %rbp', undefined],
      [1, '48 89 e5', 'mov %rsp,%rbp', undefined],
      [4, '48 8b 40 28', 'mov 0x28(%rax),%rax', true],
      [8, 'e8 2e 00 00 00', 'call 0xffffffff8100003b <callee>', undefined],
      [13, '48 31 c0', 'xor %rax,%rax', undefined],
      [16, '48 31 db', 'xor %rbx,%rbx', undefined],
      [19, '5d', 'pop %rbp', undefined],
      [20, 'c3', 'ret', undefined],
    ],
  )
  assert.deepEqual(
    disassembly.rows.map(({ source }) => source),
    [['ten();'], undefined, undefined, ['eleven();', 'twelve();'], ...new Array(4).fill(undefined)],
  )
})

test('one bit of the code that differs from the file', async () => {
  const { findings, disassembly } = await examined(changed([6, 0x44]))
  assert.equal(findings?.[0]?.what, "One bit of the kernel's code is wrong: bit 2 of 44, 2 bytes behind it")
  assert.match(findings[0].because, /vmlinux has there 40; all other 20 printed bytes are the same/)
  assert.deepEqual(findings[0].evidence, [8])
  assert.equal(disassembly?.rows[2]?.printed, '48 8b 44 28')
})

test('what the kernel patches by its tables is as it should be', async () => {
  const nop = await examined(changed([8, 0x0f], [9, 0x1f], [10, 0x44]))
  assert.deepEqual(
    nop.findings?.map(({ what, confidence }) => [what, confidence]),
    [['What ran is not all in the file: the kernel patched a return thunk at +0x8', 'certain']],
  )
  assert.equal(nop.disassembly?.rows[3]?.printed, '0f 1f 44 00 00')
})

test('a probe, bytes written over, another build', async () => {
  const found = async (...changes: [number, number][]): Promise<string | undefined> =>
    (await examined(changed(...changes))).findings?.[0]?.what
  assert.equal(await found([4, 0xcc]), 'A breakpoint stands in the code at +0x4')
  assert.equal(await found([0, 0xe9], [1, 1], [2, 2]), 'The code at +0x0 was made to jump elsewhere')
  assert.equal(await found([4, 0x41], [13, 0x41]), "2 bytes of the kernel's code were written over")
  assert.equal(
    (await examined(linked.map(byte => byte ^ 3))).findings?.[0]?.what,
    'The code in the log is not that of vmlinux',
  )
})
