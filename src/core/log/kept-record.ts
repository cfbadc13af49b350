// A record of a kernel log as hosts send it to a server and as the server keeps it: one line of JSON each, an array, so
// that ten thousand of them are small before they are compressed.

/** One record of the kernel's ring. A text with line breaks is one record, as it was one printk. */
export interface KeptRecord {
  /** the kernel's number of it, from 0 at boot */
  sequence: number
  /** when it was printed, ms since 1970 */
  at: number
  sinceBootUs?: number
  /** syslog severity 0 (emerg) … 7 (debug) */
  level?: number
  /** syslog facility, 0 = kern */
  facility?: number
  /** printk caller */
  caller?: string
  text: string
}

/** printk cuts at 1 KB and devkmsg_write at 1 KB; several lines make one record. include/linux/printk.h */
export const MAX_TEXT = 16 * 1024
const MAX_CALLER = 32

/** As JSON.stringify() of the fields would be; written out, it takes half the time, and floods pass here. */
export const lineOfRecord = ({ sequence, at, sinceBootUs, level, facility, caller, text }: KeptRecord): string =>
  `[${sequence},${at},${sinceBootUs ?? null},${level ?? null},${facility ?? null},${JSON.stringify(text)}${
    caller === undefined ? '' : `,${JSON.stringify(caller)}`
  }]\n`

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

/** undefined: the line is none. */
export function recordOfLine(line: string): KeptRecord | undefined {
  let fields: unknown
  try {
    fields = JSON.parse(line)
  } catch {
    return undefined
  }
  if (!Array.isArray(fields)) return undefined
  const [sequence, at, sinceBootUs, level, facility, text, caller] = fields as unknown[]
  if (!isCount(sequence) || !isCount(at) || typeof text !== 'string') return undefined
  return {
    sequence,
    at,
    ...(isCount(sinceBootUs) ? { sinceBootUs } : {}),
    ...(isCount(level) && level < 8 ? { level } : {}),
    ...(isCount(facility) && facility < 128 ? { facility } : {}),
    text: text.slice(0, MAX_TEXT),
    ...(typeof caller === 'string' ? { caller: caller.slice(0, MAX_CALLER) } : {}),
  }
}
