// Whether two reports are of one exception: one was captured while the machine lived, the other found after its death.

import type { Report } from '../../core/model.ts'

export interface Sighting {
  report: Pick<Report, 'fingerprint' | 'title' | 'kind' | 'time' | 'text'>
  /** when it was captured or dumped, ms since 1970, as well as that is known */
  wallMs?: number
}

/** The clock may have been set between the two; a machine without a clock of its own has been so at every boot. */
const MAX_APART_MS = 60 * 60 * 1000

/** Without the kernel's time stamps only so much tells two exceptions with one fingerprint apart. */
const MAX_APART_UNSTAMPED_MS = 2 * 60 * 1000

/**
 * The kernel stamps a record once, so the stamp of the first line is the same in its ring buffer, on its console and in its
 * dumps, to the microsecond. Two boots that give one stamp to one bug are told apart by the date.
 */
export function sameException(a: Sighting, b: Sighting): boolean {
  const apart = a.wallMs === undefined || b.wallMs === undefined ? undefined : Math.abs(a.wallMs - b.wallMs)
  const stamps = [a, b].map(({ report }) => report.time?.sinceBootUs)
  if (stamps[0] !== undefined && stamps[1] !== undefined) {
    return stamps[0] === stamps[1] && alike(a, b) && (apart ?? 0) <= MAX_APART_MS
  }
  if (a.report.fingerprint !== b.report.fingerprint) return false
  return apart === undefined ? a.report.text === b.report.text : apart <= MAX_APART_UNSTAMPED_MS
}

/** One of them may be torn, so that it has another title; its first line is the same then. */
function alike({ report: a }: Sighting, { report: b }: Sighting): boolean {
  if (a.fingerprint === b.fingerprint || a.title === b.title) return true
  return a.kind === b.kind || firstLine(a.text) === firstLine(b.text)
}

const firstLine = (text: string): string => text.slice(0, Math.max(0, text.indexOf('\n')))
