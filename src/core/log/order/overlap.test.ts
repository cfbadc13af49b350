import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Random } from '../../../../tests/random.ts'
import { MIN_REPEATED_LINES, repeatedLines } from './overlap.ts'

const lines = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, index) => `line ${from + index}`)

test('windows of one log overlap by what both have', () => {
  assert.equal(repeatedLines(lines(0, 20), lines(0, 30)), 20, 'the same beginning')
  assert.equal(repeatedLines(lines(0, 20), lines(10, 30)), 10, 'the later one begins later')
  assert.equal(repeatedLines(lines(10, 20), lines(0, 30)), 20, 'the later one reaches further back')
  assert.equal(repeatedLines(lines(0, 20), lines(20, 30)), 0, 'they touch')
  assert.equal(repeatedLines(lines(0, 20), lines(40, 60)), 0, 'there is a gap')
  assert.equal(repeatedLines(lines(0, 20), lines(18, 30)), 0, 'too few lines to be sure')
  assert.equal(repeatedLines([], lines(0, 9)), 0)
  assert.equal(repeatedLines(lines(0, 9), []), 0)
})

test('any two windows of one log, joined, are the log again', () => {
  const random = new Random(5)
  for (let round = 0; round < 2000; round++) {
    const [start, middle, end] = [random.below(20), 20 + random.below(20), 40 + random.below(20)]
    const back = random.between(MIN_REPEATED_LINES, 20)
    const earlier = lines(start, middle)
    const later = lines(Math.max(0, middle - back), end)
    if (earlier.length < MIN_REPEATED_LINES) continue
    const joined = [...earlier, ...later.slice(repeatedLines(earlier, later))]
    assert.deepEqual(joined, lines(start, end))
  }
})

test('lines that are all the same take no more time than others', () => {
  const same = (count: number): string[] => Array.from({ length: count }, () => 'same')
  const began = performance.now()
  assert.equal(repeatedLines(['other', ...same(200_000)], same(300_000)), 200_000)
  assert.ok(performance.now() - began < 1000)
})
