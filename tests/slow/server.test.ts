// The server as a process: killed again and again while it takes bundles, it has all that it acknowledged; on a full disk
// it says so, and goes on when there is room.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { PushError, sendTo } from '../../src/agent/push/server.ts'
import { ask, evidence, oneChunk, packedBundles, tokenFor } from '../served-bundles.ts'
import { ended, type Started, started } from '../started.ts'

const base = mkdtempSync(join(tmpdir(), 'faultline-server-'))
const mounted: string[] = []
after(() => {
  for (const folder of mounted) spawnSync('umount', ['-l', folder])
  rmSync(base, { recursive: true, force: true })
})

before(() => {
  const build = join(dirname(dirname(import.meta.dirname)), 'tools/build.mjs')
  if (spawnSync(process.execPath, [build, 'cli']).status !== 0) throw new Error('no build')
})
const start = (data: string): Promise<Started> =>
  started(['serve', '--data', data, '--listen', '127.0.0.1:0'], 'ignore')

test('killed while bundles come in, the server has each that it acknowledged, whole and once', async () => {
  const data = join(base, 'killed')
  const all = await packedBundles(base, 'spool-killed', 120)
  let server = await start(data)
  const token = await tokenFor(server, 'board')
  const acknowledged = new Set<number>()
  let next = 0
  const sender = async (url: string): Promise<void> => {
    while (next < all.length) {
      const index = next++
      try {
        await sendTo({ url, token }, oneChunk(all[index]!.archive))
        acknowledged.add(index)
      } catch (error) {
        assert.ok(error instanceof PushError && error.when === 'later', String(error))
        return
      }
    }
  }
  for (let round = 0; round < 6; round++) {
    const url = server.url
    const sending = Promise.all([sender(url), sender(url), sender(url)])
    const before = acknowledged.size
    // The first round ends while threads begin; the others while bundles are in every stage of theirs.
    while (round > 0 && acknowledged.size === before && next < all.length) await sleep(1)
    await sleep(10 + round * 15)
    await ended(server, 'SIGKILL')
    await sending
    server = await start(data)
    for (const index of acknowledged) {
      const { what } = await sendTo({ url: server.url, token }, oneChunk(all[index]!.archive))
      assert.deepEqual(what, ['known'], `bundle ${index} was acknowledged in round ${round}`)
    }
  }
  assert.ok(acknowledged.size > 0)
  for (const { archive } of all) await sendTo({ url: server.url, token }, oneChunk(archive))
  const { issues } = (await ask(server, '/api/v1/issues')) as { issues: { id: string; reports: number }[] }
  assert.deepEqual(
    issues.map(({ reports }) => reports),
    [all.length],
  )
  const page = (await ask(server, `/api/v1/issues/${issues[0]!.id}/reports?limit=200`)) as { reports: { id: string }[] }
  assert.equal(page.reports.length, all.length)
  for (const { id } of page.reports) {
    assert.match(String(await evidence(server, id, 'context.log')), /^context spool-killed \d+\n/)
  }
  await ended(server, 'SIGTERM')
  const database = new DatabaseSync(join(data, 'server', 'faultline.db'))
  assert.deepEqual({ ...database.prepare('pragma integrity_check').get() }, { integrity_check: 'ok' })
  database.close()
})

test('on a full disk bundles are refused with 507 and taken when there is room again', async t => {
  const data = join(base, 'full')
  mkdirSync(data)
  const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', data], { encoding: 'utf8' })
  if (mount.status !== 0) return t.skip(`a small file system cannot be mounted here: ${mount.stderr ?? mount.error}`)
  mounted.push(data)
  const server = await start(data)
  const token = await tokenFor(server, 'board')
  const [first, ...others] = await packedBundles(base, 'spool-full', 12)
  await sendTo({ url: server.url, token }, oneChunk(first!.archive))
  const ballast = join(data, 'ballast')
  try {
    writeFileSync(ballast, Buffer.alloc(16 * 1024 * 1024))
  } catch (error) {
    assert.equal((error as { code?: string }).code, 'ENOSPC')
  }
  let refused = 0
  for (const { archive } of others) {
    await sendTo({ url: server.url, token }, oneChunk(archive)).catch((error: unknown) => {
      assert.ok(error instanceof PushError)
      assert.match(error.message, /507: .* is full/)
      assert.equal(error.when, 'later')
      refused++
    })
  }
  assert.ok(refused > 0)
  assert.equal((await fetch(new URL('/healthz', server.url))).status, 200)
  rmSync(ballast)
  for (const { archive } of others) await sendTo({ url: server.url, token }, oneChunk(archive))
  const { issues } = (await ask(server, '/api/v1/issues')) as { issues: { reports: number }[] }
  assert.deepEqual(
    issues.map(({ reports }) => reports),
    [12],
  )
  await ended(server, 'SIGTERM')
})
