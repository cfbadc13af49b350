// One report, one line of JSON.

import type { Report } from '../model.ts'

// JSON.stringify escapes C0 and lone surrogates (ECMA-262, QuoteJSONString); DEL, C1, and what changes the direction or
// hides are escaped here, so that the line can be shown on a terminal and means the same.
const unseen = /[\x7f-\x9f\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu

const escapeUnits = (character: string): string =>
  Array.from({ length: character.length }, (_, index) => {
    return `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`
  }).join('')

/** The report as `faultline.report/1`, ended by a line break; the same value when parsed again. */
export const renderJsonLine = (report: Report): string => safeJsonLine(report)

/** Any value as one line of JSON in which nothing acts on a terminal, ended by a line break. */
export function safeJsonLine(value: unknown): string {
  return `${escapeUnseen(JSON.stringify(value))}\n`
}

/** For text that is JSON already: the same value, safe to be shown. */
export const escapeUnseen = (json: string): string => json.replace(unseen, escapeUnits)
