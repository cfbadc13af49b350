// Dumps that firmware kept: cut in parts, of which the first is the newest. What a later dump of the same boot repeats of an
// earlier one is left out.

import type { LogRecord } from '../../model.ts'
import { repeatedLines } from './overlap.ts'

/** What is held back until the parts are known; more is given in the order in which it came. */
export const MAX_HELD_BYTES = 8 * 1024 * 1024
export const MAX_PARTS = 1024

// fs/pstore/platform.c, pstore_dump(): "%s#%d Part%u\n"
const partHeader =
  /^(?<reason>Panic|Oops|Emergency|Emerg|Restart|Halt|Poweroff|Shutdown|Kexec|Unknown|kmsg_dump)#(?<count>\d{1,9}) {1,2}Part(?<part>\d{1,9})$/

/** Literals of the part headers, for the prefilter. */
export const partNeedles: readonly string[] = [
  'Panic#',
  'Oops#',
  'Emergency#',
  'Emerg#',
  'Restart#',
  'Halt#',
  'Poweroff#',
  'Shutdown#',
  'Kexec#',
  'Unknown#',
  'kmsg_dump#',
]

// fs/pstore/ram.c, ramoops_write_kmsg_hdr(): ====1234.567890-D
const ramoopsHeader = /^====\d{1,20}\.\d{1,9}(?:-[CD])?$/
// fs/pstore/ram_core.c, persistent_ram_ecc_string()
const eccTrailer = /^ECC: (?:No errors detected|\d{1,9} Corrected bytes, \d{1,9} unrecoverable blocks)$/

/** A line that pstore itself wrote and that says nothing but that; cheap for all others. */
export function isPstoreMark(text: string): boolean {
  const first = text.charCodeAt(0)
  if (first === 0x3d) return text.length < 40 && ramoopsHeader.test(text)
  return first === 0x45 && text.length < 80 && eccTrailer.test(text)
}

export interface PartHeader {
  reason: string
  count: number
  part: number
}

/** `Panic#2 Part1`. */
export function readPartHeader(text: string): PartHeader | undefined {
  const hash = text.indexOf('#')
  if (hash < 4 || hash > 9 || text.length > 40) return undefined
  const found = partHeader.exec(text)?.groups
  if (found === undefined) return undefined
  return { reason: found['reason']!, count: Number(found['count']), part: Number(found['part']) }
}

interface Part extends PartHeader {
  records: LogRecord[]
}

/** Holds parts until they can be put in the order of time: higher counts are later dumps, lower parts later text. */
export class PstoreOrder {
  #parts: Part[] = []
  #heldBytes = 0
  #repeatedBytes = 0

  /** Of records that an earlier dump had already. */
  get repeatedBytes(): number {
    return this.#repeatedBytes
  }

  get active(): boolean {
    return this.#parts.length > 0
  }

  begin(header: PartHeader, out: LogRecord[]): void {
    const again = this.#parts.some(
      p => p.reason === header.reason && p.count === header.count && p.part === header.part,
    )
    // The same part again: of another boot.
    if (again || this.#parts.length >= MAX_PARTS) this.flush(out)
    this.#parts.push({ ...header, records: [] })
  }

  push(record: LogRecord, out: LogRecord[]): void {
    const part = this.#parts.at(-1)
    if (part === undefined) {
      out.push(record)
      return
    }
    const first = part.records[0]
    // A log of another transport behind the dumps is no part of them.
    if (first !== undefined && outermost(record) !== 'plain' && outermost(first) !== outermost(record)) {
      this.flush(out)
      out.push(record)
      return
    }
    part.records.push(record)
    this.#heldBytes += record.span.end - record.span.start + 1
    if (this.#heldBytes > MAX_HELD_BYTES) this.flush(out)
  }

  flush(out: LogRecord[]): void {
    const parts = this.#parts
    this.#parts = []
    this.#heldBytes = 0
    parts.sort((a, b) => a.count - b.count || (a.reason < b.reason ? -1 : a.reason > b.reason ? 1 : b.part - a.part))
    let earlier: string[] = []
    for (let first = 0; first < parts.length; ) {
      const { reason, count } = parts[first]!
      const records: LogRecord[] = []
      for (; parts[first]?.reason === reason && parts[first]?.count === count; first++) {
        for (const record of parts[first]!.records) records.push(record)
      }
      const lines = records.map(({ sinceBootUs, text }) => `${sinceBootUs} ${text}`)
      const repeated = repeatedLines(earlier, lines)
      for (const [index, record] of records.entries()) {
        if (index >= repeated) out.push(record)
        else this.#repeatedBytes += record.span.end - record.span.start
      }
      // The notice about error correction begins with an empty line.
      while (lines.length > 0 && records[lines.length - 1]?.text === '') lines.pop()
      earlier = lines
    }
  }
}

/** The outermost layer, where it is more than what the kernel itself writes into pstore. */
function outermost(record: LogRecord): string {
  const plus = record.transport.indexOf('+')
  const name = plus < 0 ? record.transport : record.transport.slice(0, plus)
  return name === 'level' || name === 'printk' ? 'plain' : name
}
