// Extended netconsole cuts a record that does not fit a datagram; drivers/net/netconsole.c, send_fragmented_body().

import type { LogRecord, RawLine } from '../../model.ts'

/** So many records may be incomplete at once; the oldest is then given up. */
export const MAX_INCOMPLETE = 64

/** A record is at most some 8 KB (CONSOLE_EXT_LOG_MAX); what claims to be larger is not one. */
const MAX_RECORD_BYTES = 64 * 1024

/** How many records later a late fragment may still come. */
const SETTLING_RECORDS = 32

interface Incomplete {
  /** of the first fragment that came; its text is not set yet */
  record: LogRecord
  total: number
  parts: Map<number, string>
  received: number
}

export interface Assembled {
  record: LogRecord
  /** text and dictionary lines, still escaped, separated by LF */
  body: string
}

/** Joins the fragments of a record by their offsets, in whatever order they come. */
export class FragmentAssembler {
  readonly #incomplete = new Map<number, Incomplete>()

  /** A fragment; the whole record when this was the last that it needed. */
  push(record: LogRecord, body: string, offset: number, total: number): Assembled | undefined {
    const sequence = record.sequence!
    let open = this.#incomplete.get(sequence)
    const contradicts = open !== undefined && open.total !== total
    if (contradicts || total > MAX_RECORD_BYTES || offset + body.length > total + 1) {
      record.damage = [...(record.damage ?? []), 'fragment-missing']
      return { record, body }
    }
    if (open === undefined) {
      open = { record, total, parts: new Map(), received: 0 }
      this.#incomplete.set(sequence, open)
    }
    if (!open.parts.has(offset)) {
      open.parts.set(offset, body)
      open.received += body.length
    }
    const first = Math.min(open.record.span.start, record.span.start)
    const end = Math.max(open.record.span.end, record.span.end)
    open.record.lastLine = Math.max(open.record.lastLine ?? open.record.line, record.line)
    open.record.line = Math.min(open.record.line, record.line)
    open.record.span = { start: first, end }
    // A line break between two fragments is lost when each stands in a line of its own: one byte may lack for each.
    if (open.received + open.parts.size < total) return undefined
    const assembled = join(open)
    if (assembled.missing > 0) return undefined
    this.#incomplete.delete(sequence)
    return { record: open.record, body: assembled.body }
  }

  /**
   * Records that lack nothing but the last byte, now that the stream is at `sequence`: it was a line break, or else a
   * fragment of one byte that would have come by now.
   */
  settled(sequence: number): Assembled[] {
    if (this.#incomplete.size === 0) return []
    const out: Assembled[] = []
    for (const [waiting, open] of this.#incomplete) {
      if (sequence - waiting < SETTLING_RECORDS) continue
      const assembled = join(open)
      if (assembled.missing !== 1) continue
      this.#incomplete.delete(waiting)
      out.push({ record: open.record, body: assembled.body })
    }
    return out
  }

  /** Whether a further line belongs to a fragment that had line breaks: the dictionary. */
  accepts(sequence: number, offset: number, text: string): boolean {
    const open = this.#incomplete.get(sequence)
    const part = open?.parts.get(offset)
    return open !== undefined && part !== undefined && offset + part.length + text.length < open.total
  }

  /** Adds a line that accepts() accepted. */
  extend(sequence: number, offset: number, text: string, line: RawLine): Assembled | undefined {
    const open = this.#incomplete.get(sequence)
    const part = open?.parts.get(offset)
    if (open === undefined || part === undefined) return undefined
    open.parts.delete(offset)
    open.received -= part.length
    const end = { ...open.record, line: line.number, span: line.span }
    return this.push(end, `${part}\n${text}`, offset, open.total)
  }

  /** What has waited too long, as far as it came. */
  overflow(): Assembled[] {
    const out: Assembled[] = []
    for (const sequence of this.#incomplete.keys()) {
      if (this.#incomplete.size <= MAX_INCOMPLETE) break
      out.push(this.#giveUp(sequence))
    }
    return out
  }

  flush(): Assembled[] {
    return [...this.#incomplete.keys()].map(sequence => this.#giveUp(sequence))
  }

  #giveUp(sequence: number): Assembled {
    const open = this.#incomplete.get(sequence)!
    this.#incomplete.delete(sequence)
    const { body, missing } = join(open)
    if (missing > 1) open.record.damage = [...(open.record.damage ?? []), 'fragment-missing']
    return { record: open.record, body }
  }
}

function join(open: Incomplete): { body: string; missing: number } {
  let body = ''
  let missing = 0
  for (const offset of [...open.parts.keys()].sort((a, b) => a - b)) {
    const gap = offset - body.length - missing
    if (gap === 1) body += '\n'
    else if (gap > 1) {
      body += '…'
      missing += gap - 1
    }
    body += open.parts.get(offset)!
  }
  missing += Math.max(0, open.total - body.length - missing)
  return { body, missing }
}
