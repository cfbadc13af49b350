// The reorderings that transports demand, one behind the other; a log that needs none passes untouched.

import type { LogRecord } from '../../model.ts'
import { isPstoreMark, PstoreOrder, readPartHeader } from './pstore.ts'
import { SequenceOrder } from './sequence.ts'

export class RecordOrder {
  readonly #sequence: SequenceOrder
  readonly #pstore = new PstoreOrder()
  readonly #numbered: LogRecord[] = []
  #noiseBytes = 0

  constructor(slots?: number) {
    this.#sequence = new SequenceOrder(slots)
  }

  /** Bytes of duplicates and of lines that only mark parts. */
  get noiseBytes(): number {
    return this.#noiseBytes + this.#sequence.duplicateBytes + this.#pstore.repeatedBytes
  }

  /** Nothing is held back. */
  get idle(): boolean {
    return this.#sequence.idle && !this.#pstore.active
  }

  push(record: LogRecord, out: LogRecord[]): void {
    if (record.sequence === undefined && this.#sequence.idle) {
      this.#pushPart(record, out)
      return
    }
    this.#sequence.push(record, this.#numbered)
    this.#pushNumbered(out)
  }

  flush(out: LogRecord[]): void {
    this.#sequence.flush(this.#numbered)
    this.#pushNumbered(out)
    this.#pstore.flush(out)
  }

  #pushNumbered(out: LogRecord[]): void {
    for (const record of this.#numbered) this.#pushPart(record, out)
    this.#numbered.length = 0
  }

  #pushPart(record: LogRecord, out: LogRecord[]): void {
    if (record.sinceBootUs === undefined && record.text.length < 80) {
      const header = readPartHeader(record.text)
      if (header !== undefined) this.#pstore.begin(header, out)
      if (header !== undefined || isPstoreMark(record.text)) {
        this.#noiseBytes += record.span.end - record.span.start
        return
      }
    }
    if (this.#pstore.active) this.#pstore.push(record, out)
    else out.push(record)
  }
}
