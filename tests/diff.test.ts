// Two reports beside each other: nothing of either is lost, what is alike stands together, and what changes from run to run
// is no difference.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { sameLine } from '../src/web/diff/compare.ts'
import { diffOf } from '../src/web/diff/lines.ts'

const key = (item: string): string => item
const letters = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 40 })

test('both sides are whole and in order, and the same is the same', () => {
  fc.assert(
    fc.property(letters, letters, (one, other) => {
      const rows = diffOf(one, other, key)
      assert.ok(rows !== undefined)
      assert.deepEqual(
        rows.flatMap(row => row.one ?? []),
        one,
      )
      assert.deepEqual(
        rows.flatMap(row => row.other ?? []),
        other,
      )
      for (const row of rows) assert.equal(row.same, row.one !== undefined && row.one === row.other)
    }),
  )
})

test('as much as possible stands together: as long as the longest common subsequence', () => {
  const longest = (one: string[], other: string[]): number => {
    const table = Array.from({ length: one.length + 1 }, () => new Array<number>(other.length + 1).fill(0))
    for (let x = 1; x <= one.length; x++)
      for (let y = 1; y <= other.length; y++)
        table[x]![y] =
          one[x - 1] === other[y - 1] ? table[x - 1]![y - 1]! + 1 : Math.max(table[x - 1]![y]!, table[x]![y - 1]!)
    return table[one.length]![other.length]!
  }
  fc.assert(
    fc.property(letters, letters, (one, other) => {
      const paired = diffOf(one, other, key)!.filter(row => row.same).length
      assert.equal(paired, longest(one, other))
    }),
  )
})

test('texts with too little in common are given up in bounded time', () => {
  const numbered = (prefix: string) => Array.from({ length: 4000 }, (_, index) => `${prefix}${index}`)
  assert.equal(diffOf(numbered('a'), numbered('b'), key), undefined)
})

test('times, callers, addresses, processes and CPUs are no difference; functions and words are', () => {
  assert.equal(
    sameLine('[    9.231431][ T1234] CPU: 0 PID: 135 Comm: sh Not tainted 6.1.0 #1'),
    sameLine('[ 1209.000001] CPU: 13 PID: 9 Comm: sh Not tainted 6.1.0 #1'),
  )
  assert.equal(
    sameLine('RAX: 0000000000000000 RBX: ffff888003f99764'),
    sameLine('RAX: 0000000000000001 RBX: ffff88800aaaaaaa'),
  )
  assert.notEqual(sameLine(' vfs_write+0xc7/0x3f0'), sameLine(' vfs_read+0xc7/0x3f0'))
})
