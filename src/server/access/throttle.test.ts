import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Throttle } from './throttle.ts'

const HOUR = 60 * 60 * 1000

test('some tries are free, then each waits twice as long, up to a bound, and an hour of quiet forgets', () => {
  const throttle = new Throttle({ free: 3, maxWaitMs: 5000 })
  let now = 1_000_000
  for (let tried = 0; tried < 3; tried++) assert.equal(throttle.attempt('a', now), 0)
  const waits: number[] = []
  for (let tried = 0; tried < 5; tried++) {
    const wait = throttle.attempt('a', now)
    waits.push(wait)
    assert.equal(throttle.attempt('a', now + wait - 1), 1, 'asking again does not make it longer')
    now += wait
    assert.equal(throttle.attempt('a', now), 0)
  }
  assert.deepEqual(waits, [1000, 2000, 4000, 5000, 5000])
  assert.equal(throttle.attempt('b', now), 0)
  assert.equal(throttle.attempt('a', now + HOUR), 0)
  assert.equal(throttle.attempt('a', now + HOUR), 0)
})

test('tries at the same time count each, and one that was right is taken back', () => {
  const throttle = new Throttle({ free: 3, maxWaitMs: 5000 })
  assert.deepEqual(
    Array.from({ length: 10 }, () => throttle.attempt('a', 5) > 0),
    [...Array(3).fill(false), ...Array(7).fill(true)],
  )
  for (let tried = 0; tried < 100; tried++) {
    assert.equal(throttle.attempt('b', 5), 0)
    throttle.takeBack('b')
  }
})

test('memory is bounded, and who goes on trying is not forgotten for new names', () => {
  const throttle = new Throttle({ free: 1, maxWaitMs: HOUR })
  throttle.attempt('guesser', 0)
  for (let name = 0; name < 30_000; name++) {
    throttle.attempt(`name ${name}`, 0)
    if (name % 1000 === 0) throttle.attempt('guesser', 2 ** 22 + name)
  }
  assert.ok(throttle.size <= 10_000)
  assert.ok(throttle.attempt('guesser', 2 ** 22 + 30_000) > 0)
})
