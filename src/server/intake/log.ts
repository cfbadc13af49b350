// Takes in a log that somebody pasted or uploaded, and what other programs send: kept as it came, and every exception in it
// filed. A thread reads it (read-upload.ts).

import { type Filed, fileReport } from '../issues/file.ts'
import { hostRow } from '../issues/machines.ts'
import { newId } from '../store/id.ts'
import { noticingFull } from '../store/problem.ts'
import type { Store } from '../store/store.ts'
import type { Threads } from '../threads/pool.ts'
import { type Body, handing } from './body-pieces.ts'
import type { LogLimits } from './decode-log.ts'
import type { ReadUpload, UploadKind } from './read-upload.ts'

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

/** A log, perhaps compressed; `host`: where it does not say it. Durable when it returns. Throws Refusal, StoreFull. */
export const takeLog = (store: Store, threads: Threads, body: Body, host: string | undefined): Promise<TakenLog> =>
  takeUpload(store, threads, body, {
    kind: { what: 'log', limits: logLimits },
    nameOf: hash => `log-${hash}`,
    senderId: BY_HAND,
    path: 'excerpt.log',
    host,
  })

export interface Upload {
  kind: UploadKind
  /** by which its sender is known to have sent it */
  nameOf: (hash: string) => string
  senderId: string
  /** under which its bytes are kept with the reports */
  path: string
  /** where a report does not say it */
  host?: string | undefined
  /** the sender is that host itself */
  own?: boolean
}

/** Durable when it returns. Throws Refusal, StoreFull, and what the body throws. */
export async function takeUpload(store: Store, threads: Threads, body: Body, upload: Upload): Promise<TakenLog> {
  const { blobs, db } = store
  const receivedAt = Date.now()
  let known: TakenLog | undefined
  let release = (): void => {}
  let over = false
  const calls = {
    known: async (hash: string) => {
      known = await knownUpload(db, upload, hash)
      return known !== undefined
    },
    hold: async (hash: string) => {
      release = await blobs.hold([hash])
      // The thread may have died meanwhile.
      if (over) release()
    },
  }
  try {
    const read = await noticingFull(blobs.folder, () =>
      handing(body, (begun, more) =>
        threads.converse('readUpload', { ...calls, more }, blobs.folder, begun, upload.kind),
      ),
    )
    return read === undefined ? known! : await fileUpload(store, upload, read, receivedAt)
  } finally {
    over = true
    release()
  }
}

const fileUpload = (store: Store, upload: Upload, read: ReadUpload, receivedAt: number): Promise<TakenLog> =>
  store.write(async tx => {
    const { senderId, host, own } = upload
    const meanwhile = await knownUpload(tx, upload, read.hash)
    if (meanwhile !== undefined) return meanwhile
    const id = newId()
    const bundle = { id, sender_id: senderId, name: upload.nameOf(read.hash), received_at: receivedAt }
    await tx.insertInto('bundles').values(bundle).execute()
    const evidence = { bundle_id: id, path: upload.path, hash: read.hash, size_bytes: read.sizeBytes }
    await tx.insertInto('evidence').values(evidence).execute()
    const filed: Filed[] = []
    for (const summary of read.reports) {
      const wall = Date.parse(summary.wall ?? '')
      const at = Number.isNaN(wall) || wall < 0 || wall > receivedAt ? receivedAt : wall
      const named = summary.host ?? host ?? UNNAMED
      const hostId = own ? senderId : await hostRow(tx, named, senderId, at)
      filed.push(await fileReport(tx, store.search, { summary, bundleId: id, hostId, at, receivedAt }))
    }
    return { id, what: 'taken', reports: filed }
  })

async function knownUpload(db: Store['db'], { senderId, nameOf }: Upload, hash: string): Promise<TakenLog | undefined> {
  const bundles = db.selectFrom('bundles').select('id').where('sender_id', '=', senderId)
  const bundle = await bundles.where('name', '=', nameOf(hash)).executeTakeFirst()
  if (bundle === undefined) return undefined
  const rows = await db
    .selectFrom('reports')
    .select(['id as reportId', 'issue_id as issueId', 'joined_by as joinedBy'])
    .where('bundle_id', '=', bundle.id)
    .orderBy('id')
    .execute()
  return { id: bundle.id, what: 'known', reports: rows as Filed[] }
}
