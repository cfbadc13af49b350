// What is known of a record while its layers are peeled.

import type { LogRecord, RawLine } from '../model.ts'

/** How the transport wrote characters that it could not pass on. */
export type Escaping = 'kmsg' | 'syslog'

/** A line, or several that are read as one. */
export type InputLine = RawLine & { lastNumber?: number }

/** One line that stands for all from the first to the last. */
export function covering(first: InputLine, last: InputLine): InputLine {
  if (first === last) return first
  return {
    text: first.text,
    number: first.number,
    lastNumber: last.lastNumber ?? last.number,
    span: { start: first.span.start, end: last.span.end },
  }
}

/** One scratch value, reused for every line: layers fill it, `finish` makes the record. */
export class Draft {
  level: number | undefined
  facility: number | undefined
  sinceBootUs: number | undefined
  wall: string | undefined
  sequence: number | undefined
  caller: string | undefined
  cpu: number | undefined
  host: string | undefined
  tag: string | undefined
  userSpace = false
  /** the transport names the kernel as the writer; the facility is then no evidence against it */
  fromKernel = false
  dictionary: Record<string, string> | undefined
  lostBefore: number | undefined
  damage: string[] | undefined
  escaping: Escaping | undefined
  /** a fragment of an extended netconsole record: bytes [offset, …) of total */
  fragment: { offset: number; total: number } | undefined
  /** octet counting: where the message begins in the line, and its bytes; another may follow */
  frame: { start: number; bytes: number } | undefined

  clear(): void {
    this.level = undefined
    this.facility = undefined
    this.sinceBootUs = undefined
    this.wall = undefined
    this.sequence = undefined
    this.caller = undefined
    this.cpu = undefined
    this.host = undefined
    this.tag = undefined
    this.userSpace = false
    this.fromKernel = false
    this.dictionary = undefined
    this.lostBefore = undefined
    this.damage = undefined
    this.escaping = undefined
    this.fragment = undefined
    this.frame = undefined
  }

  /** What is known of where the line came from stays; when and by whom it was printed is forgotten. */
  keepOrigin(): void {
    this.sinceBootUs = undefined
    this.caller = undefined
    this.cpu = undefined
    this.damage = undefined
    this.frame = undefined
    this.lostBefore = undefined
  }

  /** PRI of syslog and of `<N>`: facility * 8 + severity, RFC 5424 §6.2.1. */
  setPriority(priority: number): void {
    this.level = priority & 7
    this.facility = priority >> 3
  }

  addDamage(what: string): void {
    this.damage ??= []
    if (!this.damage.includes(what)) this.damage.push(what)
  }

  addToDictionary(key: string, value: string): void {
    if (key === '__proto__') return // no key of the kernel's, and not one that an object can hold
    this.dictionary ??= {}
    this.dictionary[key] = value
  }

  finish(text: string, line: InputLine, transport: string): LogRecord {
    const { sinceBootUs, facility } = this
    const foreign = facility !== undefined && facility !== 0 && !this.fromKernel
    const record: LogRecord = {
      text,
      line: line.number,
      span: line.span,
      transport,
      // A damaged stamp may have more digits than any machine has run microseconds (285 years).
      sinceBootUs: sinceBootUs !== undefined && sinceBootUs <= Number.MAX_SAFE_INTEGER ? sinceBootUs : undefined,
      level: this.level,
      caller: this.caller,
      facility,
      wall: this.wall,
      sequence: this.sequence,
      cpu: this.cpu,
      host: this.host,
      tag: this.tag,
      userSpace: this.userSpace || foreign ? true : undefined,
    }
    if (this.dictionary !== undefined) record.dictionary = this.dictionary
    if (this.lostBefore !== undefined) record.lostBefore = this.lostBefore
    if (this.damage !== undefined) record.damage = this.damage
    if (line.lastNumber !== undefined && line.lastNumber > line.number) record.lastLine = line.lastNumber
    if (line.cut) record.damage = [...(record.damage ?? []), 'cut']
    return record
  }
}
