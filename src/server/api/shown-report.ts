// A report as it is looked at: with what can be told from it alone, whenever it came in and whoever decoded it.

import { addOperand } from '../../core/explain/index.ts'
import { disassembleReport } from '../../core/localise/instructions.ts'
import { recoverStack } from '../../core/localise/unwind/recover.ts'
import type { Report } from '../../core/model.ts'
import { say } from '../../core/say.ts'
import { findDisassembler } from '../../node/disassemblers/index.ts'
import { Refusal } from '../intake/refusal.ts'
import type { Store } from '../store/store.ts'
import type { Symbols } from '../symbols/symbols.ts'

/** As it is kept. Throws Refusal where there is none. */
export async function keptReport({ db }: Store, id: string): Promise<Report> {
  const row = await db.selectFrom('report_bodies').select('body').where('report_id', '=', id).executeTakeFirst()
  if (row === undefined) throw new Refusal(404, say`there is no report ${id}`)
  return JSON.parse(row.body) as Report
}

/** With the frames of its stack and the instructions of its code, of the whole function where an image of its kernel is there. */
export async function shownReport({ store, symbols }: { store: Store; symbols: Symbols }, id: string): Promise<Report> {
  const report = await symbols.examined(await keptReport(store, id))
  if (report.stack !== undefined && report.stack.frames === undefined) await recoverStack(report)
  await disassembleReport(report, findDisassembler)
  addOperand(report)
  return report
}
