// A message as dmesg prints it. Bytes are kept as latin1 text, a character a byte, so that what goes out is what came in.

export interface RingRecord {
  /** -1: not said, or not looked at */
  facility: number
  level: number
  seconds: number
  micros: number
  /** printk's caller, 'T123' or 'C0'; '' when it was not printed */
  caller: string
  text: string
  /** the byte behind the text is another one of the same buffer: decides whether a last line break is indented */
  followed: boolean
}

/** A record and the bytes [start, end) of the input that it was read from. */
export interface Placed {
  record: RingRecord
  start: number
  end: number
}

export const emptyRecord = (): RingRecord => ({
  facility: -1,
  level: -1,
  seconds: 0,
  micros: 0,
  caller: '',
  text: '',
  followed: false,
})

const MAX_FACILITY = 24

/** The number before `separator`, as facility and level; where it ends, or `at` when there is none. */
export function readPriority(text: string, at: number, end: number, separator: string, record: RingRecord): number {
  number.lastIndex = at
  const found = number.exec(text)
  if (found === null || number.lastIndex >= end || text[number.lastIndex] !== separator) return at
  const value = Math.trunc(Number(found[0]))
  // <sys/syslog.h>: LOG_PRI takes three bits, LOG_FAC the seven above them
  record.level = Number(BigInt(value) & 7n)
  const facility = Number((BigInt(value) & 0x3f8n) >> 3n)
  record.facility = facility > MAX_FACILITY ? -1 : facility
  return number.lastIndex + 1
}

const number = /\s*[+-]?\d{1,18}/y

/** Longest caller that is shown; a longer one is no caller. */
export const MAX_CALLER = 20

/** Behind the next separator, or the end. */
export function afterField(text: string, start: number, end: number, separators: string): number {
  let at = start
  while (at < end) {
    const character = text[at++]!
    if (character === '\0' || separators.includes(character)) break
  }
  return at
}
