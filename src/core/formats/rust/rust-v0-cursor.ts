import { decodePunycode } from './punycode.ts'

/** Paths nest (generics in generics); real ones stay below 40. */
const maxDepth = 200
const maxSteps = 20_000
/** A back-reference can repeat a part that repeats another, so the text could double at every step. Summed over all levels. */
const maxTextLength = 256 * 1024

/** The symbol does not follow the grammar, or is one of those that only exist to be too large. */
export class Malformed extends Error {}
// One for all: a hostile log may hold a million of them, and a stack trace says nothing here.
export const malformed = new Malformed('not a v0 symbol')

/** The letters of one v0 symbol and how far they are read. Positions count from behind `_R`, as back-references do. */
export class V0Cursor {
  readonly #text: string
  #at = 0
  #depth = 0
  #steps = 0
  #textLength = 0
  #silent = false
  /** lifetimes that the binders around this place have named */
  boundLifetimes = 0

  constructor(text: string) {
    this.#text = text
  }

  get done(): boolean {
    return this.#at === this.#text.length
  }

  /** Empty at the end. */
  peek(): string {
    return this.#text.charAt(this.#at)
  }

  next(): string {
    if (this.done) throw malformed
    return this.#text.charAt(this.#at++)
  }

  take(letter: string): boolean {
    if (this.peek() !== letter) return false
    this.#at++
    return true
  }

  /** Runs one level deeper; the bounds on nesting, work and text stand here because every rule passes through. */
  enter(rule: () => string): string {
    if (++this.#depth > maxDepth || ++this.#steps > maxSteps) throw malformed
    const text = rule()
    this.#depth--
    this.#textLength += text.length
    if (this.#textLength > maxTextLength) throw malformed
    return text
  }

  /** Reads a part that nobody shows. */
  skip(rule: () => string): void {
    const before = this.#silent
    this.#silent = true
    rule()
    this.#silent = before
  }

  /** Reads with `rule` from the place that a back-reference names; its `B` was taken. Skipped parts have no text to repeat. */
  backReference(rule: () => string): string {
    const start = this.#at - 1
    const target = this.base62()
    if (target >= start) throw malformed
    if (this.#silent) return ''
    const resume = this.#at
    this.#at = target
    const text = this.enter(rule)
    this.#at = resume
    return text
  }

  /** `[0-9a-zA-Z]* _`: `_` is 0, `0_` is 1. */
  base62(): number {
    if (this.take('_')) return 0
    let value = 0
    while (!this.take('_')) {
      const digit = base62Digit(this.next().charCodeAt(0))
      value = value * 62 + digit
      // A crate's disambiguator has 64 bits and is only skipped; a position or a count never comes near.
      if (digit < 0 || value > 2 ** 65) throw malformed
    }
    return value + 1
  }

  /** A number that may stand behind its letter: absent is 0, `s_` is 1. */
  optionalBase62(letter: string): number {
    return this.take(letter) ? this.base62() + 1 : 0
  }

  identifier(): { name: string; disambiguator: number } {
    const disambiguator = this.optionalBase62('s')
    return { name: this.plainIdentifier(), disambiguator }
  }

  plainIdentifier(): string {
    const punycode = this.take('u')
    const first = this.next()
    if (first < '0' || first > '9') throw malformed
    let length = Number(first)
    // No leading zeros: a 0 is the whole number.
    while (first !== '0' && this.peek() >= '0' && this.peek() <= '9') {
      length = length * 10 + Number(this.next())
      if (length > this.#text.length) throw malformed
    }
    // Stands where the name itself begins with a digit or an underscore.
    this.take('_')
    const bytes = this.#text.slice(this.#at, this.#at + length)
    // The grammar knows no others; a log's control characters end here.
    if (bytes.length !== length || !/^[0-9A-Za-z_]*$/.test(bytes)) throw malformed
    this.#at += length
    if (!punycode) return bytes
    const split = bytes.lastIndexOf('_')
    const decoded = decodePunycode(bytes.slice(0, Math.max(split, 0)), bytes.slice(split + 1))
    if (decoded === undefined || /[\x80-\x9f]/.test(decoded)) throw malformed
    return decoded
  }

  /** The hexadecimal digits of a constant, up to `_`. */
  hex(): string {
    const start = this.#at
    while (!this.take('_')) if (!/[0-9a-f]/.test(this.next())) throw malformed
    return this.#text.slice(start, this.#at - 1)
  }
}

function base62Digit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48
  if (code >= 97 && code <= 122) return code - 97 + 10
  if (code >= 65 && code <= 90) return code - 65 + 36
  return -1
}
