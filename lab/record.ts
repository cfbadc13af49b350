// A case's console as a fixture, for review: fixtures/README.md. What the case expects is written as it stands; lines and
// frames are Faultline's answer and have to be read against the log by eye.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Expected as ExpectedFile, ExpectedReport } from '../fixtures/expected.ts'
import type { Report } from '../src/core/model.ts'
import { prepareGuest } from './boot.ts'
import { root } from './cache.ts'
import { type Case, caseOn, type Expected } from './cases/case.ts'
import type { Guest } from './guests/index.ts'
import { serial } from './roads/serial.ts'
import { runCase } from './run-case.ts'
import { decodeEvidence, judge } from './verdict.ts'

/** Ordinary lines kept before the first report and behind the last. */
const BEFORE = 6
const BEHIND = 3
/** Frames that the fixture asks for. */
const FRAMES = 6

const banner = /Linux version /

/** Runs the case and writes its folder; the folder's path. Throws when the case fails: there would be nothing to rely on. */
export async function recordCase(plain: Case, guest: Guest): Promise<string> {
  const each = caseOn(guest, plain)
  let log: Uint8Array = new Uint8Array(0)
  const listening = {
    ...serial,
    open: () => ({
      evidence: (run: { console: Buffer }) => {
        log = run.console
        return [{ name: 'serial.log', bytes: run.console }]
      },
    }),
  }
  const verdict = await runCase(plain, guest, [listening])
  if (verdict.skipped !== undefined) throw new Error(`${each.name} is not run on ${guest.name}: ${verdict.skipped}`)
  const problems = [...verdict.problems, ...verdict.roads.flatMap(road => road.problems)]
  if (problems.length > 0) throw new Error(`${each.name} on ${guest.name} failed: ${problems.join('; ')}`)
  const { release } = (await prepareGuest(guest)).kernel
  return writeFixture(each, guest, release, log)
}

/** The folder of a fixture made of this console's log. Throws when what was cut out says something else than the case. */
export function writeFixture(each: Case, guest: Guest, release: string, log: Uint8Array, what = each.name): string {
  const all = decodeEvidence([{ name: 'log', bytes: log }])
  const text = fixtureLog(Buffer.from(log).toString('latin1'), withoutBoot(each, guest, all))
  const reports = decodeEvidence([{ name: 'log', bytes: Buffer.from(text, 'latin1') }])
  if (judge(each, reports).length > 0) throw new Error(`${each.name}: what was cut out says something else`)
  const file: ExpectedFile = {
    origin: `lab: ${each.name} on ${guest.name}, ${guest.kernel.from === 'debian' ? "Debian's" : "the lab's own"} ${release} crashed on purpose in QEMU for this project`,
    reports: reports.map(report => expectedReport(each, guest, report)),
    outside: outside(text.trimEnd().split('\n').length, reports),
  }
  const line = /^\d+\.\d+/.exec(release)?.[0] ?? release
  const kind = reports[0]?.kind
  if (kind === undefined) throw new Error(`${each.name} yields no report; put such a log into fixtures/negatives`)
  const folder = fixtureFolder(kind, `${guest.arch}-${line}-lab-${what}`, guest)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'input.log'), Buffer.from(text, 'latin1'))
  writeFileSync(join(folder, 'expected.json'), `${JSON.stringify(file, null, 2)}\n`)
  return folder
}

/** The reports from the first on that the case speaks of: what the kernel complains of while it boots stands before. */
function withoutBoot(each: Case, guest: Guest, reports: readonly Report[]): Report[] {
  if (guest.complains === undefined) return [...reports]
  const inOrder = [...reports].sort((one, other) => one.lines.first - other.lines.first)
  const spokenOf = (report: Report): boolean =>
    each.expects.some(one => judge({ ...each, expects: [one], mayAlso: [] }, [report]).length === 0)
  return inOrder.slice(Math.max(0, inOrder.findIndex(spokenOf)))
}

/** Two guests may have one architecture and one release: another's fixture is not written over. */
function fixtureFolder(kind: string, name: string, guest: Guest): string {
  const folder = join(root, 'fixtures', 'kinds', kind, name)
  const former = join(folder, 'expected.json')
  const others = existsSync(former) && !readFileSync(former, 'utf8').includes(` on ${guest.name}, `)
  return others ? `${folder}-${guest.name}` : folder
}

/** The banner, some lines before the first report, everything from there to the last, and some lines behind. */
function fixtureLog(text: string, reports: readonly Report[]): string {
  const lines = text.split('\n')
  const first = Math.min(...reports.map(report => report.lines.first))
  const last = Math.max(...reports.map(report => report.lines.last))
  const from = Math.max(0, first - 1 - BEFORE)
  const banners = lines.slice(0, from).filter(line => banner.test(line))
  return `${[...banners, ...lines.slice(from, last + BEHIND)].join('\n').trimEnd()}\n`
}

function expectedReport(each: Case, guest: Guest, report: Report): ExpectedReport {
  const expected = each.expects.find(one => judge({ ...each, expects: [one], mayAlso: [] }, [report]).length === 0)
  const frames = (report.traces?.[0]?.frames ?? []).filter(({ reliable }) => reliable !== false)
  const symbols = frames.flatMap(({ symbol }) => (symbol === undefined ? [] : [symbol])).slice(0, FRAMES)
  return {
    kind: report.kind,
    ...given(expected),
    // Where the log does not show it there is none.
    ...(report.arch === undefined ? {} : { arch: guest.arch }),
    ...(report.pc?.symbol === undefined ? {} : { pc: { symbol: report.pc.symbol } }),
    ...(symbols.length === 0 ? {} : { frames: symbols }),
    lines: report.lines,
  }
}

/** What the case says of a report, as far as it says it to the letter. */
function given(expected: Expected | undefined): Partial<ExpectedReport> {
  if (expected === undefined) return {}
  const { severity, title, comm, fatal } = expected
  return {
    ...(severity === undefined ? {} : { severity }),
    ...(typeof title === 'string' ? { title } : {}),
    ...(fatal === undefined ? {} : { fatal }),
    ...(typeof comm === 'string' ? { task: { comm } } : {}),
  }
}

function outside(count: number, reports: readonly Report[]): [number, number][] {
  const gaps: [number, number][] = []
  let next = 1
  for (const { lines } of [...reports].sort((one, other) => one.lines.first - other.lines.first)) {
    if (lines.first > next) gaps.push([next, lines.first - 1])
    next = Math.max(next, lines.last + 1)
  }
  if (next <= count) gaps.push([next, count])
  return gaps
}
