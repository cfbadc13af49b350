// Reports of two CPUs that were printed at the same time, made from pairs of the syzkaller cases, and logs of many events.

import type { Report } from '../../src/core/model.ts'
import { type Printed, printedLines, seeded } from './printed.ts'
import { type SyzkallerCase, syzkallerCases, titleMeets } from './syzkaller.ts'
import { type Corpus, type Decode, judged, type Verdict } from './verdict.ts'

const pairCount = 40
const concatenated = 46
/** Sixty lines of two reports in turn are as hard as six thousand; longer ones only take time. */
const longestReport = 400

interface Sound extends SyzkallerCase {
  report: Report
  printed: Printed[]
}

export const interleaving: Corpus = {
  name: 'interleaving',
  folder: 'syzkaller',
  slow: true,
  *judge(decode) {
    const sound = soundCases(decode)
    yield* judgePairs(sound, decode)
    yield judgeConcatenation(sound, decode)
  },
}

/** Cases that decode alone into one report with the right title, every line of it stamped by printk. */
function soundCases(decode: Decode): Sound[] {
  const sound: Sound[] = []
  for (const one of syzkallerCases()) {
    if (one.expectation.corrupted || !one.expectation.title) continue
    const reports = decode(one.log)
    const report = reports[0]
    if (report === undefined || reports.length !== 1 || !titleMeets(report.title, one)) continue
    const printed = printedLines(one.log, report.lines)
    if (printed !== undefined && printed.length <= longestReport) sound.push({ ...one, report, printed })
  }
  return sound
}

interface Form {
  check: string
  callers: boolean
  /** stamps run on as one machine would print them; else each log keeps its own */
  oneClock: boolean
  /** most lines of one log before the other has its turn */
  run: number
}

const forms: readonly Form[] = [
  { check: 'with callers, one clock', callers: true, oneClock: true, run: 1 },
  { check: 'with callers, own stamps', callers: true, oneClock: false, run: 1 },
  { check: 'with callers, runs of 1 to 4', callers: true, oneClock: true, run: 4 },
  { check: 'without callers, one clock', callers: false, oneClock: true, run: 1 },
  { check: 'without callers, own stamps', callers: false, oneClock: false, run: 1 },
  { check: 'without callers, runs of 1 to 4', callers: false, oneClock: true, run: 4 },
]

function* judgePairs(sound: Sound[], decode: Decode): Generator<Verdict> {
  const random = seeded(20_240_607)
  for (let index = 0; index < pairCount && sound.length > 1; index++) {
    const left = sound[random(sound.length)]!
    let right = left
    for (let tries = 0; right.report.title === left.report.title && tries < 100; tries++)
      right = sound[random(sound.length)]!
    for (const form of forms) {
      const merged = merge(left.printed, right.printed, form, seeded(index + 1))
      const titles = decode(new TextEncoder().encode(merged)).map(report => report.title)
      const wanted = [left.report.title, right.report.title]
      const both = wanted.every(title => titles.includes(title))
      yield judged(form.check, `${left.name}+${right.name}`, both, wanted.join(' & '), titles)
    }
  }
}

/** Lines of both in turn, each in its own order; what is left of the longer one follows. */
export function merge(left: Printed[], right: Printed[], form: Form, random: (below: number) => number): string {
  const sides = [
    { lines: left, next: 0, caller: 'T1001' },
    { lines: right, next: 0, caller: 'T2002' },
  ]
  let clockUs = 100_000_000
  let turn = 0
  let quota = form.run === 1 ? 1 : 1 + random(form.run)
  const merged: string[] = []
  while (sides.some(side => side.next < side.lines.length)) {
    const side = sides[turn]!
    if (quota === 0 || side.next >= side.lines.length) {
      turn = 1 - turn
      quota = form.run === 1 ? 1 : 1 + random(form.run)
      continue
    }
    quota--
    const line = side.lines[side.next++]!
    clockUs += 137
    const stamp = form.oneClock ? clockUs : line.stampUs
    const seconds = Math.floor(stamp / 1e6)
    const micros = String(stamp % 1e6).padStart(6, '0')
    const caller = form.callers ? `[${side.caller.padStart(6)}]` : ''
    merged.push(`[${String(seconds).padStart(5)}.${micros}]${caller} ${line.text}`)
  }
  return merged.join('\n') + '\n'
}

/** Many logs of one event each, one after the other, are as many events. */
function judgeConcatenation(sound: Sound[], decode: Decode): Verdict {
  const random = seeded(46)
  const chosen = sound
    .map(one => ({ one, key: random(2 ** 31) }))
    .sort((a, b) => a.key - b.key)
    .slice(0, concatenated)
  const log = Buffer.concat(chosen.flatMap(({ one }) => [one.log, new Uint8Array([0x0a])]))
  const titles = decode(new Uint8Array(log)).map(report => report.title)
  const wanted = chosen.map(({ one }) => one.report.title)
  const surplus = titles.find((title, index) => title !== wanted[index])
  const same = titles.length === wanted.length && surplus === undefined
  const index = titles.findIndex((title, at) => title !== wanted[at])
  return judged(
    'concatenated',
    `${wanted.length} logs`,
    same && wanted.length === concatenated,
    `${concatenated} reports; #${index + 1} ${wanted[index]} (${chosen[index]?.one.name})`,
    `${titles.length} reports; ${surplus}`,
  )
}
