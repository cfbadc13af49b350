// The end of a boot's log, from whatever kept it: an exception, the words of an orderly end, or neither.

import { decodeBytes } from '../../core/decoder.ts'
import type { Report } from '../../core/model.ts'
import { say } from '../../core/say.ts'
import { type Clue, type Ending, orderly, type Strength } from './clue.ts'

/** An oops longer ago than this many lines before the end is not what ended it. */
const NEAR_LINES = 200

interface Saying {
  words: RegExp
  says: readonly Ending[]
  strength: Strength
  what: string
}

const saying = (says: readonly Ending[], strength: Strength, what: string, words: RegExp): Saying => ({
  words,
  says,
  strength,
  what,
})

/** What user space says of it, the last one counts. The kernel's own last lines are reports. */
const sayings: readonly Saying[] = [
  // systemd: units/reboot.target, poweroff.target, halt.target
  saying(
    ['restart'],
    'sure',
    say`systemd reached its reboot target`,
    /Reached target (?:\S*reboot\.target|(?:System )?Reboot)\b/,
  ),
  saying(['restart'], 'sure', say`systemd reached its kexec target`, /Reached target (?:\S*kexec\.target|.*\bkexec\b)/),
  saying(
    ['power-off'],
    'sure',
    say`systemd reached its power-off target`,
    /Reached target (?:\S*poweroff\.target|(?:System )?Power.?Off)\b/,
  ),
  saying(
    ['halt'],
    'sure',
    say`systemd reached its halt target`,
    /Reached target (?:\S*halt\.target|(?:System )?Halt)\b/,
  ),
  // src/login/logind-dbus.c
  saying(['restart'], 'fair', say`logind announced a restart`, /\b(?:The system will reboot now|System is rebooting)/),
  saying(
    ['power-off'],
    'fair',
    say`logind announced a power-off`,
    /\b(?:The system will power off now|System is powering down|Powering Off\.\.\.)/,
  ),
  saying(['halt'], 'fair', say`logind announced a halt`, /\b(?:The system will halt now|System is halting)/),
  saying(['power-off'], 'fair', say`the power key was pressed`, /\bPower key pressed/),
  // sysvinit: src/shutdown.c, src/init.c; busybox: init/init.c
  saying(
    ['restart'],
    'strong',
    say`shutdown(8) was called for a restart`,
    /shutting down for system reboot|Switching to runlevel: 6/,
  ),
  saying(
    ['power-off', 'halt'],
    'strong',
    say`shutdown(8) was called for a halt`,
    /shutting down for system halt|Switching to runlevel: 0/,
  ),
  saying(['restart'], 'fair', say`init was asked for a restart`, /Requesting system reboot/),
  saying(['power-off'], 'fair', say`init was asked for a power-off`, /Requesting system poweroff/),
  saying(['halt'], 'fair', say`init was asked for a halt`, /Requesting system halt/),
  saying(
    orderly,
    'fair',
    say`services were being stopped`,
    /Sent SIGTERM to all processes|The system is going down NOW!|systemd-shutdown\[1\]|Stopped target .*Multi-User/,
  ),
]

export const kernelEndings: Partial<Record<Report['kind'], Ending>> = {
  restart: 'restart',
  halt: 'halt',
  'power-off': 'power-off',
}

/** Clues of a log's last lines; `from` names it. None when it says nothing of an end. */
export function lastWords(text: string, from: string, at?: string): Clue[] {
  const lines = text.split('\n')
  const dated = at === undefined ? {} : { at }
  const clues: Clue[] = []
  const reports = decodeBytes(Buffer.from(text))
  const last = reports.findLast(report => kernelEndings[report.kind] !== undefined || endsMachine(report))
  const lastLine = last?.lines.last ?? 0
  if (last !== undefined) clues.push({ ...ofReport(last, lines.length), from, ...dated })
  // What stands before the kernel's last exception did not end the machine.
  for (let index = lines.length - 1; index >= Math.max(0, lastLine - NEAR_LINES, lines.length - NEAR_LINES); index--) {
    const said = sayings.find(({ words }) => words.test(lines[index]!))
    if (said === undefined || (index < lastLine && last !== undefined && kernelEndings[last.kind] === undefined))
      continue
    clues.push({ says: said.says, strength: said.strength, what: said.what, from, ...dated })
    break
  }
  return clues
}

const severe: ReadonlySet<Report['severity']> = new Set(['panic', 'oops', 'bug', 'stall', 'hardware'])

export const endsMachine = ({ fatal, severity }: Report): boolean => fatal || severe.has(severity)

function ofReport(report: Report, lines: number): Pick<Clue, 'says' | 'strength' | 'what' | 'title'> {
  const ended = kernelEndings[report.kind]
  if (ended !== undefined)
    return { says: [ended], strength: 'proof', what: say`the kernel's last words are “${report.title}”` }
  const { title } = report
  if (report.fatal) return { says: ['panic'], strength: 'proof', what: say`the kernel panicked: ${title}`, title }
  const near = lines - report.lines.last < NEAR_LINES
  const what = near
    ? say`the kernel reported “${title}” shortly before its log ends`
    : say`the kernel reported “${title}”`
  if (report.severity === 'stall')
    return { says: ['watchdog', 'oops', 'panic'], strength: near ? 'fair' : 'weak', what, title }
  if (report.severity === 'hardware')
    return { says: ['watchdog', 'power-loss', 'panic'], strength: 'weak', what, title }
  return { says: near ? ['oops'] : ['oops', 'panic'], strength: near ? 'strong' : 'weak', what, title }
}
