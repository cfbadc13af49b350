// What is jumped over has nothing in it: a long log gives the same reports as when every line of it is read.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noiseLine } from '../bench/decode/noise.ts'
import { type Moment, transports } from '../bench/decode/transports.ts'
import { Decoder } from '../src/core/decoder.ts'
import type { Report } from '../src/core/model.ts'
import { fixtureFolders } from './fixture-folders.ts'
import { Random } from './random.ts'

const encoder = new TextEncoder()
// Some fixtures come in syslog's form: that would be a second transport inside the first.
const stamp = /^(?:<\d>)?(?:[A-Z][a-z]{2} [ \d]\d [\d:]{8} \S+ kernel: )?\[ *\d+\.\d{6}\](?:\[ *[TC]\d+\])? ?/

/** Every third fixture, far from the next one, in a log that is otherwise quiet. */
function longLog(transport: (typeof transports)[number], seed: number): Uint8Array {
  const random = new Random(seed)
  const moment: Moment = { bootMs: Date.UTC(2025, 10, 12), sinceBootUs: 0, host: 'board', thread: 1 }
  const lines: string[] = []
  const say = (line: { tag?: string; text: string }): void => {
    moment.sinceBootUs += random.between(10, 20_000)
    lines.push(transport.line(line, moment))
  }
  const quiet = (count: number): void => {
    for (let i = 0; i < count; i++) {
      moment.thread = random.between(1, 999)
      say(noiseLine(random, transport.daemons))
    }
  }
  quiet(12_000)
  for (const { input } of fixtureFolders().filter((_, index) => index % 3 === seed % 3)) {
    moment.sinceBootUs += 100_000_000
    moment.thread = random.between(1000, 9999)
    for (const line of new TextDecoder().decode(input).trimEnd().split('\n')) say({ text: line.replace(stamp, '') })
    moment.sinceBootUs += 100_000_000
    quiet(random.between(200, 900))
  }
  return encoder.encode(lines.join('\n'))
}

function decode(bytes: Uint8Array, live: boolean): Report[] {
  const decoder = new Decoder({ live })
  const reports: Report[] = []
  for (let at = 0; at < bytes.length; at += 100_000) reports.push(...decoder.push(bytes.subarray(at, at + 100_000)))
  return [...reports, ...decoder.finish()]
}

/** The machine is told by the boot; here reports of many machines stand in one. */
const withoutBoot = ({ kernel: _, ...report }: Report): string => JSON.stringify(report)

const told = ({ kind, title, lines, span }: Report): string =>
  `${kind} "${title}" in lines ${lines.first} to ${lines.last}, bytes ${span.start} to ${span.end}`

for (const [index, transport] of transports.entries()) {
  test(`a long log by ${transport.name}`, () => {
    const bytes = longLog(transport, index)
    const jumped = decode(bytes, false)
    const read = decode(bytes, true)
    assert.ok(read.length > 20)
    assert.deepEqual(jumped.map(told), read.map(told))
    for (const [at, report] of jumped.entries()) {
      assert.equal(withoutBoot(report), withoutBoot(read[at]!), told(report))
    }
  })
}
