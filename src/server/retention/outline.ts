// A report whose evidence is gone: what a list, an issue page and a chart need of it stays.

import type { Transaction } from 'kysely'
import type { Report } from '../../core/model.ts'
import { changesOf } from '../store/changes.ts'
import type { Store } from '../store/store.ts'
import type { Tables } from '../store/tables.ts'

export const outlineReasons = ['count', 'age', 'size', 'ignored'] as const
export type OutlineReason = (typeof outlineReasons)[number]

export interface Wanted {
  id: string
  bundle_id: string
}

/** Lines of the text that stay: the headline and what stands beside it. */
const LINES = 3
/** Frames of the first trace. */
const FRAMES = 16

/** What stays of it. */
export function outlineOf(report: Report): Report {
  const { schema, source, kind, severity, title, altTitles, fatal, arch, kernel, task, time, fault, pc, ...rest } =
    report
  const { fingerprint, lines, span, text, traces, findings } = rest
  const [first] = traces ?? []
  const kept = { schema, source, kind, severity, title, altTitles, fatal, arch, kernel, task, time, fault, pc }
  const outline = {
    ...kept,
    ...(first === undefined ? {} : { traces: [{ ...first, frames: first.frames.slice(0, FRAMES) }] }),
    ...(findings === undefined ? {} : { findings }),
    ...{ fingerprint, lines, span, text: text.split('\n', LINES).join('\n') },
  }
  return Object.fromEntries(Object.entries(outline).filter(([, value]) => value !== undefined)) as unknown as Report
}

/** Takes the evidence of these reports away, and makes outlines of them. Their bytes go when nothing names them (sweep.ts). */
export const outline = (store: Store, wanted: readonly Wanted[], why: OutlineReason): Promise<void> =>
  store.write(async tx => {
    const now = Date.now()
    for (const { id } of wanted) {
      const row = await tx.selectFrom('report_bodies').select('body').where('report_id', '=', id).executeTakeFirst()
      if (row === undefined) continue
      const body = JSON.stringify(outlineOf(JSON.parse(row.body) as Report))
      await tx.updateTable('report_bodies').set({ body }).where('report_id', '=', id).execute()
      await tx.updateTable('reports').set({ outlined_at: now, outlined_why: why }).where('id', '=', id).execute()
    }
    await dropEvidence(tx, [...new Set(wanted.map(({ bundle_id }) => bundle_id))])
    changesOf(tx).issues = true
  })

/** A log may have several reports: its bytes stay until none of them is whole. */
async function dropEvidence(tx: Transaction<Tables>, bundles: readonly string[]): Promise<void> {
  const used = await tx
    .selectFrom('reports')
    .select('bundle_id')
    .distinct()
    .where('bundle_id', 'in', bundles)
    .where('outlined_at', 'is', null)
    .execute()
  const gone = bundles.filter(id => !used.some(({ bundle_id }) => bundle_id === id))
  if (gone.length > 0) await tx.deleteFrom('evidence').where('bundle_id', 'in', gone).execute()
}
