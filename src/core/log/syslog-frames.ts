// syslog over a stream: which bytes are one message. RFC 6587 §3.4: octet counting (`83 <34>1 …`) or a line feed (or
// NUL, as some senders have it) behind each; a sender may not change, but nobody checks, so each message is asked.

/** A message that is longer is cut; RFC 5425 asks for 8 KB at least. */
export const MAX_MESSAGE_BYTES = 64 * 1024
/** A count has no more digits; more are the beginning of a text. */
const MAX_DIGITS = 7

const LF = 10
const NUL = 0
const SPACE = 0x20
const LESS = 0x3c

/** State machine: bytes in any pieces → messages, each a copy without what framed it. */
export class SyslogFrames {
  #held = new Uint8Array(0)
  /** bytes of a message beyond the bound that are still to come: known count, or up to the next line feed */
  #skip = 0
  #skipLine = false
  /** bytes that were cut off messages */
  cutBytes = 0

  push(bytes: Uint8Array): Uint8Array[] {
    const out: Uint8Array[] = []
    let rest: Uint8Array = bytes
    if (this.#held.length > 0) {
      rest = new Uint8Array(this.#held.length + bytes.length)
      rest.set(this.#held)
      rest.set(bytes, this.#held.length)
    }
    let at = 0
    while (at < rest.length) {
      const next = this.#one(rest, at, out)
      if (next < 0) break
      at = next
    }
    this.#held = rest.slice(at)
    return out
  }

  /** The message that the end of the connection left without its end. */
  flush(): Uint8Array[] {
    const held = this.#held
    this.#held = new Uint8Array(0)
    const counted = countOf(held, 0)
    const from = counted === undefined || counted === 'more' ? 0 : counted.start
    return held.length > from ? [held.slice(from)] : []
  }

  /** Takes what stands at `at`; the position behind it, -1 when more must come first. */
  #one(bytes: Uint8Array, at: number, out: Uint8Array[]): number {
    if (this.#skip > 0) {
      const skipped = Math.min(this.#skip, bytes.length - at)
      this.#skip -= skipped
      this.cutBytes += skipped
      return at + skipped
    }
    const counted = this.#skipLine ? undefined : countOf(bytes, at)
    if (counted === 'more') return -1
    if (counted === undefined) return this.#line(bytes, at, out)
    const kept = Math.min(counted.length, MAX_MESSAGE_BYTES)
    if (bytes.length - counted.start < kept) return -1
    out.push(bytes.slice(counted.start, counted.start + kept))
    this.#skip = counted.length - kept
    return counted.start + kept
  }

  #line(bytes: Uint8Array, at: number, out: Uint8Array[]): number {
    let end = at
    while (end < bytes.length && bytes[end] !== LF && bytes[end] !== NUL) end++
    const whole = end < bytes.length
    if (this.#skipLine) {
      this.cutBytes += end - at
      this.#skipLine = !whole
      return whole ? end + 1 : end
    }
    if (!whole && end - at < MAX_MESSAGE_BYTES) return -1
    const kept = Math.min(end, at + MAX_MESSAGE_BYTES)
    if (kept > at) out.push(bytes.slice(at, kept))
    this.cutBytes += end - kept
    this.#skipLine = !whole
    return whole ? end + 1 : end
  }
}

/** `83 <`: the count, and where its message begins; 'more' while that cannot be told. */
function countOf(bytes: Uint8Array, at: number): { start: number; length: number } | 'more' | undefined {
  let length = 0
  let i = at
  for (; i < bytes.length && i - at <= MAX_DIGITS; i++) {
    const digit = bytes[i]! - 48
    if (digit < 0 || digit > 9) break
    length = length * 10 + digit
  }
  if (i === at || bytes[at] === 48 || i - at > MAX_DIGITS) return undefined
  if (i === bytes.length) return 'more'
  if (bytes[i] !== SPACE) return undefined
  if (i + 1 === bytes.length) return 'more'
  return bytes[i + 1] === LESS ? { start: i + 1, length } : undefined
}
