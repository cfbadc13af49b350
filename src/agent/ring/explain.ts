// The exceptions among the records: each summarised behind the record that ends it.

import { Decoder } from '../../core/decoder.ts'
import { addOperand } from '../../core/explain/index.ts'
import { disassembleReport } from '../../core/localise/instructions.ts'
import { KmsgRecords } from '../../core/log/kmsg-record.ts'
import type { Report } from '../../core/model.ts'
import { findDisassembler } from '../../node/disassemblers/index.ts'
import type { InputRecord } from './input.ts'

const LINE_FEED = 10

/** Index of the record that ends each report → the reports. Records are those of one input, in order. */
export async function reportsByRecord(records: readonly InputRecord[]): Promise<Map<number, Report[]>> {
  const decoder = new Decoder()
  const reports: Report[] = []
  /** lines of the input up to the end of each record */
  const lastLines: number[] = []
  let lines = 0
  for (const { bytes } of records) {
    for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) lines++
    lastLines.push(lines)
    reports.push(...decoder.push(bytes))
  }
  reports.push(...decoder.finish())
  const found = new Map<number, Report[]>()
  for (const report of reports) {
    const index = lastLines.findIndex(last => last >= report.lines.last)
    const at = index < 0 ? records.length - 1 : index
    found.set(at, [...(found.get(at) ?? []), await completed(report)])
  }
  return found
}

/** As they happen: a report is given when its end was seen, or when nothing more of it comes. */
export class LiveExplainer {
  private readonly decoder = new Decoder({ live: true })
  private readonly reader = new KmsgRecords()
  private position = 0

  push(bytes: Uint8Array, nowMs: number): Report[] {
    const records = this.reader.read(bytes, this.position)
    this.position += bytes.length
    return this.decoder.pushRecords(records, nowMs)
  }

  /** To be called some times a second. */
  settle(nowMs: number): Report[] {
    return this.decoder.settle(nowMs)
  }

  finish(): Report[] {
    return this.decoder.finish()
  }
}

/** With instructions and what their operands say: for those who read the report. */
export async function completed(report: Report): Promise<Report> {
  await disassembleReport(report, findDisassembler)
  addOperand(report)
  return report
}
