// What an agent has bundled, as answers that are judged as a log is.

import { Spool } from '../../src/agent/bundles/spool.ts'
import type { Report } from '../../src/core/model.ts'
import type { Evidence } from './road.ts'

/** What an answer says besides the report. */
export interface Bundled {
  /** from the exception's last line to its bundle, by the guest's clock, ms; of one that the agent heard */
  lateMs?: number
  /** the source that made the bundle, and the labels of what joined it */
  from: string[]
  /** records that the last of the agents lost */
  lost: number
}

interface Timed {
  report: Pick<Report, 'time'>
  writtenAt: string
  excerpt: string
}

/** Milliseconds from the last line of an exception to its bundle, by the guest's clock. */
export function latenessOf({ report, writtenAt, excerpt }: Timed): number | undefined {
  const { wall, sinceBootUs } = report.time ?? {}
  const stamps = [...excerpt.matchAll(/^\d+,\d+,(\d+),/gm)].map(([, us]) => Number(us))
  if (wall === undefined || sinceBootUs === undefined || stamps.length === 0) return undefined
  const lastMs = Date.parse(wall) + (stamps.at(-1)! - sinceBootUs) / 1000
  return Math.round(Date.parse(writtenAt) - lastMs)
}

export type BundledReport = Report & { agent: Bundled }

/** Of each bundle of a spool, in their order. Throws where one is not as it was written. */
export async function reportsOf(path: string, lost: number): Promise<BundledReport[]> {
  const spool = await Spool.open(path, { readOnly: true })
  try {
    const found: BundledReport[] = []
    for (const { name } of await spool.list()) {
      const { report, origin, evidence } = await spool.read(name)
      const problems = await spool.verify(name)
      if (report === undefined || origin === undefined || problems.length > 0)
        throw new Error(`bundle ${name}: ${problems.map(each => `${each.path} is ${each.what}`).join(', ')}`)
      const excerpt = Buffer.from(await spool.bytes(name, 'excerpt.log')).toString()
      const lateMs = latenessOf({ report, writtenAt: origin.writtenAt, excerpt })
      const from = [origin.source, ...evidence.map(each => each.replace(/^evidence-\d+-/, ''))]
      found.push({ ...report, agent: { ...(lateMs === undefined ? {} : { lateMs }), from, lost } })
    }
    return found
  } finally {
    await spool.close()
  }
}

export const asEvidence = (reports: readonly BundledReport[]): Evidence => ({
  name: 'reports.json',
  bytes: Buffer.from(reports.map(report => `${JSON.stringify(report)}\n`).join('')),
})
