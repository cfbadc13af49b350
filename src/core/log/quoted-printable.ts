// Logs in mail that nobody decoded. RFC 2045 §6.7.

import { covering, type InputLine } from './draft.ts'

/** §6.7 rule 5: an encoded line is no longer than this. */
const MAX_ENCODED_COLUMNS = 78

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** Undoes the encoding where a window of lines shows that it is there. */
export class QuotedPrintable {
  #on = false
  #open: { line: InputLine; text: string } | undefined

  /** The last lines were encoded. */
  get active(): boolean {
    return this.#on || this.#open !== undefined
  }

  /** The lines, decoded and joined where they are encoded; one that goes on is held for the next call. */
  decode(lines: InputLine[]): InputLine[] {
    if (!this.#on && !showsEncoding(lines)) return lines
    // What is no longer consistent with the encoding ends it.
    this.#on = lines.every(line => isConsistent(line.text))
    if (!this.#on) return [...this.flush(), ...lines]
    const out: InputLine[] = []
    for (const line of lines) {
      const before = this.#open
      const text = (before?.text ?? '') + line.text
      const whole = before === undefined ? line : covering(before.line, line)
      if (line.text.endsWith('=') && text.length < 4096) {
        this.#open = { line: whole, text: text.slice(0, -1) }
        continue
      }
      this.#open = undefined
      out.push({ ...whole, text: decodeBytes(text) })
    }
    return out
  }

  flush(): InputLine[] {
    const open = this.#open
    this.#open = undefined
    return open === undefined ? [] : [{ ...open.line, text: decodeBytes(open.text) }]
  }
}

/** `=3D` and other encoded bytes several times, and no `=` that is anything else: a kernel log is full of others. */
function showsEncoding(lines: readonly InputLine[]): boolean {
  let encoded = 0
  for (const { text } of lines) {
    if (!text.includes('=')) continue
    if (!isConsistent(text)) return false
    if (text.includes('=3D')) encoded++
    else if (text.endsWith('=20')) encoded++
  }
  return encoded >= 2
}

/** Every `=` stands before two hexadecimal digits or ends the line. */
function isConsistent(text: string): boolean {
  let at = text.indexOf('=')
  if (at < 0) return true
  if (text.length > MAX_ENCODED_COLUMNS) return false
  for (; at >= 0; at = text.indexOf('=', at + 1)) {
    if (at === text.length - 1) return true
    if (!isHexDigit(text.charCodeAt(at + 1)) || !isHexDigit(text.charCodeAt(at + 2))) return false
  }
  return true
}

function isHexDigit(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 65 && code <= 70)
}

function decodeBytes(text: string): string {
  if (!text.includes('=')) return text
  const bytes = encoder.encode(text)
  let to = 0
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] === 0x3d && i + 2 < bytes.length) {
      bytes[to++] = Number.parseInt(String.fromCharCode(bytes[i + 1]!, bytes[i + 2]!), 16)
      i += 2
    } else bytes[to++] = bytes[i]!
  }
  return decoder.decode(bytes.subarray(0, to))
}
