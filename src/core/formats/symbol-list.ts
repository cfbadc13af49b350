// Lists of symbols as text, a line each: System.map (nm -n) and /proc/kallsyms, live or saved.
//
//   ffffffff81000000 T _text
//   ffffffffc0a2d010 t nvme_queue_rq	[nvme]

import { FormatError, latin1 } from '../bytes/cursor.ts'
import { say } from '../say.ts'

export interface SymbolList {
  count: number
  /** in the order of the list, which is ascending for the kernel and, in kallsyms, again for each module */
  addresses: BigUint64Array
  wordBytes: 4 | 8
  /** All addresses are zero: the kernel hid them from who read the file (kernel.kptr_restrict). */
  hidden?: true
  /** kallsyms, not System.map: symbols of modules are marked */
  modules: boolean
  symbol(index: number): { type: string; name: string; module?: string }
}

/** System.map of Debian's image packages is one line that says where the real one is. */
const STUB = /^f+ B The real System\.map is in the (?<where>\S+) package/

/** Longest line that is looked at; KSYM_NAME_LEN is 512. */
const MAX_LINE = 1024

/**
 * Reads a list. Lines that are none (an empty last one, a shell's prompt around a saved list) are left out, but the
 * first must be a symbol. Throws FormatError when it is not, and when the list is only a hint where to find it.
 */
export function readSymbolList(format: string, bytes: Uint8Array): SymbolList {
  const start = latin1(bytes.subarray(0, 200))
  const stub = STUB.exec(start)
  if (stub !== null) {
    throw new FormatError(
      format,
      0,
      say`holds no symbols: the real System.map is in the ${stub.groups!['where']} package`,
    )
  }
  const width = /^(?<address>[0-9a-f]{8}|[0-9a-f]{16}|0) [A-Za-z?] \S/.exec(start)?.groups?.['address']?.length
  if (width === undefined) {
    throw new FormatError(format, 0, say`is no list of symbols: expected lines like "ffffffff81000000 T _text"`)
  }
  const rows = new Rows(bytes)
  let widest = width
  for (let at = 0; at < bytes.length; ) {
    const newline = bytes.indexOf(10, at)
    const end = newline < 0 ? bytes.length : newline
    widest = Math.max(widest, rows.add(at, end))
    at = end + 1
  }
  return rows.list(widest > 8 ? 8 : 4)
}

const letter = (byte: number): boolean => (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a)

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  if (byte >= 0x61 && byte <= 0x66) return byte - 0x61 + 10
  return -1
}

/** The lines that are symbols: their addresses, and where the rest of each stands. */
class Rows {
  readonly #bytes: Uint8Array
  #count = 0
  #addresses = new BigUint64Array(4096)
  /** offsets of the type's letter and of the line's end */
  #places = new Uint32Array(8192)
  #anyAddress = false
  #modules = false

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** Gives the number of the address's digits, 0 when the line is no symbol. */
  add(start: number, end: number): number {
    const bytes = this.#bytes
    if (end - start < 5 || end - start > MAX_LINE) return 0
    let high = 0
    let low = 0
    let at = start
    for (; at < end; at++) {
      const digit = hexDigit(bytes[at]!)
      if (digit < 0) break
      high = ((high << 4) | (low >>> 28)) >>> 0
      low = ((low << 4) | digit) >>> 0
    }
    const digits = at - start
    const line = digits > 0 && digits <= 16 && bytes[at] === 0x20 && bytes[at + 2] === 0x20 && at + 3 < end
    if (!line || !(letter(bytes[at + 1]!) || bytes[at + 1] === 0x3f)) return 0
    this.#grow()
    this.#addresses[this.#count] = high === 0 ? BigInt(low) : (BigInt(high) << 32n) | BigInt(low)
    this.#anyAddress ||= high !== 0 || low !== 0
    let textEnd = end
    while (bytes[textEnd - 1] === 0x20 || bytes[textEnd - 1] === 0x0d || bytes[textEnd - 1] === 0x09) textEnd--
    this.#modules ||= bytes[textEnd - 1] === 0x5d
    this.#places[this.#count * 2] = at + 1
    this.#places[this.#count * 2 + 1] = textEnd
    this.#count++
    return digits
  }

  list(wordBytes: 4 | 8): SymbolList {
    const bytes = this.#bytes
    const places = this.#places
    return {
      count: this.#count,
      addresses: this.#addresses.subarray(0, this.#count),
      wordBytes,
      ...(this.#anyAddress ? {} : { hidden: true }),
      modules: this.#modules,
      symbol: index => {
        const text = latin1(bytes.subarray(places[index * 2]!, places[index * 2 + 1]!))
        const module = /^(?<name>[^\t ]*)[\t ]{1,16}\[(?<module>[^\]\s]+)\]$/.exec(text.slice(2))?.groups
        return { type: text[0]!, name: module?.['name'] ?? text.slice(2), ...(module && { module: module['module']! }) }
      },
    }
  }

  #grow(): void {
    if (this.#count < this.#addresses.length) return
    const addresses = new BigUint64Array(this.#count * 2)
    addresses.set(this.#addresses)
    this.#addresses = addresses
    const places = new Uint32Array(this.#count * 4)
    places.set(this.#places)
    this.#places = places
  }
}
