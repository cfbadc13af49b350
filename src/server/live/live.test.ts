// Live events: each once and in order, also for one that was away, and nobody holds up another.

import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { sampleLog } from '../../../tests/samples/drafts.ts'
import { type RunningServer, serve } from '../serve.ts'

const base = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'faultline-live-'))
let server: RunningServer
let authorization: string
before(async () => {
  server = await serve({
    data: base,
    host: '127.0.0.1',
    port: 0,
    version: 'test',
    log: message => assert.fail(message),
  })
  authorization = `Bearer ${readFileSync(server.tokenFile, 'utf8').trim()}`
})
after(async () => {
  await server.close()
  rmSync(base, { recursive: true })
})

interface Got {
  event: string
  id?: string
  // biome-ignore lint/suspicious/noExplicitAny: looked at as it comes
  data: any
}

/** Reads events until there are as many of `wanted` as asked for. */
async function* events(lastEventId?: string, signal?: AbortSignal): AsyncGenerator<Got> {
  const headers = { authorization, ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }) }
  const answer = await fetch(`${server.url}api/v1/live`, { headers, signal: signal ?? null })
  assert.equal(answer.status, 200)
  assert.match(answer.headers.get('content-type') ?? '', /^text\/event-stream/)
  let text = ''
  for await (const piece of answer.body!.pipeThrough(new TextDecoderStream())) {
    text += piece
    const blocks = text.split('\n\n')
    text = blocks.pop()!
    for (const block of blocks) {
      const fields = Object.fromEntries(block.split('\n').map(line => line.split(/: (.*)/s).slice(0, 2)))
      if (fields['event'] !== undefined) yield { ...fields, data: JSON.parse(fields['data']) } as Got
    }
  }
}

/** Another log each time, so that it is not known. */
let logs = 0
async function sendLog(host: string, count = 1): Promise<void> {
  for (let each = 0; each < count; each++) {
    const body = `${sampleLog}\n# ${logs++}\n`
    const headers = { authorization, 'content-type': 'text/plain' }
    const answer = await fetch(`${server.url}api/v1/logs?host=${host}`, { method: 'POST', headers, body })
    assert.equal(answer.status, 200, await answer.text())
  }
}

test('a report and its issue are told the moment they are durable; what was missed is told to one that comes back', async () => {
  const ending = new AbortController()
  const reading = events(undefined, ending.signal)
  const next = async (event: string): Promise<Got> => {
    for (;;) {
      const { value } = await reading.next()
      if ((value as Got).event === event) return value as Got
    }
  }
  await next('hello')
  const sent = performance.now()
  await sendLog('board')
  const first = await next('report')
  assert.ok(performance.now() - sent < 2000)
  assert.equal(first.data.host.name, 'board')
  assert.equal(first.data.id, first.id)
  const issue = await next('issue')
  assert.equal(issue.data.id, first.data.issue)
  assert.equal(issue.data.reports, 1)
  ending.abort()
  await reading.return(undefined).catch(() => {})

  await sendLog('board', 3)
  const body = JSON.stringify({ state: 'known' })
  const headers = { authorization, 'content-type': 'application/json' }
  await fetch(`${server.url}api/v1/issues/${issue.data.id}/state`, { method: 'POST', headers, body })
  const missed: Got[] = []
  const again = new AbortController()
  for await (const event of events(first.id, again.signal)) {
    missed.push(event)
    if (event.event === 'issue') break
  }
  again.abort()
  assert.deepEqual(
    missed.map(({ event }) => event),
    ['hello', 'report', 'report', 'report', 'issue'],
  )
  assert.equal(missed.at(-1)!.data.state, 'known')
  const ids = missed.map(({ id }) => id!)
  assert.deepEqual([...new Set(ids)].sort(), ids)
})

test('without a token nothing is told; a strange Last-Event-ID is none', async () => {
  const answer = await fetch(`${server.url}api/v1/live`)
  assert.equal(answer.status, 401)
  await answer.body?.cancel()
  const ending = new AbortController()
  const { value } = await events("x' or 1", ending.signal).next()
  assert.equal((value as Got).event, 'hello')
  ending.abort()
})

test('who reads nothing holds up nobody; many at once are told all', async () => {
  const { hostname, port } = new URL(server.url)
  const deaf = connect(Number(port), hostname)
  deaf.pause()
  deaf.on('error', () => {})
  deaf.write(`GET /api/v1/live HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\n\r\n`)
  const ending = new AbortController()
  const heard = Promise.all(
    Array.from({ length: 20 }, async () => {
      let reports = 0
      for await (const { event } of events(undefined, ending.signal)) if (event === 'report' && ++reports === 10) return
    }),
  )
  await sleep(300)
  await sendLog('storm', 10)
  await heard
  ending.abort()
  deaf.destroy()
})
