// Reports of two CPUs that were printed at the same time, made from pairs of the syzkaller cases, and logs of many events.

import type { Report } from '../../src/core/model.ts'
import { type Printed, printedLines, seeded } from './printed.ts'
import { type SyzkallerCase, syzkallerCases, titleMeets } from './syzkaller.ts'
import { type Corpus, type Decode, judged, type Verdict } from './verdict.ts'

/** As many as there are, nearly: rules that are made for forty pairs fail on the next forty. */
const pairCount = 100
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
    const drawn = drawnCases(decode)
    yield* judgePairs(drawn, decode)
    yield judgeConcatenation(drawn, decode)
  },
}

/**
 * All uncorrupted cases in an order that does not change; those are undefined that do not decode alone into one report
 * with the right title, every line of it stamped by printk. So a better decoder is asked the same pairs and some more.
 */
function drawnCases(decode: Decode): (Sound | undefined)[] {
  const random = seeded(20_240_607)
  const keyed = [...syzkallerCases()]
    .filter(one => !one.expectation.corrupted && one.expectation.title && !one.expectation.guilty_file)
    .map(one => ({ one, key: random(2 ** 31) }))
  return keyed.sort((a, b) => a.key - b.key).map(({ one }) => soundCase(one, decode))
}

function soundCase(one: SyzkallerCase, decode: Decode): Sound | undefined {
  const reports = decode(one.log)
  const report = reports[0]
  if (report === undefined || reports.length !== 1 || !titleMeets(report.title, one)) return undefined
  const printed = printedLines(one.log, report.lines)
  return printed !== undefined && printed.length <= longestReport ? { ...one, report, printed } : undefined
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

function* judgePairs(drawn: (Sound | undefined)[], decode: Decode): Generator<Verdict> {
  let pairs = 0
  for (let index = 0; index + 1 < drawn.length && pairs < pairCount; index += 2) {
    const left = drawn[index]
    const right = drawn[index + 1]
    if (!left || !right || left.report.title === right.report.title) continue
    pairs++
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
function judgeConcatenation(drawn: (Sound | undefined)[], decode: Decode): Verdict {
  const chosen = drawn.filter(one => one !== undefined).slice(0, concatenated)
  const log = Buffer.concat(chosen.flatMap(one => [one.log, new Uint8Array([0x0a])]))
  const titles = decode(new Uint8Array(log)).map(report => report.title)
  const wanted = chosen.map(one => one.report.title)
  const surplus = titles.find((title, index) => title !== wanted[index])
  const same = titles.length === wanted.length && surplus === undefined
  const index = titles.findIndex((title, at) => title !== wanted[at])
  return judged(
    'concatenated',
    `${wanted.length} logs`,
    same && wanted.length === concatenated,
    `${concatenated} reports; #${index + 1} ${wanted[index]} (${chosen[index]?.name})`,
    `${titles.length} reports; ${surplus}`,
  )
}
