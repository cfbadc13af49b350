import type { LogRecord } from '../model.ts'

/** Records of all streams that are remembered: what stands before a header stands near it. */
const MAX_RECENT = 512

/** The last records of a log, so that a header finds the lines before it in its own stream. */
export class RecentRecords {
  readonly #records: LogRecord[] = []
  readonly #streams: string[] = []
  /** where the next one goes */
  #next = 0

  push(record: LogRecord, stream: string): void {
    this.#records[this.#next] = record
    this.#streams[this.#next] = stream
    this.#next = (this.#next + 1) % MAX_RECENT
  }

  /** The last records of this stream, at most so many, in order. */
  of(stream: string, most: number): LogRecord[] {
    const out: LogRecord[] = []
    const { length } = this.#records
    for (let back = 1; back <= length && out.length < most; back++) {
      const index = (this.#next - back + length) % length
      if (this.#streams[index] === stream) out.push(this.#records[index]!)
    }
    return out.reverse()
  }
}
