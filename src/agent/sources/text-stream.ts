// Bytes of text as they come → pieces with the records in them, whatever layers the lines have.

import { LineSplitter, LogReader } from '../../core/log/index.ts'
import type { LogRecord, RawLine } from '../../core/model.ts'
import type { Piece } from './source.ts'

export interface TextStreamOptions {
  /** a line that is not finished is given on after so much silence, as a prompt on a console is; never without */
  unfinishedMs?: number
  /** what every record is given that does not say it itself */
  host?: string
  /** what the source knows of each record beyond its text */
  mark?: (record: LogRecord) => void
}

/** One stream of text: a terminal, a pipe, a file, a connection. */
export class TextStream {
  private readonly name: string
  private readonly options: TextStreamOptions
  private readonly splitter = new LineSplitter()
  private readonly reader = new LogReader({ live: true })
  private lastAt = 0
  private restless = false
  /** bytes that came */
  position = 0

  constructor(name: string, options: TextStreamOptions = {}) {
    this.name = name
    this.options = options
  }

  /** `bytes` must not be written to afterwards. */
  push(bytes: Uint8Array, now: number): Piece {
    this.position += bytes.length
    this.lastAt = now
    this.restless = true
    return this.piece(bytes, this.read(this.splitter.push(bytes)))
  }

  /** What a silence shows to be complete; undefined when nothing was waiting. */
  settle(now: number): Piece | undefined {
    const { unfinishedMs } = this.options
    if (!this.restless || unfinishedMs === undefined || now - this.lastAt < unfinishedMs) return undefined
    return this.flush()
  }

  /** The end: what was waiting comes as it is. */
  flush(): Piece | undefined {
    this.restless = false
    const records = [...this.read(this.splitter.flush()), ...this.marked(this.reader.flush())]
    return records.length === 0 ? undefined : this.piece(new Uint8Array(), records)
  }

  private read(lines: readonly RawLine[]): LogRecord[] {
    return lines.flatMap(line => this.marked(this.reader.push(line)))
  }

  private marked(records: LogRecord[]): LogRecord[] {
    const { host, mark } = this.options
    for (const record of records) {
      if (host !== undefined) record.host ??= host
      mark?.(record)
    }
    return records
  }

  private piece(bytes: Uint8Array, records: LogRecord[]): Piece {
    return { stream: this.name, bytes, records }
  }
}
