import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { type Instant, WallClock } from './clock.ts'

const second = 1_000_000
const start = Date.parse('2026-11-22T10:00:00Z') * 1000

/** A machine whose clocks are moved by hand; stamps are monotonic time and what the kernel's clock is ahead. */
class Machine {
  monotonicUs = 0
  sleptUs = 0
  realtimeUs = start
  aheadUs = 0
  readonly read = (): Instant => ({
    monotonicUs: this.monotonicUs,
    boottimeUs: this.monotonicUs + this.sleptUs,
    realtimeUs: this.realtimeUs,
  })
  run(us: number): void {
    this.monotonicUs += us
    this.realtimeUs += us
  }
  sleep(us: number): void {
    this.sleptUs += us
    this.realtimeUs += us
  }
  get stamp(): number {
    return this.monotonicUs + this.aheadUs
  }
}

const off = (clock: WallClock, printed: { stamp: number; at: number; text?: string }): number =>
  Math.abs(Date.parse(clock.wall(printed.stamp, printed.text)!) - printed.at / 1000)

test('what was printed before a suspend keeps its time, what came after has the new', () => {
  const machine = new Machine()
  const clock = new WallClock(machine.read)
  machine.run(100 * second)
  const before: { stamp: number; at: number; text?: string } = { stamp: machine.stamp, at: machine.realtimeUs }
  clock.sample()
  machine.run(second)
  const entry = { stamp: machine.stamp, at: machine.realtimeUs, text: 'PM: suspend entry (deep)' }
  machine.run(second)
  machine.sleep(8 * 3600 * second)
  machine.run(second)
  const resume = {
    stamp: machine.stamp,
    at: machine.realtimeUs,
    text: 'ACPI: PM: Waking up from system sleep state S3',
  }
  machine.run(second)
  const exit = { stamp: machine.stamp, at: machine.realtimeUs, text: 'PM: suspend exit' }
  clock.sample()
  for (const printed of [before, entry, resume, exit]) assert.ok(off(clock, printed) < 2, printed.text)
  machine.run(3600 * second)
  const later = { stamp: machine.stamp, at: machine.realtimeUs }
  clock.sample()
  for (const printed of [before, entry, exit, later]) assert.ok(off(clock, printed) < 2)
})

test('a clock that is set back or forth does not move what was printed before', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -86_400, max: 86_400 }), { minLength: 1, maxLength: 20 }), steps => {
      const machine = new Machine()
      const clock = new WallClock(machine.read)
      const printed: { stamp: number; at: number }[] = []
      for (const step of steps) {
        machine.run(10 * second)
        clock.sample()
        printed.push({ stamp: machine.stamp, at: machine.realtimeUs })
        machine.run(10 * second)
        clock.sample()
        machine.realtimeUs += step * second
        machine.run(1000)
        clock.sample()
      }
      for (const each of printed) assert.ok(off(clock, each) < 2)
    }),
  )
})

test('the kernel’s clock drifts from CLOCK_MONOTONIC: records read as they come tell how far', () => {
  const machine = new Machine()
  machine.aheadUs = -42 * second
  machine.run(1000 * second)
  const clock = new WallClock(machine.read)
  for (const lateUs of [900, 300, 5000, 80_000]) {
    machine.run(second)
    const stamp = machine.stamp
    machine.run(lateUs)
    clock.seen(stamp)
  }
  assert.ok(off(clock, { stamp: machine.stamp, at: machine.realtimeUs }) <= 1)
})

test('from the boot on, with one suspend since: both sides of it are right', () => {
  const machine = new Machine()
  machine.run(100 * second)
  const early: { stamp: number; at: number; text?: string } = { stamp: machine.stamp, at: machine.realtimeUs }
  machine.run(100 * second)
  machine.sleep(3600 * second)
  const resume = { stamp: machine.stamp, at: machine.realtimeUs, text: 'PM: suspend exit' }
  machine.run(100 * second)
  const late: typeof early = { stamp: machine.stamp, at: machine.realtimeUs }
  const clock = new WallClock(machine.read)
  clock.fromBoot()
  for (const printed of [early, resume, late]) assert.ok(off(clock, printed) < 2, printed.text)
})

test('a stamp that no machine has is no time', () => {
  const clock = new WallClock(new Machine().read)
  assert.equal(clock.wall(2 ** 63), undefined)
  assert.equal(clock.wall(-(2 ** 60)), undefined)
})
