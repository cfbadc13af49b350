// The server as a process: killed again and again while it takes bundles, it has all that it acknowledged; on a full disk
// it says so, and goes on when there is room.

import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { packBundles } from '../../src/agent/bundles/pack.ts'
import { Spool } from '../../src/agent/bundles/spool.ts'
import { enrolAt, PushError, sendTo } from '../../src/agent/push/server.ts'
import { sampleDraft } from '../samples/drafts.ts'

const base = mkdtempSync(join(tmpdir(), 'faultline-server-'))
const mounted: string[] = []
after(() => {
  for (const folder of mounted) spawnSync('umount', ['-l', folder])
  rmSync(base, { recursive: true, force: true })
})

const root = dirname(dirname(import.meta.dirname))
const command = join(root, 'dist/faultline.mjs')
before(() => {
  if (spawnSync(process.execPath, [join(root, 'tools/build.mjs'), 'cli']).status !== 0) throw new Error('no build')
})

async function start(data: string): Promise<{ child: ChildProcess; url: string; tokenFile: string }> {
  const args = [
    '--disable-warning=ExperimentalWarning',
    command,
    'serve',
    '--data',
    data,
    '--listen',
    '127.0.0.1:0',
    '--json',
  ]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] })
  const [line] = (await Promise.race([once(child.stdout!, 'data'), once(child, 'exit')])) as [Buffer | number]
  if (typeof line === 'number') throw new Error(`the server ended with ${line}`)
  return { child, ...(JSON.parse(String(line)) as { url: string; tokenFile: string }) }
}

async function ended({ child }: { child: ChildProcess }, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  const exit = once(child, 'exit')
  child.kill(signal)
  await exit
}

async function ask(server: { url: string; tokenFile: string }, path: string, body?: object) {
  const headers = {
    authorization: `Bearer ${readFileSync(server.tokenFile, 'utf8').trim()}`,
    'content-type': 'application/json',
  }
  const request = body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) }
  const answer = await fetch(new URL(path, server.url), request)
  assert.equal(answer.status, 200, `${path} ${answer.status}`)
  return (await answer.json()) as Record<string, unknown>
}

async function tokenFor(server: { url: string; tokenFile: string }, host: string): Promise<string> {
  const { code } = await ask(server, '/api/v1/enrolments', { host })
  return enrolAt(server.url, String(code), host)
}

async function archives(name: string, count: number): Promise<Buffer[]> {
  const spool = await Spool.open(join(base, name))
  const all: Buffer[] = []
  for (let first = 0; first < count; first++) {
    const context = Buffer.from(`context ${name} ${first}\n`.repeat(50))
    const bundle = await spool.write(sampleDraft({ context }, { sequence: { first: first * 2, last: first * 2 + 1 } }))
    const pieces: Uint8Array[] = []
    for await (const piece of packBundles(spool, [bundle.name], [], 'zst')) pieces.push(piece.slice())
    all.push(Buffer.concat(pieces))
  }
  await spool.close()
  return all
}

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

test('killed while bundles come in, the server has each that it acknowledged, whole and once', async () => {
  const data = join(base, 'killed')
  const all = await archives('spool-killed', 120)
  let server = await start(data)
  const token = await tokenFor(server, 'board')
  const acknowledged = new Set<number>()
  let next = 0
  const sender = async (url: string): Promise<void> => {
    while (next < all.length) {
      const index = next++
      try {
        await sendTo(url, token, oneChunk(all[index]!))
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
    await sleep(60 + round * 45)
    await ended(server, 'SIGKILL')
    await sending
    server = await start(data)
    for (const index of acknowledged) {
      const { what } = await sendTo(server.url, token, oneChunk(all[index]!))
      assert.deepEqual(what, ['known'], `bundle ${index} was acknowledged in round ${round}`)
    }
  }
  assert.ok(acknowledged.size > 0)
  for (const bytes of all) await sendTo(server.url, token, oneChunk(bytes))
  const { issues } = (await ask(server, '/api/v1/issues')) as { issues: { id: string; reports: number }[] }
  assert.deepEqual(
    issues.map(({ reports }) => reports),
    [all.length],
  )
  const page = (await ask(server, `/api/v1/issues/${issues[0]!.id}/reports?limit=200`)) as { reports: { id: string }[] }
  assert.equal(page.reports.length, all.length)
  const headers = { authorization: `Bearer ${readFileSync(server.tokenFile, 'utf8').trim()}` }
  for (const { id } of page.reports) {
    const file = await fetch(new URL(`/api/v1/reports/${id}/evidence/context.log`, server.url), { headers })
    assert.match(await file.text(), /^context spool-killed \d+\n/)
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
  const [first, ...others] = await archives('spool-full', 12)
  await sendTo(server.url, token, oneChunk(first!))
  const ballast = join(data, 'ballast')
  try {
    writeFileSync(ballast, Buffer.alloc(16 * 1024 * 1024))
  } catch (error) {
    assert.equal((error as { code?: string }).code, 'ENOSPC')
  }
  let refused = 0
  for (const bytes of others) {
    await sendTo(server.url, token, oneChunk(bytes)).catch((error: unknown) => {
      assert.ok(error instanceof PushError)
      assert.match(error.message, /507: .* is full/)
      assert.equal(error.when, 'later')
      refused++
    })
  }
  assert.ok(refused > 0)
  assert.equal((await fetch(new URL('/healthz', server.url))).status, 200)
  rmSync(ballast)
  for (const bytes of others) await sendTo(server.url, token, oneChunk(bytes))
  const { issues } = (await ask(server, '/api/v1/issues')) as { issues: { reports: number }[] }
  assert.deepEqual(
    issues.map(({ reports }) => reports),
    [12],
  )
  await ended(server, 'SIGTERM')
})
