// Threads that die at the worst moments: what they were about to write does not hold up the sweep for ever, and what is
// about to be named is not swept.

import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { sampleDraft } from '../../../tests/samples/drafts.ts'
import { hostRow } from '../issues/machines.ts'
import { summaryOf } from '../issues/summary.ts'
import { sweep } from '../retention/sweep.ts'
import { hashOf, keepFiles, pathOf } from '../store/blob-files.ts'
import { openStore } from '../store/store.ts'
import type { Threads } from '../threads/pool.ts'
import { BundleIntake } from './bundle.ts'
import type { BundleCalls, Prepared } from './prepare.ts'

const bytes = Buffer.from('the excerpt of one bundle')
const hash = hashOf(bytes)
const prepared: Prepared = {
  name: '20261129T060416Z-1f0c9a3e-000001-null-dereference',
  summary: summaryOf(sampleDraft().report),
  files: [{ path: 'excerpt.log', hash, sizeBytes: bytes.length }],
  host: '',
  bootId: undefined,
  capturedAt: '2026-11-29T06:04:16.000Z',
}

/** A store, and an intake whose thread does `work`. */
async function world(context: TestContext, work: (calls: BundleCalls, evidence: string) => Promise<void>) {
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'faultline-dying-'))
  const store = await openStore(folder)
  context.after(async () => {
    await store.close()
    rmSync(folder, { recursive: true })
  })
  const threads = {
    converse: (_task: string, calls: BundleCalls, evidence: string) => work(calls, evidence),
    close: async () => {},
  } as unknown as Threads
  const sender = { name: 'board', hostId: await store.write(tx => hostRow(tx, 'board', '', Date.now())) }
  const copy = { draft: sampleDraft(), files: [], parts: [] }
  const take = () => new BundleIntake(store, threads).take(sender, prepared.name, copy)
  return { store, take, path: pathOf(store.blobs.folder, hash) }
}

test('one that dies while it waits to write holds nothing', async context => {
  const { store, take } = await world(context, async calls => {
    void calls.hold(prepared)
    throw new Error('died')
  })
  await assert.rejects(take(), /died/)
  assert.deepEqual(await sweep(store), { files: 0, bytes: 0 })
})

test('one that dies while its bundle is filed leaves it whole', async context => {
  const { store, take, path } = await world(context, async (calls, evidence) => {
    await calls.hold(prepared)
    keepFiles(evidence, [bytes])
    void calls.file()
    throw new Error('died')
  })
  await assert.rejects(take(), /died/)
  assert.deepEqual(await sweep(store), { files: 0, bytes: 0 })
  assert.ok(existsSync(path))
  assert.equal((await store.db.selectFrom('evidence').select('hash').execute())[0]?.hash, hash)
})

test('one that dies before its bundle is filed leaves a file that is swept', async context => {
  const { store, take, path } = await world(context, async (calls, evidence) => {
    await calls.hold(prepared)
    keepFiles(evidence, [bytes])
    throw new Error('died')
  })
  await assert.rejects(take(), /died/)
  assert.ok(existsSync(path))
  assert.deepEqual(await sweep(store), { files: 1, bytes: bytes.length })
  assert.ok(!existsSync(path))
})
