// A source that lags: what still waits in it is no silence.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { CaptureSource, Sink } from '../sources/index.ts'
import { testHost } from '../sources/testing.ts'
import { TextStream } from '../sources/text-stream.ts'
import { Channel } from './channel.ts'
import type { Found } from './lane.ts'
import { WatchedTime } from './watched-time.ts'

const lines = readFileSync('fixtures/kinds/null-dereference/x86_64-6.12-write-second-oops/input.log', 'utf8')
  .split('\n')
  .filter(Boolean)
  .map(line => Buffer.from(`${line}\n`))
const SILENCE_MS = 1000

/** Hands over what it was given only when the test says so, and says what it has kept. */
class Lagging {
  readonly source: CaptureSource
  private readonly text = new TextStream('')
  private readonly waiting: Buffer[] = []
  private sink: Sink | undefined

  constructor() {
    this.source = {
      name: 'lagging',
      what: 'a source of the test',
      own: true,
      open: (_argument, sink) => {
        this.sink = sink
        return { settle: () => this.waiting.length === 0, stats: () => ({}), close: () => {} }
      },
    }
  }

  print(printed: readonly Buffer[]): void {
    this.waiting.push(...printed)
  }

  hand(count: number): void {
    for (const bytes of this.waiting.splice(0, count)) this.sink!.take(this.text.push(bytes, 0))
  }
}

async function watched(context: Parameters<typeof testHost>[0]) {
  const found: Found[] = []
  const time = new WatchedTime(0)
  const lagging = new Lagging()
  const channel = new Channel(
    'lagging',
    { contextRecords: 10, silenceMs: SILENCE_MS, time, maxLanes: 1 },
    {
      deliver: () => {},
      found: each => found.push(each),
      trouble: message => assert.fail(message),
      ended: () => {},
      moved: () => {},
    },
    { source: lagging.source, argument: '' },
  )
  await channel.open(testHost(context), undefined)
  let now = 0
  /** Lets so much time pass, in looks as the agent has them. */
  const pass = (ms: number): void => {
    for (const end = now + ms; now < end; ) {
      now += 100
      channel.settle(now, time.look(now))
    }
  }
  return { lagging, channel, found, pass }
}

test('a report whose rest waits to be read is not cut, however long that takes', async context => {
  const middle = lines.findIndex(line => line.includes('Call Trace')) + 4
  assert.ok(middle > 4 && middle < lines.length - 10)
  const { lagging, found, pass } = await watched(context)
  lagging.print(lines)
  lagging.hand(middle)
  pass(20 * SILENCE_MS)
  assert.equal(found.length, 0)
  lagging.hand(lines.length)
  pass(2 * SILENCE_MS)
  assert.equal(found.length, 1)
  const whole = lines.slice(lines.findIndex(line => line.includes('BUG: ')))
  assert.deepEqual(Buffer.from(found[0]!.cutting.excerpt).toString(), Buffer.concat(whole).toString())
})

test('a report that has gone silent is cut when the source is found empty, and not before', async context => {
  const { lagging, channel, found, pass } = await watched(context)
  const header = lines.findIndex(line => line.includes('BUG: '))
  const others = Array.from({ length: 20 }, (_, index) => Buffer.from(`[ 9999.${100000 + index}] usb ${index}\n`))
  lagging.print([...lines.slice(0, header + 25), ...others])
  lagging.hand(header + 25)
  pass(5 * SILENCE_MS)
  assert.deepEqual([found.length, channel.pending], [0, true])
  lagging.hand(others.length)
  pass(2 * SILENCE_MS)
  assert.deepEqual([found.length, found[0]?.endedBy, channel.pending], [1, 'silence', false])
})
