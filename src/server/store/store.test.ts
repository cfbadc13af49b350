// The store: what was acknowledged is there again, a full disk takes nothing and recovers, ids sort as they were made.

import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import { sql } from 'kysely'
import { hashOf, keepFiles } from './blob-files.ts'
import { newId } from './id.ts'
import { StoreHeld } from './lock.ts'
import { isFull, StoreFull } from './problem.ts'
import { databaseName, openStore, type Store } from './store.ts'

const base = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'faultline-store-'))
after(() => rmSync(base, { recursive: true }))

const host = (name: string) => ({
  id: newId(),
  name,
  via: '',
  hardware: null,
  arch: null,
  release: null,
  reports: 0,
  first_seen: 1,
  last_seen: 1,
})

async function names(store: Store): Promise<string[]> {
  return (await store.db.selectFrom('hosts').select('name').orderBy('name').execute()).map(({ name }) => name)
}

test('ids are UUIDv7, none twice, each greater than the one before', () => {
  const ids = Array.from({ length: 10_000 }, () => newId())
  assert.equal(new Set(ids).size, ids.length)
  assert.deepEqual(ids, ids.toSorted())
  for (const id of ids.slice(0, 10))
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  // A clock that goes back makes none smaller.
  assert.ok(newId(1) > ids.at(-1)!)
})

test('what was written is there when the store is opened again; what failed is not', async () => {
  const folder = join(base, 'again')
  const store = await openStore(folder)
  await store.write(tx => tx.insertInto('hosts').values(host('one')).execute())
  await assert.rejects(
    store.write(async tx => {
      await tx.insertInto('hosts').values(host('two')).execute()
      throw new Error('no')
    }),
    /no/,
  )
  await assert.rejects(
    store.write(tx => tx.insertInto('hosts').values(host('one')).execute()),
    /UNIQUE/,
  )
  await store.close()
  const again = await openStore(folder)
  assert.deepEqual(await names(again), ['one'])
  await again.close()
})

test('a full database takes nothing of a transaction, says so, and goes on when there is room', async () => {
  const folder = join(base, 'full')
  const store = await openStore(folder)
  const pages = await sql<{ page_count: number }>`pragma page_count`.execute(store.db)
  await sql`pragma max_page_count = ${sql.lit(pages.rows[0]!.page_count + 4)}`.execute(store.db)
  const many = (tag: string) => (tx: Parameters<Parameters<Store['write']>[0]>[0]) =>
    tx
      .insertInto('report_bodies')
      .values({ report_id: tag, body: 'x'.repeat(200_000) })
      .execute()
  await assert.rejects(
    store.write(many('a')),
    (error: unknown) => error instanceof StoreFull && /Free some/.test(error.message),
  )
  assert.deepEqual(await store.db.selectFrom('report_bodies').select('report_id').execute(), [])
  await sql`pragma max_page_count = 1000000`.execute(store.db)
  await store.write(many('a'))
  assert.equal((await store.db.selectFrom('report_bodies').select('report_id').execute()).length, 1)
  await store.close()
  assert.ok(isFull(Object.assign(new Error(), { code: 'ENOSPC' })))
  assert.ok(!isFull(new Error('other')))
  assert.ok(!isFull(undefined))
})

test('evidence is kept once, under its hash, and what was changed is not given', async () => {
  const store = await openStore(join(base, 'blobs'))
  const bytes = Buffer.from('a log')
  const hashes = keepFiles(store.blobs.folder, [bytes, Buffer.from('another'), bytes, new Uint8Array()])
  assert.equal(hashes[0], hashOf(bytes))
  assert.equal(hashes[0], hashes[2])
  for (const hash of hashes) assert.equal(hashOf((await store.blobs.read(hash))!), hash)
  const path = join(store.blobs.folder, hashes[0]!.slice(0, 2), hashes[0]!.slice(2))
  writeFileSync(path, 'a lag')
  assert.equal(await store.blobs.read(hashes[0]!), undefined)
  keepFiles(store.blobs.folder, [bytes])
  assert.deepEqual(await store.blobs.read(hashes[0]!), bytes)
  assert.equal(await store.blobs.read('0'.repeat(64)), undefined)
  assert.equal(await store.blobs.read('../../etc/passwd'), undefined)
  writeFileSync(join(store.blobs.folder, '.new-0123'), 'torn')
  await store.close()
  const again = await openStore(join(base, 'blobs'))
  assert.ok(readdirSync(again.blobs.folder).every(name => /^[0-9a-f]{2}$/.test(name)))
  await again.close()
})

test('the text index finds names of functions whole and by their beginning; a search is never syntax', async () => {
  const store = await openStore(join(base, 'text'))
  await store.write(async tx => {
    await store.search.add(tx, 'f1', 'WARNING in nvme_reset_work', 'Call Trace: worker_thread+0x1/0x2')
    await store.search.add(tx, 'f2', 'KASAN: use-after-free Read in ext4_find_extent', 'kworker/0:1')
  })
  const found = async (words: string): Promise<string[] | undefined> => {
    const query = store.search.matching(words)
    if (query === undefined) return undefined
    const { rows } = await sql<{ fingerprint: string }>`select fingerprint from ${query}`.execute(store.db)
    return rows.map(({ fingerprint }) => fingerprint)
  }
  assert.deepEqual(await found('nvme_reset_work'), ['f1'])
  assert.deepEqual(await found('nvme_res'), ['f1'])
  assert.deepEqual(await found('kasan ext4_find'), ['f2'])
  assert.deepEqual(await found('reset_work'), [])
  assert.equal(await found('" - ( '), undefined)
  for (const hostile of ['title:x', 'a AND NOT b', 'NEAR(a b)', '"', "'; drop table search; --", 'x*', '\0x'])
    await found(hostile)
  await store.close()
})

test('a file that is no database is refused and stays as it is', async () => {
  const folder = join(base, 'foreign')
  await (await openStore(folder)).close()
  const file = join(folder, databaseName)
  rmSync(file)
  writeFileSync(file, 'not a database, but a letter to somebody '.repeat(100))
  await assert.rejects(openStore(folder), /not a database/)
  assert.throws(() => new DatabaseSync(file).exec('select * from sqlite_master'), /not a database/)
})

test('one server at a time has a folder', async () => {
  const folder = join(base, 'held')
  const store = await openStore(folder)
  await assert.rejects(openStore(folder), StoreHeld)
  await store.close()
  await (await openStore(folder)).close()
})

test('a folder that cannot be is an error, and no endless try', async () => {
  await assert.rejects(openStore('/proc/nowhere/server'), /ENOENT/)
  await assert.rejects(openStore('/dev/null/server'), /EEXIST.*'\/dev\/null'/)
  await (await openStore(join(base, 'a/b/c'))).close()
})
