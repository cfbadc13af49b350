import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KernelEvent } from '../../core/event.ts'
import { FlightRecorder, type RecorderSource } from './recorder.ts'

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

const options = (maxEvents: number) => ({
  kinds: ['oom'],
  probes: [],
  beforeMs: 10_000,
  maxEvents,
  bufferBytes: 65_536,
})

/** A mock of the kernel's trace: what comes at each reading. */
function recorderOf(batches: KernelEvent[][], maxEvents = 100): FlightRecorder {
  const source: RecorderSource = {
    read: () => ({ events: batches.shift() ?? [], more: batches.length > 0 }),
    lost: () => 3,
    close: () => {},
  }
  return new FlightRecorder([source], options(maxEvents))
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

test('a trace that cannot be read any more is given up and said, and what was recorded stays', () => {
  const said: string[] = []
  let reads = 0
  const source: RecorderSource = {
    read() {
      if (++reads > 1) throw new Error('EIO')
      return { events: [event(100)], more: true }
    },
    lost: () => 0,
    close: () => {
      throw new Error('EBUSY')
    },
  }
  const recorder = new FlightRecorder([source], options(100), message => said.push(message))
  try {
    assert.deepEqual(secondsOf(recorder.near(100e6)), [100])
    assert.deepEqual(secondsOf(recorder.near(100e6)), [100])
    assert.deepEqual(said, ['kernel events are recorded no longer: EIO'])
  } finally {
    recorder.close()
  }
})

test('buffers are emptied seldom while little comes, and sooner when much does', async context => {
  context.mock.timers.enable({ apis: ['setTimeout'] })
  const reads: number[] = []
  let bytes = 0
  let now = 0
  const source: RecorderSource = {
    read() {
      reads.push(now)
      return { events: [], more: false, bytes }
    },
    lost: () => 0,
    close: () => {},
  }
  const recorder = new FlightRecorder([source], options(100))
  const pass = (ms: number): void => {
    for (const end = now + ms; now < end; ) {
      now += 50
      context.mock.timers.tick(50)
    }
  }
  try {
    pass(30_000)
    assert.deepEqual(reads.slice(0, 5), [250, 750, 1750, 3750, 7750])
    assert.equal(reads.length, 10)
    bytes = options(100).bufferBytes
    pass(30_000)
    const [before, last] = reads.slice(-2) as [number, number]
    assert.equal(last - before, 250)
  } finally {
    recorder.close()
  }
})
