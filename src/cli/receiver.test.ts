// Datagrams of dying kernels into a server's store: each exception once, of its machine, also over an end of the server.

import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { readStatus } from '../agent/watch/status.ts'
import { Refusal } from '../server/intake/refusal.ts'
import { type RunningServer, serve } from '../server/serve.ts'
import { receive } from './commands/serve.ts'
import { openReceiver, type Receiver } from './receiver.ts'
import { processTerminal } from './terminal.ts'

const oops = readFileSync('fixtures/kinds/warning/x86_64-6.1-module/input.log')

function folder(context: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'faultline-receiver-'))
  context.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

async function until(met: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (const deadline = Date.now() + 10_000; !(await met()); ) {
    if (Date.now() > deadline) throw new Error(`not within 10 s: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

async function running(context: TestContext, data: string): Promise<RunningServer> {
  const server = await serve({ data: join(data, 'server'), host: '127.0.0.1', port: 0, version: 'test', log: () => {} })
  context.after(() => server.close())
  return server
}

const received = (data: string): string[] =>
  readdirSync(join(data, 'received/bundles')).filter(name => /^\d/.test(name))

async function send(port: number, from: string, bytes: Uint8Array): Promise<void> {
  const socket = createSocket('udp4')
  await new Promise<void>(resolve => socket.bind(0, from, resolve))
  // As the console writes: a line or a piece of one in each.
  for (let at = 0; at < bytes.length; at += 80)
    await new Promise(resolve => socket.send(bytes.subarray(at, at + 80), port, '127.0.0.1', resolve))
  socket.close()
}

const portOf = (receiver: Receiver): number => receiver.status().sources[0]!.stats['port']!

interface Row {
  title: string
  host: { name: string }
}

async function reportsOf(server: RunningServer): Promise<Row[]> {
  const headers = { Authorization: `Bearer ${readFileSync(server.tokenFile, 'utf8').trim()}` }
  const get = async (path: string) => (await fetch(new URL(path, server.url), { headers })).json()
  const { issues } = (await get('/api/v1/issues')) as { issues: { id: string }[] }
  const pages = await Promise.all(issues.map(({ id }) => get(`/api/v1/issues/${id}/reports`)))
  return (pages as { reports: Row[] }[]).flatMap(page => page.reports)
}

test('two machines send one bug by netconsole: one issue, a report of each', async context => {
  const data = folder(context)
  const server = await running(context, data)
  const receiver = await openReceiver({
    sources: ['netconsole:127.0.0.1:0'],
    data: join(data, 'received'),
    version: 'test',
    take: async (name, copy) => void (await server.take(name, copy)),
    refused: error => error instanceof Refusal,
    tell: () => {},
  })
  context.after(() => receiver.close())
  await Promise.all([send(portOf(receiver), '127.0.0.2', oops), send(portOf(receiver), '127.0.0.3', oops)])
  await until(async () => (await reportsOf(server)).length >= 2, 'two reports')
  const reports = await reportsOf(server)
  assert.deepEqual(reports.map(({ host }) => host.name).sort(), ['127.0.0.2', '127.0.0.3'])
  assert.equal(new Set(reports.map(({ title }) => title)).size, 1)
  await until(() => received(data).length === 0, 'the spool is empty')
})

test('a store that does not take: what was received waits on disk, over an end too, and comes in once', async context => {
  const data = folder(context)
  const told: string[] = []
  const options = {
    sources: ['netconsole:127.0.0.1:0'],
    data: join(data, 'received'),
    version: 'test',
    refused: (error: unknown) => error instanceof Refusal,
    tell: (message: string) => told.push(message),
  }
  const first = await openReceiver({
    ...options,
    take: async () => {
      throw new Error('the store is full')
    },
  })
  await send(portOf(first), '127.0.0.2', oops)
  await until(() => told.some(message => message.includes('the store is full')), 'it says so')
  await first.close()
  assert.equal(received(data).length, 1)
  const server = await running(context, data)
  const second = await openReceiver({
    ...options,
    take: async (name, copy) => void (await server.take(name, copy)),
  })
  context.after(() => second.close())
  await until(async () => (await reportsOf(server)).length === 1, 'the report')
  await until(() => received(data).length === 0, 'the spool is empty')
})

test('a store that hangs until the server ends, and then does not take: its next try is not waited for', async context => {
  const data = folder(context)
  let asked = 0
  let closing: Promise<void> | undefined
  let refusedAt = 0
  const receiver = await openReceiver({
    sources: ['netconsole:127.0.0.1:0'],
    data: join(data, 'received'),
    version: 'test',
    refused: () => false,
    tell: () => {},
    take: async () => {
      // Behind the third try are two seconds until the next.
      if (++asked === 3) {
        closing = receiver.close()
        await until(() => readStatus(join(data, 'received/run'))?.state === 'ended', 'nothing more is received')
        await new Promise(resolve => setTimeout(resolve, 100))
        refusedAt = performance.now()
      }
      throw new Error('the store is full')
    },
  })
  await send(portOf(receiver), '127.0.0.2', oops)
  await until(() => closing !== undefined, 'three tries')
  await closing
  assert.ok(performance.now() - refusedAt < 1500)
  assert.equal(received(data).length, 1)
})

test('what is received is in the metrics of whichever command serves', async context => {
  const data = folder(context)
  const server = await running(context, data)
  const receiver = await receive(
    { ...processTerminal(), complain: () => {} },
    { data, receive: ['netconsole:127.0.0.1:0'] },
    server,
  )
  context.after(() => receiver?.close())
  const headers = { Authorization: `Bearer ${readFileSync(server.tokenFile, 'utf8').trim()}` }
  const metrics = await (await fetch(new URL('/metrics', server.url), { headers })).text()
  assert.match(metrics, /^faultline_received_records\S*\{source="netconsole"\} 0$/m)
})
