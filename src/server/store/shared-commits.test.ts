// Transactions that share a commit: each as if it were alone.

import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { sql } from 'kysely'
import { changesOf } from './changes.ts'
import { newId } from './id.ts'
import { StoreFull } from './problem.ts'
import { SharedCommits } from './shared-commits.ts'
import { openStore, type Store } from './store.ts'

async function opened(context: TestContext): Promise<Store> {
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'faultline-shared-'))
  const store = await openStore(folder)
  context.after(async () => {
    await store.close()
    rmSync(folder, { recursive: true })
  })
  return store
}

const host = (name: string) => {
  const nothing = { hardware: null, firmware: null, arch: null, release: null, modules: null, reports: 0 }
  return { id: newId(), name, via: '', ...nothing, first_seen: 1, last_seen: 1 }
}
const names = async ({ db }: Store): Promise<string[]> =>
  (await db.selectFrom('hosts').select('name').orderBy('name').execute()).map(({ name }) => name)

/** As the store has it, and how many transactions there were. */
function counted(store: Store): { shared: SharedCommits; commits: () => number } {
  let commits = 0
  const shared = new SharedCommits(work => {
    commits++
    return store.write(work)
  })
  return { shared, commits: () => commits }
}

const insert = (shared: SharedCommits, name: string) =>
  shared.add(async tx => {
    await tx.insertInto('hosts').values(host(name)).execute()
    return name
  })

test('what is ready at the same time is one commit, and each gets its own result', async context => {
  const store = await opened(context)
  const { shared, commits } = counted(store)
  const given = await Promise.all(['a', 'b', 'c', 'd'].map(name => insert(shared, name)))
  assert.deepEqual(given, ['a', 'b', 'c', 'd'])
  assert.equal(commits(), 1)
  assert.deepEqual(await names(store), ['a', 'b', 'c', 'd'])
  await insert(shared, 'e')
  assert.equal(commits(), 2)
})

test('one that fails leaves nothing and takes no other along', async context => {
  const store = await opened(context)
  const { shared, commits } = counted(store)
  const failing = shared.add(async tx => {
    await tx.insertInto('hosts').values(host('begun')).execute()
    throw new Error('changed its mind')
  })
  const twice = [insert(shared, 'one'), insert(shared, 'one'), insert(shared, 'two')]
  await assert.rejects(failing, /changed its mind/)
  const outcomes = await Promise.allSettled(twice)
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  )
  assert.deepEqual(await names(store), ['one', 'two'])
  assert.equal(commits(), 1)
})

test('none is told of before the commit', async context => {
  const store = await opened(context)
  const told: boolean[] = []
  store.changed.add(({ issues }) => told.push(issues))
  const noting = () =>
    store.writeShared(async tx => {
      changesOf(tx).issues = true
      return told.length
    })
  assert.deepEqual(await Promise.all([noting(), noting(), noting()]), [0, 0, 0])
  assert.deepEqual(told, [true])
})

test('what has no room is refused, and takes no other along that has some', async context => {
  const store = await opened(context)
  const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(store.db)
  await sql`pragma max_page_count = ${sql.lit(rows[0]!.page_count + 8)}`.execute(store.db)
  const body = (name: string, bytes: number) =>
    store.writeShared(tx =>
      tx
        .insertInto('report_bodies')
        .values({ report_id: name, body: 'x'.repeat(bytes) })
        .execute(),
    )
  const [small, big, other] = [body('small', 10), body('big', 200_000), body('other', 10)]
  await assert.rejects(big, StoreFull)
  await Promise.all([small, other])
  const kept = await store.db.selectFrom('report_bodies').select('report_id').orderBy('report_id').execute()
  assert.deepEqual(
    kept.map(({ report_id }) => report_id),
    ['other', 'small'],
  )
})
