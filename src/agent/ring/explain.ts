// The exceptions among the records: each summarised behind the record that ends it.

import { Decoder } from '../../core/decoder.ts'
import { addOperand } from '../../core/explain/index.ts'
import { disassembleReport } from '../../core/localise/instructions.ts'
import type { Report } from '../../core/model.ts'
import { findDisassembler } from '../../node/disassemblers/index.ts'

const LINE_FEED = 10

/** A decoder that is fed record by record, and knows behind how many records each report ends. */
export class RecordDecoder {
  private readonly decoder = new Decoder({ live: true })
  /** lines of the input up to the end of each record */
  private readonly lastLines: number[] = []
  private lines = 0

  /** The reports that are complete now. */
  push(bytes: Uint8Array): Report[] {
    for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) this.lines++
    this.lastLines.push(this.lines)
    return this.decoder.push(bytes)
  }

  finish(): Report[] {
    return this.decoder.finish()
  }

  /** Index of the record that has this line of the input. */
  recordOf(line: number): number {
    const index = this.lastLines.findIndex(last => last >= line)
    return index < 0 ? this.lastLines.length - 1 : index
  }
}

/** Instructions and what their operands say: for those who read the report. */
export async function completed(report: Report): Promise<Report> {
  await disassembleReport(report, findDisassembler)
  addOperand(report)
  return report
}
