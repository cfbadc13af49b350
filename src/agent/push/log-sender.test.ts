// The kernel's log on its way to a server: every record there once and in order, whatever happens to the server, the
// agent and the ring; what could not be had is counted.

import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { LogRecord } from '../../core/model.ts'
import { type RunningServer, serve } from '../../server/serve.ts'
import { type CaptureSource, SourceError } from '../sources/source.ts'
import { LogOutbox } from './log-outbox.ts'
import { LogSender } from './log-sender.ts'
import { enrolAt, type Via } from './server.ts'

/** A ring as the kernel has one: the oldest are overwritten; a reader goes on at a number. */
class Ring {
  readonly size: number
  next = 0
  readonly readers = new Set<() => void>()
  readonly openedAt: (number | undefined)[] = []
  constructor(size: number) {
    this.size = size
  }
  print(count: number): void {
    this.next += count
    for (const read of this.readers) read()
  }
  readonly source: CaptureSource = {
    name: 'ring',
    what: '',
    own: true,
    open: (_argument, sink, _host, resume) => {
      const oldest = (): number => Math.max(0, this.next - this.size)
      let at = Number(resume?.['sequence'] ?? oldest())
      this.openedAt.push(resume === undefined ? undefined : at)
      const read = (): void => {
        at = Math.max(at, oldest())
        const records: LogRecord[] = []
        for (; at < this.next; at++) {
          const span = { start: 0, end: 0 }
          const common = { line: 1, span, transport: 'kmsg', level: 6, facility: 0, sinceBootUs: at }
          records.push({ ...common, sequence: at, text: `line ${at}`, wall: '2026-11-29T06:00:00.000000Z' })
          // A printk of two lines is one record of the ring.
          if (at % 10 === 3) records.push({ ...common, text: 'second' })
        }
        if (records.length > 0) sink.take({ stream: '', bytes: new Uint8Array(), records })
      }
      this.readers.add(read)
      setImmediate(read)
      return { stats: () => ({}), close: () => void this.readers.delete(read) }
    },
  }
}

interface World {
  server: RunningServer
  token: string
  data: string
  /** the server does not answer */
  away: boolean
  told: string[]
  sender(ring: Ring, bootId?: string): LogSender
  kept(bootId?: string): Promise<{ sequence: number; text: string; missingBefore?: number }[]>
}

async function world(context: TestContext): Promise<World> {
  const data = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'faultline-log-'))
  const server = await serve({ data: join(data, 'server'), host: '127.0.0.1', port: 0, version: 'test', log: () => {} })
  const here = 'http://faultline.invalid/'
  const via: Via = async (url, request) => {
    if (state.away) throw new Error('away')
    return server.ask(url, request)
  }
  const authorization = `Bearer ${readFileSync(server.tokenFile, 'utf8').trim()}`
  const get = async (path: string): Promise<Record<string, never>> =>
    (await server.ask(new URL(path, here), { headers: { authorization } })).json() as Promise<Record<string, never>>
  const open = new Set<LogSender>()
  const state: World = {
    server,
    token: await enrolAt(here, (await server.codeFor('board', undefined))!, 'board', undefined, server.ask),
    data,
    away: false,
    told: [],
    sender(ring, bootId = 'boot') {
      const { token } = state
      const tell = (message: string): void => void state.told.push(message)
      const timing = { gatherMs: 5, retryMs: 20 }
      const sender = new LogSender({ url: here, token, bootId, data, tell, via, source: ring.source, ...timing })
      open.add(sender)
      return sender
    },
    async kept(bootId = 'boot') {
      const { hosts } = (await get('/api/v1/hosts')) as unknown as { hosts: { id: string }[] }
      const page = await get(`/api/v1/hosts/${hosts[0]!.id}/log?limit=2000&boot=${bootId}`)
      return (page as unknown as { records: { sequence: number; text: string }[] }).records
    },
  }
  context.after(async () => {
    for (const sender of open) await sender.close()
    await server.close()
    rmSync(data, { recursive: true })
  })
  return state
}

async function until(met: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 10_000
  while (!(await met())) {
    assert.ok(performance.now() < deadline, `not within 10 s: ${met}`)
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}

const numbers = (records: readonly { sequence: number }[]): number[] => records.map(({ sequence }) => sequence)
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

test('what the ring has, what comes, and what comes to the next agent: each record once', async context => {
  const here = await world(context)
  const ring = new Ring(1000)
  ring.print(50)
  const first = here.sender(ring)
  await until(async () => (await here.kept()).length === 50)
  ring.print(25)
  await until(() => first.status().sent === 75)
  ring.print(5)
  await first.close()
  ring.print(20)
  const second = here.sender(ring)
  await until(async () => (await here.kept()).length === 100)
  const kept = await here.kept()
  assert.deepEqual(numbers(kept), upTo(100))
  assert.equal(kept[13]!.text, 'line 13\nsecond')
  assert.deepEqual(ring.openedAt, [undefined, 80])
  assert.equal(second.status().state, 'open')
})

test('a server that is away for long: it waits on the disk, over restarts and another boot, and comes in order', async context => {
  const here = await world(context)
  const ring = new Ring(100)
  ring.print(10)
  const first = here.sender(ring)
  await until(() => first.status().sent === 10)
  here.away = true
  for (let each = 0; each < 10; each++) {
    ring.print(90)
    await new Promise(resolve => setTimeout(resolve, 2))
  }
  await until(() => first.status().state === 'away')
  await first.close()
  assert.equal(readdirSync(join(here.data, 'log-waiting')).length, 1)
  // The machine restarts while the server is still away.
  const anew = new Ring(100)
  anew.print(30)
  const second = here.sender(anew, 'next')
  await until(() => here.told.length > 1)
  here.away = false
  await until(() => second.status().sent >= 30 + 900)
  assert.deepEqual(numbers(await here.kept()), upTo(910))
  assert.deepEqual(numbers(await here.kept('next')), upTo(30))
  assert.deepEqual(readdirSync(join(here.data, 'log-waiting')), [])
})

test('what the ring overwrote before it was read is counted at its place', async context => {
  const here = await world(context)
  const ring = new Ring(20)
  ring.print(20)
  const first = here.sender(ring)
  await until(() => first.status().sent === 20)
  await first.close()
  ring.print(50)
  const second = here.sender(ring)
  await until(() => second.status().sent === 20)
  const kept = await here.kept()
  assert.deepEqual(numbers(kept), [...upTo(20), ...upTo(20).map(each => each + 50)])
  assert.equal(kept[20]!.missingBefore, 30)
})

test('a kernel that cannot be read is said once, and nothing is sent', async context => {
  const here = await world(context)
  const deaf = new Ring(1)
  Object.assign(deaf.source, {
    open: () => {
      throw new SourceError('/dev/kmsg: reading it takes root')
    },
  })
  const sender = here.sender(deaf)
  await until(() => sender.status().state === 'blind')
  assert.deepEqual(here.told, [
    "the kernel's log is not sent to http://faultline.invalid/: /dev/kmsg: reading it takes root",
  ])
})

test('what waits has a bound: the oldest goes, and is counted', context => {
  const data = mkdtempSync(join(tmpdir(), 'faultline-outbox-'))
  context.after(() => rmSync(data, { recursive: true }))
  const outbox = new LogOutbox(data, 4000)
  const text = Array.from({ length: 1000 }, (_, each) => String.fromCharCode(33 + ((each * 7919) % 90))).join('')
  for (let each = 0; each < 20; each++) outbox.keep('boot', [{ sequence: each, at: each, text: `${each}${text}` }])
  const files = outbox.list()
  assert.ok(files.reduce((sum, { bytes }) => sum + bytes, 0) <= 4000)
  assert.equal(files.at(-1)!.last, 19)
  assert.equal(outbox.dropped, 20 - files.length)
})
