import assert from 'node:assert/strict'
import { test } from 'node:test'
import { writeBtf } from '../../../tests/btf-writer.ts'
import { Btf } from '../formats/btf/btf.ts'
import type { Report } from '../model.ts'
import { checkCode } from './code-check.ts'
import type { KernelFile } from './kernel-file.ts'
import { hintMembers } from './member-hints.ts'
import { SymbolTable } from './symbol-table.ts'

const btf = new Btf(
  'test',
  writeBtf([
    { kind: 'int', name: 'int', word: 4, tail: [0x01000020] },
    { kind: 'struct', name: 'file', word: 64, entries: 2, tail: ['f_mode', 1, 0, 'f_op', 3, 40 * 8] },
    { kind: 'pointer', word: 2 },
    { kind: 'prototype', word: 1, entries: 2, tail: ['file', 3, 'count', 1] },
    { kind: 'function', name: 'vfs_write', word: 4 },
  ]),
)

const reportOf = (more: Partial<Report>): Report =>
  ({ severity: 'oops', lines: { first: 7, last: 9 }, text: 'BUG: …\nCode: …', ...more }) as Report

test('a fault near NULL: the member of what the function takes', () => {
  const report = reportOf({ fault: { address: '0x0000000000000028' }, pc: { symbol: 'vfs_write.isra.0', offset: 9 } })
  hintMembers(report, btf, 'vmlinuz')
  assert.equal(report.findings?.[0]?.what, 'The member at 0x28 would be file->f_op')
  assert.match(report.findings?.[0]?.because ?? '', /vfs_write takes struct file \*file: by the types of vmlinuz/)
  assert.equal(report.findings?.[0]?.confidence, 'possible')
})

test('no member there, no such function, no address near NULL: nothing', () => {
  for (const [address, symbol] of [
    ['0x20', 'vfs_write'],
    ['0x28', 'other'],
    ['0xffff888000000028', 'vfs_write'],
    ['0x0', 'vfs_write'],
  ] as const) {
    const report = reportOf({ fault: { address }, pc: { symbol, offset: 9 } })
    hintMembers(report, btf, 'vmlinuz')
    assert.equal(report.findings, undefined)
  }
})

const linked = Uint8Array.of(0x55, 0x48, 0x89, 0xe5, 0x48, 0x8b, 0x40, 0x28, 0x5d, 0xc3)
const kernel = {
  name: 'vmlinuz',
  bytesAt: (address: bigint, count: number) => {
    const at = Number(address - 0xffffffff81000000n)
    return at >= 0 && at + count <= linked.length ? linked.subarray(at, at + count) : undefined
  },
} as unknown as KernelFile
const table = new SymbolTable({
  count: 1,
  addresses: BigUint64Array.of(0xffffffff81000000n),
  symbol: () => ({ type: 't', name: 'broken' }),
})
const codeOf = (bytes: string): Report =>
  reportOf({ pc: { symbol: 'broken', offset: 4 }, code: { bytes, unitBytes: 1, faultIndex: 4 } })

test('one bit of the code that differs from the image', () => {
  const report = codeOf('55 48 89 e5 48 8b 44 28 5d c3')
  checkCode(report, kernel, table)
  assert.equal(report.findings?.[0]?.what, "One bit of the kernel's code is wrong: bit 2 of 44, 2 bytes behind it")
  assert.match(report.findings?.[0]?.because ?? '', /vmlinuz has there 40; all other 9 printed are the same/)
  assert.deepEqual(report.findings?.[0]?.evidence, [8])
})

test('the same code, a patched instruction, code that is not in the image: nothing', () => {
  for (const bytes of ['55 48 89 e5 48 8b 40 28 5d c3', '0f 1f 44 00 48 8b 40 28 5d c3', `${'90 '.repeat(40)}90`]) {
    const report = codeOf(bytes)
    checkCode(report, kernel, table)
    assert.equal(report.findings, undefined)
  }
})
