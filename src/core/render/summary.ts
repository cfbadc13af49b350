// One line a report: for lists and for grep.

import type { Report } from '../model.ts'
import { sourceText } from './headline.ts'
import { inkFor, severityTone } from './ink.ts'
import { terminalSafe } from './safe.ts'
import { clip } from './wording.ts'

/** Longer titles are cut in a summary; the report has them whole. */
const titleCells = 160
const severityCells = 8

/** "oops      BUG: unable to handle … in fl_run  sh[135]  6.1.0-56-amd64  crash.log:2-75", without a line break. */
export function renderSummary(report: Report, view: { colour: boolean }): string {
  const ink = inkFor(view.colour)
  const { severity, task, kernel, fatal } = report
  const who = task?.comm === undefined ? '' : `${task.comm}${task.pid === undefined ? '' : `[${task.pid}]`}`
  const parts = [
    ink(severityTone[severity], severity.padEnd(severityCells)),
    ink('bold', clip(terminalSafe(report.title), titleCells)),
    ink('cyan', terminalSafe(who)),
    ink('dim', terminalSafe(kernel?.release ?? '')),
    ink('dim', terminalSafe(sourceText(report))),
    fatal ? ink('red', 'fatal') : '',
  ]
  return parts.filter(part => part !== '').join('  ')
}
