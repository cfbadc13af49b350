// Takes in bundles: the bytes first, then what they say, and only when both are durable they are acknowledged. The same
// bundle again is the same bundle; what has been added to it since (what pstore kept, a collection) is added here too.
// A thread unpacks, reads and writes (prepare.ts): however big or strange a bundle is, others are answered meanwhile.

import type { Transaction } from 'kysely'
import { say } from '../../core/say.ts'
import type { BundleCopy } from '../../node/bundles/bundle.ts'
import type { UnpackLimits } from '../../node/bundles/unpack.ts'
import { type Filed, fileReport } from '../issues/file.ts'
import { hostRow } from '../issues/machines.ts'
import type { Summary } from '../issues/summary.ts'
import { newId } from '../store/id.ts'
import { noticingFull } from '../store/problem.ts'
import type { Store } from '../store/store.ts'
import type { Tables } from '../store/tables.ts'
import { Threads } from '../threads/pool.ts'
import { type Body, handing } from './body-pieces.ts'
import type { BundleCalls, Prepared } from './prepare.ts'
import { Refusal } from './refusal.ts'

export interface Sender {
  hostId: string
  name: string
  /** what its bundles call itself, where that is another name: its own host name */
  self?: string | undefined
  /** in which boot a machine that it hears was at that time, ms since 1970: the bundle does not know */
  bootOf?(tx: Transaction<Tables>, host: { id: string; name: string }, at: number): Promise<string | undefined>
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

/** Each has a thread, which mostly waits for the disk. */
export const BUNDLES_AT_ONCE = 4

/** A clock further ahead than this is wrong: the time of arrival counts. */
const MAX_AHEAD_MS = 24 * 60 * 60 * 1000

export class BundleIntake {
  readonly #store: Store
  readonly #threads: Threads

  constructor(store: Store, threads: Threads = new Threads({ most: BUNDLES_AT_ONCE })) {
    this.#store = store
    this.#threads = threads
  }

  close(): Promise<void> {
    return this.#threads.close()
  }

  /**
   * All are durable when it returns; what was taken before a fault is known when it is sent again. `told` of each as it is
   * taken. Throws Refusal, StoreFull, and what the body throws.
   */
  async takeArchive(sender: Sender, body: Body, limits: UnpackLimits, told: (taken: Taken) => void): Promise<Taken[]> {
    const taken = await handing(body, (begun, more) =>
      this.#taking(sender, told, (calls, evidence) =>
        this.#threads.converse('unpackArchive', { ...calls, more }, evidence, begun, limits),
      ),
    )
    if (taken.length === 0) throw new Refusal(422, say`there is no bundle in the archive`)
    return taken
  }

  /** Durable when it returns. Throws Refusal, StoreFull. */
  async take(sender: Sender, name: string, copy: BundleCopy): Promise<Taken> {
    const [taken] = await this.#taking(
      sender,
      () => {},
      (calls, evidence) => this.#threads.converse('keepBundle', calls, evidence, name, copy),
    )
    return taken!
  }

  /** Lets a thread prepare bundles, and files each. */
  async #taking(
    sender: Sender,
    told: (taken: Taken) => void,
    prepare: (calls: BundleCalls, evidence: string) => Promise<void>,
  ): Promise<Taken[]> {
    const { blobs, db } = this.#store
    const all: Taken[] = []
    let held: { prepared: Prepared; receivedAt: number; release: () => void } | undefined
    let filing: Promise<Taken> | undefined
    let over = false
    const calls: BundleCalls = {
      hold: async prepared => {
        const receivedAt = Date.now()
        await assertSame(db, sender, prepared)
        const release = await blobs.hold(prepared.files.map(({ hash }) => hash))
        held = { prepared, receivedAt, release }
        if (over) release()
      },
      file: async () => {
        const { prepared, receivedAt, release } = held!
        filing = this.#store.write(tx => fileBundle(tx, this.#store, sender, prepared, receivedAt))
        const taken = await filing
        release()
        all.push(taken)
        told(taken)
      },
    }
    try {
      await noticingFull(blobs.folder, () => prepare(calls, blobs.folder))
      return all
    } finally {
      // A thread may die while it waits for an answer: what is about to be named by then stays until it is.
      over = true
      await filing?.catch(() => {})
      held?.release()
    }
  }
}

async function fileBundle(
  tx: Transaction<Tables>,
  { search }: Store,
  sender: Sender,
  prepared: Prepared,
  receivedAt: number,
): Promise<Taken> {
  const { name, summary, files, bootId } = prepared
  const known = await assertSame(tx, sender, prepared)
  const id = known?.id ?? newId()
  const fresh = files.filter(({ path }) => !known?.paths.has(path))
  if (known !== undefined && fresh.length === 0) return { name, id, what: 'known' }
  if (known === undefined) {
    await tx.insertInto('bundles').values({ id, sender_id: sender.hostId, name, received_at: receivedAt }).execute()
  }
  await addEvidence(tx, id, fresh)
  if (known !== undefined) {
    await completeReport(tx, id, summary)
    return { name, id, what: 'completed' }
  }
  const at = happenedAt(prepared.capturedAt, receivedAt)
  const hostId = await hostOf(tx, sender, prepared.host, at)
  const boot = bootId ?? (await sender.bootOf?.(tx, { id: hostId, name: prepared.host }, at))
  const filed = await fileReport(tx, search, { summary, bundleId: id, hostId, bootId: boot, at, receivedAt })
  return { name, id, what: 'taken', filed }
}

/** What is here of it. Throws Refusal where a file of that name has other bytes. */
async function assertSame(
  db: Store['db'],
  sender: Sender,
  { name, files }: Prepared,
): Promise<{ id: string; paths: Set<string> } | undefined> {
  const bundle = await db
    .selectFrom('bundles')
    .select('id')
    .where('sender_id', '=', sender.hostId)
    .where('name', '=', name)
    .executeTakeFirst()
  if (bundle === undefined) return undefined
  const evidence = await db.selectFrom('evidence').select(['path', 'hash']).where('bundle_id', '=', bundle.id).execute()
  const hashes = new Map(files.map(({ path, hash }) => [path, hash]))
  const changed = evidence.find(({ path, hash }) => hashes.has(path) && hashes.get(path) !== hash)
  if (changed !== undefined) {
    throw new Refusal(409, say`${name} is here already, with another ${changed.path}. What is here stays as it is.`)
  }
  return { id: bundle.id, paths: new Set(evidence.map(({ path }) => path)) }
}

/** Rows of one statement: SQLite binds at most 32,766 values. */
const MAX_ROWS = 1000

async function addEvidence(tx: Transaction<Tables>, bundleId: string, files: Prepared['files']): Promise<void> {
  for (let from = 0; from < files.length; from += MAX_ROWS) {
    const rows = files
      .slice(from, from + MAX_ROWS)
      .map(({ path, hash, sizeBytes }) => ({ bundle_id: bundleId, path, hash, size_bytes: sizeBytes }))
    await tx.insertInto('evidence').values(rows).execute()
  }
}

/** What is known by now is shown; its issue stays that of the report as it came first. */
async function completeReport(tx: Transaction<Tables>, bundleId: string, { body }: Summary): Promise<void> {
  const row = await tx.selectFrom('reports').select('id').where('bundle_id', '=', bundleId).executeTakeFirst()
  if (row === undefined) return
  await tx.updateTable('report_bodies').set({ body }).where('report_id', '=', row.id).execute()
  // Its evidence is here again, should it have gone.
  await tx.updateTable('reports').set({ outlined_at: null, outlined_why: null }).where('id', '=', row.id).execute()
}

function happenedAt(capturedAt: string, receivedAt: number): number {
  const at = Date.parse(capturedAt)
  return Number.isNaN(at) || at < 0 || at > receivedAt + MAX_AHEAD_MS ? receivedAt : at
}

/** The sender itself, or a machine that it listens to, which is then known as the sender's. */
const hostOf = async (tx: Transaction<Tables>, sender: Sender, name: string, at: number): Promise<string> =>
  ['', sender.name, sender.self].includes(name) ? sender.hostId : hostRow(tx, name, sender.hostId, at)
