import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KernelEvent } from '../../core/event.ts'
import { type EventSourceOfRecorder, FlightRecorder } from './recorder.ts'

const event = (seconds: number): KernelEvent => ({
  ...{
    schema: 'faultline.event/1',
    kind: 'oom',
    monotonicUs: seconds * 1e6,
    wall: '',
    cpu: 0,
    source: 'oom/mark_victim',
  },
  details: {},
})

/** A mock of the kernel's trace: what comes at each reading. */
function recorderOf(batches: KernelEvent[][], maxEvents = 100): FlightRecorder {
  const source: EventSourceOfRecorder = {
    read: () => ({ events: batches.shift() ?? [], more: batches.length > 0 }),
    lost: () => 3,
    close: () => {},
  }
  return new FlightRecorder(source, { kinds: ['oom'], beforeMs: 10_000, maxEvents, bufferBytes: 65_536 })
}

const secondsOf = (lines: Uint8Array | undefined): number[] =>
  Buffer.from(lines ?? [])
    .toString()
    .split('\n')
    .filter(line => line !== '')
    .map(line => (JSON.parse(line) as KernelEvent).monotonicUs / 1e6)

test('an exception has the events from so long before it up to now', () => {
  const recorder = recorderOf([[event(80), event(89)], [event(95)], [event(101)]])
  try {
    assert.deepEqual(secondsOf(recorder.near(100e6)), [95, 101])
    assert.equal(recorder.near(200e6), undefined)
  } finally {
    recorder.close()
  }
})

test('memory is bounded: the oldest go first, and are counted', () => {
  const recorder = recorderOf([Array.from({ length: 50 }, (_, index) => event(100 + index / 100))], 20)
  try {
    assert.equal(secondsOf(recorder.near(100e6)).length, 20)
    assert.deepEqual(recorder.stats(), { recorded: 50, dropped: 30, lost: 3, kept: 20 })
  } finally {
    recorder.close()
  }
})
