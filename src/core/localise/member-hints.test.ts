import assert from 'node:assert/strict'
import { test } from 'node:test'
import { writeBtf } from '../../../tests/btf-writer.ts'
import { Btf } from '../formats/btf/btf.ts'
import type { Report } from '../model.ts'
import { hintMembers } from './member-hints.ts'

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
