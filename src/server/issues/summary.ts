// What filing a report asks of it, and its JSON: made once, in the thread that has read it, so that those who wait for
// pages do not wait for a report of megabytes.

import type { Report } from '../../core/model.ts'
import type { Subject } from '../alerts/rule.ts'
import { MAX_TEXT } from '../store/text-index.ts'
import { factsOf } from './facets.ts'
import type { Keyed } from './keys.ts'
import { type LoadedModules, loadedOf } from './modules.ts'

export interface Summary extends Keyed {
  facts: ReturnType<typeof factsOf>
  loaded: LoadedModules | undefined
  /** what rules of alerts ask of it */
  subject: Omit<Subject, 'issue' | 'host'>
  /** for the full text */
  words: string
  /** the report, as JSON */
  body: string
  /** when and where it happened, as the report says */
  wall: string | undefined
  host: string | undefined
}

/** Filters of rules have at most so much. */
const MAX_NAME = 300

export function summaryOf(report: Report): Summary {
  const { fingerprint, title, altTitles, kind, severity, fatal, kernel, pc, time, source } = report
  const words = [report.text.slice(0, MAX_TEXT), kernel?.hardware, kernel?.release].filter(each => each !== undefined)
  return {
    fingerprint,
    title,
    altTitles,
    facts: factsOf(report),
    loaded: loadedOf(report),
    subject: {
      kind,
      severity,
      fatal,
      title,
      release: kernel?.release?.slice(0, MAX_NAME),
      module: pc?.module?.slice(0, MAX_NAME),
    },
    words: words.join('\n'),
    body: JSON.stringify(report),
    wall: time?.wall,
    host: source.host,
  }
}
