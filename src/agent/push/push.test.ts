// Sending bundles: each until the server has it, once, whatever the server does meanwhile.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { sampleDraft } from '../../../tests/samples/drafts.ts'
import { unpackBundles } from '../../node/bundles/unpack.ts'
import { serve } from '../../server/serve.ts'
import { Spool } from '../bundles/spool.ts'
import { type PushEvent, pushBundles } from './push.ts'
import { enrolAt, PushError, sendTo, waitBefore } from './server.ts'
import { type PushState, readState, stateFile, writeState } from './state.ts'

const base = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'faultline-push-'))
after(() => rmSync(base, { recursive: true }))

const stateAt = (url: string, token = 't'): PushState => ({
  schema: 'faultline.server/1',
  url,
  host: 'board',
  token,
  sent: {},
})

async function filled(name: string, count: number): Promise<{ spool: Spool; data: string; names: string[] }> {
  const data = join(base, name)
  mkdirSync(data)
  const spool = await Spool.open(join(data, 'bundles'))
  const names: string[] = []
  for (let first = 0; first < count; first++) {
    names.push((await spool.write(sampleDraft({}, { sequence: { first: first * 2, last: first * 2 + 1 } }))).name)
  }
  return { spool, data, names }
}

/** A server that answers as it is told, in turn. */
async function scripted(answers: readonly { status: number; headers?: Record<string, string> }[]) {
  const names: string[] = []
  let asked = 0
  const server: Server = createServer(async (request: IncomingMessage, response) => {
    const answer = answers[Math.min(asked++, answers.length - 1)]!
    for await (const each of unpackBundles('x', request)) names.push(each.name)
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers })
    response.end(JSON.stringify(answer.status === 200 ? { bundles: [{ what: 'taken' }] } : { error: 'told so' }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = () => new Promise(resolve => server.close(resolve).closeAllConnections())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, names, close }
}

test('all is sent to a real server, once; evidence that comes later is sent too', async () => {
  const { spool, data, names } = await filled('real', 3)
  const server = await serve({ data: join(base, 'server'), host: '127.0.0.1', port: 0, version: 'test', log: () => {} })
  const admin = readFileSync(server.tokenFile, 'utf8').trim()
  const headers = { authorization: `Bearer ${admin}`, 'content-type': 'application/json' }
  const answer = await fetch(`${server.url}api/v1/enrolments`, { method: 'POST', headers, body: '{"host":"board"}' })
  const { code } = (await answer.json()) as { code: string }
  const state = stateAt(server.url, await enrolAt(server.url, code, 'board'))
  await assert.rejects(
    enrolAt(server.url, code, 'board'),
    (error: unknown) => error instanceof PushError && error.when === 'closed',
  )
  const events: string[] = []
  const told = (event: PushEvent): void => void events.push(`${event.bundle} ${event.what}`)
  const push = (to: PushState) => pushBundles({ spool, data, state: to, tries: 1, told })
  await push(state)
  assert.deepEqual(
    events.splice(0),
    names.map(name => `${name} taken`),
  )
  assert.equal(statSync(stateFile(data)).mode & 0o777, 0o600)
  await push((await readState(data))!)
  assert.deepEqual(events.splice(0), [])
  await spool.attach(names[1]!, { label: 'pstore', files: [{ name: 'part', bytes: Buffer.from('x') }] })
  await push((await readState(data))!)
  assert.deepEqual(events.splice(0), [`${names[1]} completed`])
  await push({ ...state, sent: {} })
  assert.deepEqual(
    events.splice(0),
    names.map(name => `${name} known`),
  )
  await server.close()
  await assert.rejects(
    push({ ...state, sent: {} }),
    (error: unknown) => error instanceof PushError && error.when === 'later',
  )
  await spool.close()
})

test('a server that is full is asked again; one that refuses a bundle is not asked for that again; a closed one ends it', async () => {
  const { spool, data, names } = await filled('script', 2)
  const server = await scripted([
    { status: 507, headers: { 'retry-after': '0.01' } },
    { status: 503, headers: { 'retry-after': '0.01' } },
    { status: 200 },
    { status: 409 },
    { status: 401 },
  ])
  const state = stateAt(server.url)
  const events: string[] = []
  const push = () => pushBundles({ spool, data, state, tries: 5, told: ({ what }) => void events.push(what) })
  await push()
  assert.deepEqual(events, ['waiting', 'waiting', 'taken', 'refused'])
  assert.deepEqual(server.names, [names[0], names[0], names[0], names[1]])
  await push()
  assert.equal(server.names.length, 4)
  const { name } = await spool.write(sampleDraft({}, { sequence: { first: 90, last: 91 } }))
  await assert.rejects(push(), (error: unknown) => error instanceof PushError && error.when === 'closed')
  assert.equal(state.sent[name], undefined)
  await server.close()
  await spool.close()
})

test('a server that is away is "later"; a redirect is not followed; waits grow and have a limit', async () => {
  await assert.rejects(
    sendTo({ url: 'http://127.0.0.1:9/', token: 't' }, (async function* () {})()),
    (error: unknown) => error instanceof PushError && error.when === 'later',
  )
  const server = await scripted([{ status: 307, headers: { location: 'http://127.0.0.1:9/' } }])
  await assert.rejects(sendTo({ url: server.url, token: 't' }, (async function* () {})()), PushError)
  await server.close()
  const later = new PushError('later', 'x')
  const waits = [0, 1, 2, 30].map(tries => waitBefore(tries, later, () => 0.5))
  assert.deepEqual(waits, [1000, 2000, 4000, 300_000])
  assert.equal(
    waitBefore(9, new PushError('later', 'x', 7000), () => 0),
    3500,
  )
})

test('a state that cannot be understood is none, and is not believed in part', async () => {
  const data = join(base, 'state')
  mkdirSync(data)
  assert.equal(await readState(data), undefined)
  for (const text of [
    '',
    '{',
    '[]',
    '{"schema":"faultline.server/1"}',
    '{"schema":"x","url":"","host":"","token":"","sent":{}}',
  ]) {
    writeFileSync(stateFile(data), text)
    assert.equal(await readState(data), undefined, text)
  }
  await writeState(data, stateAt('http://x/'))
  assert.equal((await readState(data))?.url, 'http://x/')
})
