// Takes in a log that somebody pasted or uploaded: kept as it came, and every exception in it filed.

import type { Report } from '../../core/model.ts'
import { type Filed, fileReport } from '../issues/file.ts'
import { hostRow } from '../issues/machines.ts'
import { hashOf } from '../store/blobs.ts'
import { newId } from '../store/id.ts'
import { noticingFull } from '../store/problem.ts'
import type { Store } from '../store/store.ts'
import { decodeLog, type LogLimits } from './decode-log.ts'
import { Refusal } from './refusal.ts'

export const logLimits: LogLimits = { textBytes: 256 * 1024 * 1024, reports: 10_000 }

/** Who sent what a person uploaded: no host. */
export const BY_HAND = 'upload'
/** The host of a report whose log names none. */
const UNNAMED = 'unknown'

export interface TakenLog {
  id: string
  /** 'known': the same bytes are here already, with their reports */
  what: 'taken' | 'known'
  reports: Filed[]
}

/**
 * `bytes` as they came, perhaps compressed; `host`: where the log does not say it. Durable when it returns. Throws Refusal,
 * StoreFull.
 */
export async function takeLog(
  store: Store,
  bytes: Uint8Array,
  host: string | undefined,
  limits: LogLimits = logLimits,
  decode: typeof decodeLog = decodeLog,
): Promise<TakenLog> {
  const name = `log-${hashOf(bytes)}`
  const known = await knownLog(store, BY_HAND, name)
  if (known !== undefined) return known
  const reports = await decode(bytes, limits)
  if (reports.length === 0) throw new Refusal(422, 'there is no kernel exception in this log; nothing was kept')
  return fileUpload(store, { name, senderId: BY_HAND, path: 'excerpt.log', bytes, reports, host })
}

export interface Upload {
  /** by which its sender is known to have sent it */
  name: string
  senderId: string
  /** under which its bytes are kept with the reports */
  path: string
  bytes: Uint8Array
  reports: readonly Report[]
  /** where a report does not say it */
  host?: string | undefined
  /** the sender is that host itself */
  own?: boolean
}

/** Durable when it returns. Throws StoreFull. */
export function fileUpload(store: Store, upload: Upload): Promise<TakenLog> {
  const { name, senderId, path, bytes, reports, host, own } = upload
  const receivedAt = Date.now()
  return store.blobs.using(async () => {
    const [hash] = await noticingFull(store.blobs.folder, () => store.blobs.keep([bytes]))
    const id = newId()
    return store.write(async tx => {
      const meanwhile = await knownLog({ db: tx }, senderId, name)
      if (meanwhile !== undefined) return meanwhile
      await tx.insertInto('bundles').values({ id, sender_id: senderId, name, received_at: receivedAt }).execute()
      const evidence = { bundle_id: id, path, hash: hash!, size_bytes: bytes.length }
      await tx.insertInto('evidence').values(evidence).execute()
      const filed: Filed[] = []
      for (const report of reports) {
        const wall = Date.parse(report.time?.wall ?? '')
        const at = Number.isNaN(wall) || wall < 0 || wall > receivedAt ? receivedAt : wall
        const named = report.source.host ?? host ?? UNNAMED
        const hostId = own ? senderId : await hostRow(tx, named, senderId, at)
        filed.push(await fileReport(tx, store.search, { report, bundleId: id, hostId, at, receivedAt }))
      }
      return { id, what: 'taken', reports: filed }
    })
  })
}

async function knownLog({ db }: Pick<Store, 'db'>, sender: string, name: string): Promise<TakenLog | undefined> {
  const bundles = db.selectFrom('bundles').select('id').where('sender_id', '=', sender).where('name', '=', name)
  const bundle = await bundles.executeTakeFirst()
  if (bundle === undefined) return undefined
  const rows = await db
    .selectFrom('reports')
    .select(['id as reportId', 'issue_id as issueId', 'joined_by as joinedBy'])
    .where('bundle_id', '=', bundle.id)
    .orderBy('id')
    .execute()
  return { id: bundle.id, what: 'known', reports: rows as Filed[] }
}
