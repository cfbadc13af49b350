// What goes, what stays, and that nothing goes that somebody is just about to need.

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { addSymbols } from '../../../tests/samples/symbols.ts'
import { appendLog } from '../hostlog/append.ts'
import { readBackward } from '../hostlog/read.ts'
import { takeLog } from '../intake/log.ts'
import { setState } from '../issues/change.ts'
import { hostRow } from '../issues/machines.ts'
import { hashOf, keepFiles } from '../store/blob-files.ts'
import { openStore, type Store } from '../store/store.ts'
import { Threads } from '../threads/pool.ts'
import { RetentionKeeper } from './keeper.ts'
import { fairShare, upTo } from './logs.ts'
import { type Policy, policySchema, readPolicy, writePolicy } from './policy.ts'
import { sweep } from './sweep.ts'

const oops = readFileSync('fixtures/kinds/null-dereference/x86_64-2.6.32-sysrq-crash/input.log', 'utf8')
const DAY = 24 * 60 * 60 * 1000

interface World {
  store: Store
  folder: string
  threads: Threads
  /** takes a log in; when it happened */
  take(at: number, host?: string): Promise<{ reportId: string; issueId: string }>
  held(policy: Partial<Policy>): Promise<Awaited<ReturnType<RetentionKeeper['run']>>>
  whole(): Promise<string[]>
}

async function world(context: TestContext): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'faultline-retention-'))
  const store = await openStore(folder)
  const keeper = new RetentionKeeper(store, () => {})
  const threads = new Threads()
  context.after(async () => {
    await threads.close()
    await keeper.close()
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  })
  let count = 0
  return {
    store,
    folder,
    threads,
    take: async (at, host = 'board') => {
      const taken = await takeLog(store, threads, [Buffer.from(`${oops}\nnumber ${count++}\n`)], host)
      const [filed] = taken.reports
      await store.write(async tx => {
        await tx.updateTable('reports').set({ at }).where('id', '=', filed!.reportId).execute()
      })
      return filed!
    },
    held: async policy => {
      await writePolicy(store, policySchema.parse({ ignoredAgeMs: 0, ...policy }))
      return keeper.run()
    },
    whole: async () =>
      (await store.db.selectFrom('reports').select('id').where('outlined_at', 'is', null).orderBy('at').execute()).map(
        ({ id }) => id,
      ),
  }
}

test('of one issue the first and the latest stay whole; the others are outlines, and all count', async context => {
  const here = await world(context)
  const now = Date.now()
  const reports: string[] = []
  for (let day = 9; day >= 0; day--) reports.push((await here.take(now - day * DAY)).reportId)
  const { outlined, swept } = await here.held({ perIssue: 4 })
  assert.equal(outlined.count, 6)
  assert.deepEqual(await here.whole(), [...reports.slice(0, 2), ...reports.slice(-2)])
  assert.equal(swept.files, 6)
  const issue = await here.store.db.selectFrom('issues').selectAll().executeTakeFirstOrThrow()
  assert.equal(issue.reports, 10)
  const row = here.store.db.selectFrom('report_bodies').select('body').where('report_id', '=', reports[5]!)
  const body = JSON.parse((await row.executeTakeFirstOrThrow()).body)
  assert.ok(body.traces[0].frames.length > 0)
  assert.equal(body.registers, undefined)
  assert.equal(body.text.split('\n').length, 3)
  const again = await here.held({ perIssue: 4 })
  assert.deepEqual([again.outlined.count, again.swept.files], [0, 0])
})

test('by age, by size, and sooner what is ignored', async context => {
  const here = await world(context)
  const now = Date.now()
  const old = await here.take(now - 100 * DAY)
  const young = await here.take(now - 10 * DAY)
  const today = await here.take(now)
  assert.equal((await here.held({ maxAgeMs: 50 * DAY })).outlined.age, 1)
  assert.deepEqual(await here.whole(), [young.reportId, today.reportId])
  await here.store.write(tx => setState(tx, 'somebody', old.issueId, { state: 'ignored' }))
  assert.equal((await here.held({ ignoredAgeMs: 5 * DAY })).outlined.ignored, 1)
  const { outlined, evidenceBytes } = await here.held({ maxBytes: 10 })
  assert.equal(outlined.size, 1)
  assert.equal(evidenceBytes, 0)
  assert.deepEqual(await here.whole(), [])
})

test('a kernel log goes by its age, also of a host that said no more than a few lines', async context => {
  const here = await world(context)
  const now = Date.now()
  const host = await here.store.write(tx => hostRow(tx, 'board', '', now))
  const record = (sequence: number, at: number) => ({ sequence, at, text: 'words' })
  await appendLog(here.store, host, 'boot', [record(0, now - 100 * DAY), record(1, now - 99 * DAY)])
  await appendLog(here.store, host, 'boot', [record(2, now)])
  assert.equal((await here.held({ logAgeMs: 50 * DAY })).logChunks, 1)
  const { records } = await readBackward(here.store.db, host, {}, 10)
  assert.deepEqual(
    records.map(({ sequence }) => sequence),
    [2],
  )
  assert.deepEqual(await appendLog(here.store, host, 'boot', [record(2, now), record(3, now)]), { next: 4, taken: 1 })
})

test('a log with several reports keeps its bytes until none of them is whole', async context => {
  const here = await world(context)
  const two = Buffer.from(`${oops}\n${readFileSync('fixtures/kinds/warning/x86_64-6.1-module/input.log', 'utf8')}`)
  const taken = await takeLog(here.store, here.threads, [two], 'board')
  assert.equal(taken.reports.length, 2)
  const [first, second] = taken.reports
  const at = (id: string, when: number) =>
    here.store.write(tx => tx.updateTable('reports').set({ at: when }).where('id', '=', id).execute())
  await at(first!.reportId, Date.now() - 100 * DAY)
  assert.equal((await here.held({ maxAgeMs: DAY })).swept.files, 0)
  await at(second!.reportId, Date.now() - 100 * DAY)
  assert.equal((await here.held({ maxAgeMs: DAY })).swept.files, 1)
})

test('what is kept anew while it is being removed stays', async context => {
  const { store, folder } = await world(context)
  const bytes = Buffer.from('the same bytes')
  const hash = hashOf(bytes)
  const path = join(folder, 'evidence', hash.slice(0, 2), hash.slice(2))
  const kept = async (): Promise<() => void> => {
    const release = await store.blobs.hold([hash])
    keepFiles(store.blobs.folder, [bytes])
    return release
  }
  ;(await kept())()
  // Somebody has written it and not named it yet; the sweep waits, and finds it named.
  const named = await kept()
  const sweeping = sweep(store)
  await new Promise(resolve => setTimeout(resolve, 50))
  assert.ok(existsSync(path))
  await store.write(tx =>
    tx.insertInto('evidence').values({ bundle_id: 'b', path: 'excerpt.log', hash, size_bytes: 14 }).execute(),
  )
  named()
  assert.deepEqual(await sweeping, { files: 0, bytes: 0 })
  assert.ok(existsSync(path))
  // Now nobody names it, and somebody writes it while it is on its way out.
  await store.write(tx => tx.deleteFrom('evidence').execute())
  const going = sweep(store)
  const again = await kept()
  again()
  await going
  ;(await kept())()
  assert.deepEqual(Buffer.from((await store.blobs.read(hash))!), bytes)
})

test('symbols of a kernel without reports for so long go, and what a cut upload left; others stay', async context => {
  const { store, folder, take, held } = await world(context)
  const { reportId } = await take(Date.now() - 100 * DAY)
  const { release } = await store.db.selectFrom('reports').select('release').executeTakeFirstOrThrow()
  const old = { name: 'System.map', kind: 'list', received_at: Date.now() - 100 * DAY } as const
  await addSymbols(store, folder, 'in-use', { ...old, release }, 'map')
  await addSymbols(store, folder, 'of-no-kernel', { ...old, release: '2.4.0' }, 'map')
  await addSymbols(store, folder, 'new', { ...old, release: '2.4.0', received_at: Date.now() }, 'map')
  for (const name of ['cut', 'under-way']) {
    mkdirSync(join(folder, 'symbols', name))
    writeFileSync(join(folder, 'symbols', name, '.vmlinux'), 'half')
  }
  const then = new Date(Date.now() - 2 * DAY)
  utimesSync(join(folder, 'symbols', 'cut'), then, then)
  const there = (): string[] => readdirSync(join(folder, 'symbols')).sort()
  assert.equal((await held({})).symbolFiles, 1)
  assert.deepEqual(there(), ['in-use', 'new', 'of-no-kernel', 'under-way'])
  assert.equal((await held({ symbolAgeMs: 30 * DAY })).symbolFiles, 1)
  assert.deepEqual(there(), ['in-use', 'new', 'under-way'])
  await store.write(tx =>
    tx
      .updateTable('reports')
      .set({ received_at: Date.now() - 90 * DAY })
      .where('id', '=', reportId)
      .execute(),
  )
  assert.equal((await held({ symbolAgeMs: 91 * DAY })).symbolFiles, 0)
  assert.equal((await held({ symbolAgeMs: 30 * DAY })).symbolFiles, 1)
  assert.deepEqual(there(), ['new', 'under-way'])
  assert.equal((await store.db.selectFrom('symbol_objects').selectAll().execute()).length, 1)
})

test('a policy is kept; without one the defaults hold', async context => {
  const { store } = await world(context)
  assert.deepEqual(await readPolicy(store), policySchema.parse({}))
  await writePolicy(store, policySchema.parse({ perIssue: 7 }))
  assert.equal((await readPolicy(store)).perIssue, 7)
})

test('logs that are too much go from those who have the most of them', async context => {
  const here = await world(context)
  const now = Date.now()
  const fill = async (name: string, pieces: number): Promise<string> => {
    const host = await here.store.write(tx => hostRow(tx, name, '', now))
    for (let piece = 0; piece < pieces; piece++) {
      // As much as is a piece of its own, and cannot be packed smaller.
      const records = Array.from({ length: 30 }, (_, each) => ({
        ...{ sequence: piece * 30 + each, at: now - 1000 + piece, level: 6 },
        text: randomBytes(9000).toString('base64'),
      }))
      await appendLog(here.store, host, 'boot', records)
    }
    return host
  }
  const quiet = await fill('quiet', 1)
  const loud = await fill('loud', 6)
  const bytesOf = async (host: string): Promise<number> => {
    const chunks = await here.store.db.selectFrom('log_chunks').selectAll().where('host_id', '=', host).execute()
    return chunks.reduce((sum, each) => sum + each.stored_bytes, 0)
  }
  const [small, large] = [await bytesOf(quiet), await bytesOf(loud)]
  assert.ok(large > 5 * small)
  assert.equal((await here.held({ logBytes: small + large })).logChunks, 0)
  assert.equal((await here.held({ logBytes: 0 })).logChunks, 0)
  const { logChunks } = await here.held({ logBytes: 3 * small })
  assert.ok(logChunks >= 4, String(logChunks))
  assert.equal(await bytesOf(quiet), small)
  assert.ok((await bytesOf(loud)) <= 2 * small + 1000)
  // Its latest stay.
  const { records } = await readBackward(here.store.db, loud, {}, 10)
  assert.equal(records.at(-1)?.sequence, 179)
})

test('shares are fair', () => {
  assert.equal(fairShare([], 10), Number.POSITIVE_INFINITY)
  assert.equal(fairShare([1, 2, 3], 6), Number.POSITIVE_INFINITY)
  assert.equal(fairShare([1, 2, 3], 5), 2)
  assert.equal(fairShare([100, 1, 100], 41), 20)
  const pieces = [10, 20, 30].map(bytes => ({ id: String(bytes), bytes }))
  assert.deepEqual(
    [0, 10, 11, 60, 61].map(bytes => upTo(pieces, bytes).length),
    [1, 1, 2, 3, 3],
  )
})
