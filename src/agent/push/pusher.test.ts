// The agent that sends: what comes, as it comes, over a server that is away, and none to one that will not have it.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { sampleDraft } from '../../../tests/samples/drafts.ts'
import { serve } from '../../server/serve.ts'
import { Spool } from '../bundles/spool.ts'
import { until } from '../sources/testing.ts'
import { Pusher } from './pusher.ts'
import { readState } from './state.ts'

interface World {
  data: string
  spool: Spool
  told: string[]
  pusher(server: { url: string; code?: string; name?: string }): Pusher
  write(): Promise<string>
}

async function world(context: TestContext): Promise<World> {
  const data = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'faultline-pusher-'))
  let pusher: Pusher | undefined
  const spool = await Spool.open(join(data, 'bundles'), { changed: () => pusher?.soon() })
  context.after(async () => {
    await pusher?.close()
    await spool.close()
    rmSync(data, { recursive: true })
  })
  const told: string[] = []
  let written = 0
  return {
    data,
    spool,
    told,
    pusher({ url, code, name }) {
      const server = { url, code, name }
      pusher = new Pusher({ spool, data, server, tell: message => told.push(message), gatherMs: 10, closedMs: 20 })
      return pusher
    },
    async write() {
      const first = ++written * 2
      return (await spool.write(sampleDraft({}, { sequence: { first, last: first + 1 } }))).name
    },
  }
}

test('enrols by the code, sends what is there, what comes, and what comes later to it', async context => {
  const { data, spool, told, pusher, write } = await world(context)
  const options = { data: join(data, 'server'), host: '127.0.0.1', port: 0, version: 'test', log: () => {} }
  const server = await serve(options)
  const authorization = `Bearer ${readFileSync(server.tokenFile, 'utf8').trim()}`
  const ask = async (path: string, body?: string): Promise<unknown> => {
    const headers = { authorization, 'content-type': 'application/json' }
    return (
      await fetch(`${server.url}api/v1/${path}`, body === undefined ? { headers } : { method: 'POST', headers, body })
    ).json()
  }
  const { code } = (await ask('enrolments', '{"host":"board"}')) as { code: string }
  const early = await write()
  const sending = pusher({ url: server.url, code, name: 'board' })
  await until(() => sending.status().sent === 1, 'the first is sent')
  const late = await write()
  await until(() => sending.status().sent === 2, 'the second is sent')
  await spool.attach(late, { label: 'pstore', files: [{ name: 'part', bytes: Buffer.from('x') }] })
  await until(() => sending.status().sent === 3, 'the evidence is sent')
  assert.deepEqual(Object.keys((await readState(data))!.sent).sort(), [early, late].sort())
  assert.equal((await readState(data))!.host, 'board')
  assert.deepEqual(told, [])
  await sending.close()
  // The next agent knows the token, whatever became of the code.
  const next = pusher({ url: server.url, code })
  await write()
  await until(() => next.status().sent === 1, 'the next agent sends')
  await next.close()
  await server.close()
})

test('a server that is away is told once and waited for; closing does not wait', async context => {
  const { told, pusher, write } = await world(context)
  const sending = pusher({ url: 'http://127.0.0.1:9/', code: 'fle_x' })
  await write()
  await until(() => sending.status().state === 'away', 'it is away')
  assert.equal(told.length, 1)
  assert.match(told[0]!, /^http:\/\/127\.0\.0\.1:9 cannot be reached: .* Bundles wait in the spool/)
  const began = performance.now()
  await sending.close()
  assert.ok(performance.now() - began < 900)
})

test('without a code, or with one that is worth nothing, the server is closed, and asked again seldom', async context => {
  const { told, pusher, write } = await world(context)
  let asked = 0
  const server = createServer((_request, response) => {
    asked++
    response.writeHead(403, { 'content-type': 'application/json' }).end('{"error":"no such code"}')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  context.after(() => server.close().closeAllConnections())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const without = pusher({ url })
  await until(() => without.status().state === 'closed', 'it is closed')
  assert.match(told.splice(0).join('\n'), /server\.json has no token for .*: set Code= in \[Server\]/)
  await without.close()
  assert.equal(asked, 0)
  const refused = pusher({ url, code: 'fle_x' })
  await until(() => asked >= 2, 'the code is tried twice')
  await write()
  assert.equal(refused.status().state, 'closed')
  assert.equal(told.length, 1)
  assert.match(told[0]!, /says 403: no such code/)
})
