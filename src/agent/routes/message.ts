// What waits in a target's queue: a record, a report, or a word of the router's own.

import type { LogRecord, Report } from '../../core/model.ts'

export interface Message {
  record: LogRecord
  /** when it came, in milliseconds since 1970: for records that bring no date of their own */
  at: number
  /** the whole report that the route asked for by kind; `record` then is its headline */
  report?: Report
  /** for how many messages it stands: 1, or a word's own number */
  stands: number
}

const SYSLOG = 5
const WARNING = 4

export const recordMessage = (record: LogRecord, at: number): Message => ({ record, at, stands: 1 })

/** `N messages lost`, `last message repeated N times`: facility syslog, tag faultline. */
export function ownWord(text: string, at: number, stands: number): Message {
  const record: LogRecord = {
    text,
    line: 0,
    span: { start: 0, end: 0 },
    transport: 'faultline',
    facility: SYSLOG,
    level: WARNING,
    tag: 'faultline',
  }
  return { record, at, stands }
}

/** Syslog levels of severities, for a report's headline. RFC 5424 §6.2.1 */
const levelOfSeverity: Record<Report['severity'], number> = {
  panic: 0,
  oops: 2,
  bug: 2,
  hardware: 2,
  oom: 3,
  stall: 3,
  warning: 4,
  user: 4,
  notice: 5,
}

export function reportMessage(report: Report, at: number): Message {
  const record: LogRecord = {
    text: `${report.severity}: ${report.title}`,
    line: report.lines.first,
    span: report.span,
    transport: 'faultline',
    facility: 0,
    level: levelOfSeverity[report.severity],
    sinceBootUs: report.time?.sinceBootUs,
    wall: report.time?.wall,
    host: report.source.host,
    tag: 'faultline',
  }
  return { record, at, report, stands: 1 }
}
