// Symbols over the API: reports that were there gain lines when symbols come, those that come later too, over a restart,
// and what is no symbols is said and leaves nothing.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type RunningServer, serve } from '../serve.ts'

const base = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'faultline-symbols-'))
const servers = new Set<RunningServer>()
after(async () => {
  for (const server of servers) await server.close()
  rmSync(base, { recursive: true })
})

// biome-ignore lint/suspicious/noExplicitAny: answers are looked at as they come
type Json = Record<string, any>

async function started(data: string) {
  const log = (message: string, error: unknown): void => assert.fail(`${message} ${error}`)
  const server = await serve({ data, host: '127.0.0.1', port: 0, version: 'test', log })
  servers.add(server)
  const authorization = `Bearer ${readFileSync(server.tokenFile, 'utf8').trim()}`
  const ask = async (method: string, path: string, body?: Uint8Array | string) => {
    const type = typeof body === 'string' ? 'text/plain' : 'application/octet-stream'
    const headers = { authorization, ...(body === undefined ? {} : { 'content-type': type }) }
    const answer = await fetch(new URL(path, server.url), {
      method,
      headers,
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : Buffer.from(body) }),
    })
    return { status: answer.status, json: answer.status === 204 ? {} : ((await answer.json()) as Json) }
  }
  return { server, ask }
}
type Ask = Awaited<ReturnType<typeof started>>['ask']

const source = `
const char linux_banner[] = "Linux version 6.9.9-test (a@b) (gcc) #1 SMP Wed Nov 25 06:00:00 UTC 2026\\n";
volatile int *where;
__attribute__((noinline)) int crash_here(int by) {
  return *where + by;
}
void _start(void) { crash_here(1); }
`

/** A kernel of two functions with debug information; undefined without a compiler. */
function kernel(): { bytes: Uint8Array; log: string } | undefined {
  const file = join(base, 'vmlinux')
  writeFileSync(join(base, 'kernel.c'), source)
  const options = ['-g', '-O1', '-nostdlib', '-static', '-Wl,--build-id=sha1', '-o', file, join(base, 'kernel.c')]
  if (spawnSync('gcc', options).status !== 0) return undefined
  const symbols = spawnSync('nm', ['-S', file], { encoding: 'utf8' }).stdout
  const size = Number.parseInt(/^\S+ (\S+) T crash_here$/m.exec(symbols)![1]!, 16).toString(16)
  const log = `[    1.000001] BUG: kernel NULL pointer dereference, address: 0000000000000008
[    1.000002] #PF: supervisor read access in kernel mode
[    1.000003] Oops: 0000 [#1] PREEMPT SMP NOPTI
[    1.000004] CPU: 0 PID: 77 Comm: sh Not tainted 6.9.9-test #1
[    1.000005] RIP: 0010:crash_here+0x0/0x${size}
[    1.000006] Call Trace:
[    1.000007]  <TASK>
[    1.000008]  crash_here+0x2/0x${size}
[    1.000009]  gone+0x2/0x40 [nvme]
[    1.000010]  </TASK>
[    1.000011] ---[ end trace 0000000000000000 ]---
`
  return { bytes: readFileSync(file), log }
}

async function until(met: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 30_000
  while (!(await met())) {
    assert.ok(performance.now() < deadline, `not within 30 s: ${met}`)
    await sleep(50)
  }
}

const send = async (ask: Ask, log: string): Promise<string> =>
  (await ask('POST', '/api/v1/logs?host=board', log)).json['reports'][0].reportId
const placeOf = async (ask: Ask, id: string): Promise<Json | undefined> =>
  (await ask('GET', `/api/v1/reports/${id}`)).json['report'].pc?.place

test('reports before and after gain lines by the symbols; what lacks is counted; it goes on after a restart', async context => {
  const built = kernel()
  if (built === undefined) return context.skip('needs gcc')
  const data = join(base, 'one')
  const { server, ask } = await started(data)
  const old = await send(ask, built.log)
  assert.equal(await placeOf(ask, old), undefined)
  const taken = await ask('POST', '/api/v1/symbols?name=vmlinux', built.bytes)
  assert.equal(taken.status, 200, JSON.stringify(taken.json))
  assert.equal(taken.json['known'], false)
  await until(async () => (await placeOf(ask, old))?.['file'] !== undefined)
  const place = await placeOf(ask, old)
  assert.match(place!['file'], /kernel\.c$/)
  assert.ok(place!['line'] >= 4 && place!['line'] <= 5)
  const again = await ask('POST', '/api/v1/symbols?name=other', built.bytes)
  assert.deepEqual(again.json, { id: taken.json['id'], known: true })
  const { json } = await ask('GET', '/api/v1/symbols')
  assert.equal(json['files'].length, 1)
  assert.deepEqual([json['files'][0].state, json['files'][0].release], ['ready', '6.9.9-test'])
  const [coverage] = json['coverage']
  assert.deepEqual([coverage.reports, coverage.looked, coverage.placed, coverage.has], [1, 1, 1, 1])
  assert.equal(coverage.missing[0].name, 'nvme')
  const objects = await ask('GET', `/api/v1/symbols/${taken.json['id']}/objects`)
  assert.match(objects.json['objects'][0].buildId, /^[0-9a-f]{40}$/)
  await server.close()
  servers.delete(server)

  const second = await started(data)
  const fresh = await send(second.ask, `${built.log}\n# again\n`)
  await until(async () => (await placeOf(second.ask, fresh))?.['file'] !== undefined)
  assert.equal((await second.ask('DELETE', `/api/v1/symbols/${taken.json['id']}`)).status, 204)
  assert.equal((await second.ask('DELETE', `/api/v1/symbols/${taken.json['id']}`)).status, 404)
  assert.deepEqual(readdirSync(join(data, 'symbols')), [])
})

test('a module alone is of the kernel that it was built for', async context => {
  writeFileSync(
    join(base, 'gone.c'),
    `__attribute__((section(".modinfo"), used)) static const char magic[] = "vermagic=6.9.9-test SMP mod_unload ";
int gone(int by) { return by * 7; }
`,
  )
  const file = join(base, 'nvme.ko')
  if (spawnSync('gcc', ['-g', '-O1', '-c', '-o', file, join(base, 'gone.c')]).status !== 0)
    return context.skip('needs gcc')
  const { ask } = await started(join(base, 'module'))
  await ask('POST', '/api/v1/symbols?name=nvme.ko', readFileSync(file))
  const uploaded = async (): Promise<Json> => (await ask('GET', '/api/v1/symbols')).json['files'][0]
  await until(async () => (await uploaded())['state'] !== 'waiting')
  const { state, release, objects } = await uploaded()
  assert.deepEqual({ state, release, objects }, { state: 'ready', release: '6.9.9-test', objects: 1 })
})

test('what is no symbols is said and not kept; names that lead out are refused', async () => {
  const data = join(base, 'two')
  const { ask } = await started(data)
  await ask('POST', '/api/v1/symbols?name=noise.bin', Buffer.alloc(3000, 'noise'))
  await until(async () => (await ask('GET', '/api/v1/symbols')).json['files'][0]?.state === 'failed')
  assert.notEqual((await ask('GET', '/api/v1/symbols')).json['files'][0].problem, undefined)
  await until(async () => readdirSync(join(data, 'symbols')).length === 0)
  for (const name of ['../x', '..', '.x', 'a b', '%00']) {
    const { status } = await ask('POST', `/api/v1/symbols?name=${encodeURIComponent(name)}`, Buffer.from('x'))
    assert.ok(status === 400 || name === '../x', `${name}: ${status}`)
  }
  assert.equal((await ask('POST', '/api/v1/symbols?name=empty', new Uint8Array())).status, 422)
})

test('a long log is decoded in a thread, and what that refuses is refused', async () => {
  const { ask } = await started(join(base, 'three'))
  const long = `${'[    1.000000] nothing to see\n'.repeat(5000)}`
  assert.equal((await ask('POST', '/api/v1/logs', long)).status, 422)
  const crash = long + readFileSync(join(import.meta.dirname, '../../../fixtures/sample/sample.log'), 'utf8')
  const { json } = await ask('POST', '/api/v1/logs', crash)
  assert.ok(json['reports'].length >= 5)
})
