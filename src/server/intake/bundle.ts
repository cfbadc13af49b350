// Takes in one bundle: the bytes first, then what they say, and only when both are durable it is acknowledged. The same
// bundle again is the same bundle; what has been added to it since (what pstore kept, a collection) is added here too.

import type { Transaction } from 'kysely'
import type { Report } from '../../core/model.ts'
import { visible } from '../../core/render/safe.ts'
import { type BundleCopy, bundleFiles, type Origin } from '../../node/bundles/bundle.ts'
import { evidenceNumber, isEvidence } from '../../node/bundles/names.ts'
import { type Filed, fileReport } from '../issues/file.ts'
import { hostRow } from '../issues/machines.ts'
import { hashOf } from '../store/blobs.ts'
import { newId } from '../store/id.ts'
import { noticingFull } from '../store/problem.ts'
import type { Store } from '../store/store.ts'
import type { Tables } from '../store/tables.ts'
import { Refusal } from './refusal.ts'
import { believe } from './report.ts'

export interface Sender {
  hostId: string
  name: string
}

export interface Taken {
  /** of the bundle, as its sender calls it */
  name: string
  /** of the bundle, here */
  id: string
  /** 'known': all of it was here already; 'completed': some of it was */
  what: 'taken' | 'known' | 'completed'
  filed?: Filed
}

/** A clock further ahead than this is wrong: the time of arrival counts. */
const MAX_AHEAD_MS = 24 * 60 * 60 * 1000
const MAX_HOST_NAME = 253

type Files = Map<string, Uint8Array>

/** Durable when it returns. Throws Refusal, StoreFull. */
export async function takeBundle(store: Store, sender: Sender, name: string, copy: BundleCopy): Promise<Taken> {
  const receivedAt = Date.now()
  const files = filesOf(copy)
  const report = reportOf(files, copy.draft.excerpt)
  if (report === undefined) {
    throw new Refusal(422, `${name}: neither its report nor its excerpt holds a kernel exception`)
  }
  const hashes = new Map([...files].map(([path, bytes]) => [path, hashOf(bytes)]))
  await assertSame(store.db, sender, name, hashes)
  return store.blobs.using(async () => {
    await noticingFull(store.blobs.folder, () => store.blobs.keep([...files.values()]))
    return store.write(async tx => {
      const known = await assertSame(tx, sender, name, hashes)
      const id = known?.id ?? newId()
      const fresh = [...files].filter(([path]) => !known?.paths.has(path))
      if (known !== undefined && fresh.length === 0) return { name, id, what: 'known' }
      if (known === undefined) {
        const row = { id, sender_id: sender.hostId, name, received_at: receivedAt }
        await tx.insertInto('bundles').values(row).execute()
      }
      await addEvidence(tx, id, fresh, hashes)
      if (known !== undefined) {
        await completeReport(tx, id, report)
        return { name, id, what: 'completed' }
      }
      const origin: Partial<Origin> = copy.draft.origin
      const at = happenedAt(origin, receivedAt)
      const hostId = await hostOf(tx, sender, origin.host, at)
      const bootId = typeof origin.bootId === 'string' ? origin.bootId.slice(0, 64) : undefined
      const filed = await fileReport(tx, store.search, { report, bundleId: id, hostId, bootId, at, receivedAt })
      return { name, id, what: 'taken', filed }
    })
  })
}

const filesOf = ({ files, parts }: BundleCopy): Files =>
  new Map([
    ...files.map(({ name, bytes }) => [name, bytes] as const),
    ...parts.flatMap(part => part.files.map(({ name, bytes }) => [`${part.name}/${name}`, bytes] as const)),
  ])

/** Of the latest evidence that has one, or its own. */
function reportOf(files: Files, excerpt: Uint8Array): Report | undefined {
  const parts = [...new Set([...files.keys()].map(path => path.split('/')[0]!))].filter(isEvidence)
  const later = parts
    .sort((a, b) => evidenceNumber(b) - evidenceNumber(a))
    .map(part => files.get(`${part}/${bundleFiles.report}`))
    .find(each => each !== undefined)
  return believe(later ?? files.get(bundleFiles.report), excerpt)
}

/** What is here of it. Throws Refusal where a file of that name has other bytes. */
async function assertSame(
  db: Store['db'],
  sender: Sender,
  name: string,
  hashes: ReadonlyMap<string, string>,
): Promise<{ id: string; paths: Set<string> } | undefined> {
  const bundle = await db
    .selectFrom('bundles')
    .select('id')
    .where('sender_id', '=', sender.hostId)
    .where('name', '=', name)
    .executeTakeFirst()
  if (bundle === undefined) return undefined
  const evidence = await db.selectFrom('evidence').select(['path', 'hash']).where('bundle_id', '=', bundle.id).execute()
  const changed = evidence.find(({ path, hash }) => hashes.has(path) && hashes.get(path) !== hash)
  if (changed !== undefined) {
    throw new Refusal(409, `${name} is here already, with another ${changed.path}. What is here stays as it is.`)
  }
  return { id: bundle.id, paths: new Set(evidence.map(({ path }) => path)) }
}

/** Rows of one statement: SQLite binds at most 32,766 values. */
const MAX_ROWS = 1000

async function addEvidence(
  tx: Transaction<Tables>,
  bundleId: string,
  files: readonly (readonly [string, Uint8Array])[],
  hashes: ReadonlyMap<string, string>,
): Promise<void> {
  for (let from = 0; from < files.length; from += MAX_ROWS) {
    const rows = files.slice(from, from + MAX_ROWS).map(([path, bytes]) => ({
      bundle_id: bundleId,
      path,
      hash: hashes.get(path)!,
      size_bytes: bytes.length,
    }))
    await tx.insertInto('evidence').values(rows).execute()
  }
}

/** What is known by now is shown; its issue stays that of the report as it came first. */
async function completeReport(tx: Transaction<Tables>, bundleId: string, report: Report): Promise<void> {
  const row = await tx.selectFrom('reports').select('id').where('bundle_id', '=', bundleId).executeTakeFirst()
  if (row === undefined) return
  const body = JSON.stringify(report)
  await tx.updateTable('report_bodies').set({ body }).where('report_id', '=', row.id).execute()
  // Its evidence is here again, should it have gone.
  await tx.updateTable('reports').set({ outlined_at: null, outlined_why: null }).where('id', '=', row.id).execute()
}

function happenedAt({ capturedAt }: Partial<Origin>, receivedAt: number): number {
  const at = Date.parse(String(capturedAt))
  return Number.isNaN(at) || at < 0 || at > receivedAt + MAX_AHEAD_MS ? receivedAt : at
}

/** The sender itself, or a machine that it listens to, which is then known as the sender's. */
async function hostOf(tx: Transaction<Tables>, sender: Sender, host: unknown, at: number): Promise<string> {
  const name = typeof host === 'string' ? visible(host).slice(0, MAX_HOST_NAME) : ''
  return name === '' || name === sender.name ? sender.hostId : hostRow(tx, name, sender.hostId, at)
}
