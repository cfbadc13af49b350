// The report of a bundle as the server believes it. It was written by another machine and perhaps another version: what
// does not fit the schema is not taken over, the excerpt is then decoded here.

import { decodeBytes } from '../../core/decoder.ts'
import { fingerprintOf } from '../../core/group/fingerprint.ts'
import type { Report } from '../../core/model.ts'
import { reportSchema } from '../../core/schema.ts'

/** A report longer than this is none that Faultline wrote. */
export const MAX_REPORT_BYTES = 8 * 1024 * 1024
/** More of an excerpt is kept, but not decoded. */
const MAX_DECODED_BYTES = 16 * 1024 * 1024

/** undefined: neither the JSON nor the excerpt holds a report. The fingerprint is always this server's own. */
export function believe(json: Uint8Array | undefined, excerpt: Uint8Array): Report | undefined {
  const report = parsed(json) ?? decodeBytes(excerpt.subarray(0, MAX_DECODED_BYTES))[0]
  return report === undefined ? undefined : { ...report, fingerprint: fingerprintOf(report) }
}

/** Titles are keys: longer ones are none that Faultline makes. */
const MAX_TITLE = 1000
const MAX_OTHER_TITLES = 100

const bounded = ({ title, altTitles }: Report): boolean =>
  [title, ...altTitles].every(each => each.length <= MAX_TITLE) && altTitles.length <= MAX_OTHER_TITLES

function parsed(json: Uint8Array | undefined): Report | undefined {
  if (json === undefined || json.length > MAX_REPORT_BYTES) return undefined
  try {
    const { success, data } = reportSchema.safeParse(JSON.parse(new TextDecoder().decode(json)))
    return success && bounded(data) ? data : undefined
  } catch {
    return undefined
  }
}
