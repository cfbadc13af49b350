// What a person reads off a lab log with a pencil, to hold against the decoded report: a second, much simpler reader,
// of which only the lines that it is sure of count.

import type { Report } from '../../src/core/model.ts'
import { symbolsOf } from './functions.ts'
import { judged, type Verdict } from './verdict.ts'

// CPU: 0 PID: 110 Comm: fl_kthread/0 Tainted: G      D W  OE      6.1.0-56-amd64 #1  Debian 6.1.192-2
// CPU: 0 UID: 0 PID: 154 Comm: fl_kthread/0 Tainted: G      D W  OE      6.12.117+deb12-amd64 #1  Debian 6.12.117-1
const taskLine =
  /^CPU: (?<cpu>\d+) (?:UID: (?<uid>\d+) )?PID: (?<pid>\d+) Comm: (?<comm>.+?) (?:Tainted: (?<taint>[A-Z ]+?) +|Not tainted )\d/
const hardwareLine = /^Hardware name: (?<hardware>.+?) *$/
const modulesLine = /^Modules linked in:(?<modules>( [\w-]+(\([A-Z+-]*\))?)*)/
const traceTitle = /^Call [Tt]race:$/
// " ? fl_kthread_fn+0x17/0x20 [fltrig]"   "[c0000000037afda0] [c00800000033018c] fl_kthread_fn+0x24/0x50 [fltrig] (unreliable)"
// "([<000003ff7fd02816>] fl_kthread_fn+0x26/0x40 [fltrig])"
const frameLine = /^ *\(?(?:\[<?[0-9a-f]+>?\] *){0,2}(?:\? )?(?<symbol>[A-Za-z_][\w.$]*)\+0x[0-9a-f]+\/0x[0-9a-f]+/
const armFrameLine = /^ (?<symbol>[\w.$]+)(?: \[\w+\])? from [\w.$]+\+0x[0-9a-f]+\/0x[0-9a-f]+/
const contextMark = /^ *<\/?[A-Z]+>$/
// x86, arm64 and arm; the other machines name no register beside its value
const registerPair =
  /(?<![\w:])(?<name>R[A-Z0-9]{2}|E(?:AX|BX|CX|DX|SI|DI|BP)|x\d{1,2}|r\d{1,2}|CR[0234]) *: (?<value>[0-9a-f]{8,16})(?![\w:])/g

export function* judgeDetails(name: string, log: string, report: Report): Generator<Verdict> {
  const lines = log
    .split('\n')
    .slice(report.lines.first - 1, report.lines.last)
    .map(withoutStamp)
  const task = firstMatch(lines, taskLine)
  if (task) {
    const got = { cpu: report.task?.cpu, pid: report.task?.pid, comm: report.task?.comm }
    const wanted = { cpu: Number(task['cpu']), pid: Number(task['pid']), comm: task['comm'] }
    yield judged('cpu, pid, comm', name, JSON.stringify(got) === JSON.stringify(wanted), wanted, got)
    const flags = (task['taint'] ?? '').replace(/[ G]/g, '')
    const ours = (report.kernel?.tainted ?? [])
      .map(taint => taint.flag)
      .filter(flag => flag !== 'G')
      .join('')
    yield judged('taints', name, flags === ours, flags, ours)
  }
  const hardware = firstMatch(lines, hardwareLine)?.['hardware']
  if (hardware) yield judged('hardware', name, report.kernel?.hardware === hardware, hardware, report.kernel?.hardware)
  // '+' and '-' say that the module is just being loaded or unloaded; taints are compared without them.
  const modules = firstMatch(lines, modulesLine)
    ?.['modules']?.trim()
    .replace(/[+-](?=\))/g, '')
    .replace(/\(\)/g, '')
  if (modules) {
    const got = (report.modules ?? [])
      .map(module => (module.taint ? `${module.name}(${module.taint})` : module.name))
      .join(' ')
    yield judged('modules', name, got === modules, modules, got)
  }
  const symbols = symbolsByHand(lines)
  if (symbols.length > 0) {
    const got = (report.traces ?? []).flatMap(trace => symbolsOf(trace.frames)).slice(0, symbols.length)
    yield judged('frames', name, got.join() === symbols.join(), symbols.join(' '), got.join(' '))
  }
  yield* judgeRegisters(name, lines, report)
}

function* judgeRegisters(name: string, lines: string[], report: Report): Generator<Verdict> {
  const pairs = lines
    .filter(line => !/^Register |^Code|^Exception stack/.test(line))
    .flatMap(line => [...line.matchAll(registerPair)])
  if (pairs.length === 0) return
  const sets = [report.registers ?? {}, ...(report.registerSets ?? []).map(set => set.values)]
  const missing = pairs.filter(({ groups }) => !sets.some(set => set[groups!['name']!] === `0x${groups!['value']}`))
  yield judged(
    'registers',
    name,
    missing.length === 0,
    missing.map(pair => pair[0]).join(', '),
    `${pairs.length} pairs`,
  )
}

/** The first trace, up to the first line that is no frame. */
function symbolsByHand(lines: string[]): string[] {
  const title = lines.findIndex(line => traceTitle.test(line))
  const pattern = title < 0 ? armFrameLine : frameLine
  const start = title < 0 ? lines.findIndex(line => armFrameLine.test(line)) : title + 1
  const symbols: string[] = []
  if (start < 0) return symbols
  for (const line of lines.slice(start)) {
    const symbol = pattern.exec(line)?.groups?.['symbol']
    if (symbol !== undefined) symbols.push(symbol)
    else if (!contextMark.test(line)) break
  }
  return symbols
}

function firstMatch(lines: string[], pattern: RegExp): Record<string, string | undefined> | undefined {
  for (const line of lines) {
    const found = pattern.exec(line)
    if (found) return found.groups
  }
  return undefined
}

function withoutStamp(line: string): string {
  return line.replace(/^\[ *\d+\.\d{6}\] /, '').replace(/\r$/, '')
}
