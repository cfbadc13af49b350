// The whole road in one object: bytes in, reports out, in bounded memory. Text without any header's literal is jumped over.

import { type BootContext, readBoot } from './decode/kernel.ts'
import { EventAssembler } from './detect/assembler.ts'
import { LineSplitter, LogReader } from './log/index.ts'
import type { LogRecord, RawLine, Report } from './model.ts'
import { decodeExcerpt, type ReportSource } from './report.ts'

export interface DecoderOptions {
  source?: ReportSource
}

/** A stream stage: `push` bytes as they come, take the reports that are complete; `finish` at the end of the input. */
export class Decoder {
  private readonly source: ReportSource
  private readonly splitter = new LineSplitter()
  private readonly reader = new LogReader()
  private readonly assembler = new EventAssembler()
  private readonly boots = new Map<string, BootContext>()
  private position = 0

  constructor(options: DecoderOptions = {}) {
    this.source = options.source ?? {}
  }

  push(chunk: Uint8Array): Report[] {
    const reports: Report[] = []
    for (const line of this.splitter.push(chunk)) this.read(line, reports)
    return reports
  }

  finish(): Report[] {
    const reports: Report[] = []
    for (const line of this.splitter.flush()) this.read(line, reports)
    for (const record of this.reader.flush()) this.take(record, reports)
    for (const excerpt of this.assembler.flush()) reports.push(decodeExcerpt(excerpt, this.source, this.boot('')))
    return reports
  }

  /** Lines looked at so far: what the bound on work is asserted by. */
  get work(): number {
    return this.assembler.classified
  }

  private read(line: RawLine, reports: Report[]): void {
    for (const record of this.reader.push(line)) this.take(record, reports)
  }

  private take(record: LogRecord, reports: Report[]): void {
    this.position = Math.max(this.position, record.span.start)
    const boot = this.boot(record.host ?? '')
    readBoot(record.text, boot)
    this.assembler.push(record)
    for (const excerpt of this.assembler.take(this.position)) {
      const host = excerpt.lines[excerpt.header]?.record.host ?? ''
      reports.push(decodeExcerpt(excerpt, this.source, this.boot(host)))
    }
  }

  private boot(host: string): BootContext {
    let boot = this.boots.get(host)
    if (!boot) {
      if (this.boots.size > 4096) this.boots.clear()
      boot = {}
      this.boots.set(host, boot)
    }
    return boot
  }
}

/** All reports of a whole input at hand. */
export function decodeBytes(bytes: Uint8Array, source: ReportSource = {}): Report[] {
  const decoder = new Decoder({ source })
  return [...decoder.push(bytes), ...decoder.finish()]
}
