// Datagrams of dying kernels into a server's store: each exception once, of its machine, also over an end of the server.

import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { LoggedRecord } from '../../tests/served-bundles.ts'
import { readStatus } from '../agent/watch/status.ts'
import { readRecords } from '../core/log/index.ts'
import { isForGood, Refusal } from '../server/intake/refusal.ts'
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

async function sendAll(port: number, from: string, datagrams: readonly Uint8Array[]): Promise<void> {
  const socket = createSocket('udp4')
  await new Promise<void>(resolve => socket.bind(0, from, resolve))
  for (const each of datagrams) await new Promise(resolve => socket.send(each, port, '127.0.0.1', resolve))
  socket.close()
}

/** As the console writes: a line or a piece of one in each. */
function send(port: number, from: string, bytes: Uint8Array): Promise<void> {
  const pieces = Array.from({ length: Math.ceil(bytes.length / 80) }, (_, at) => bytes.subarray(at * 80, at * 80 + 80))
  return sendAll(port, from, pieces)
}

const portOf = (receiver: Receiver): number => receiver.status().sources[0]!.stats['port']!

interface Row {
  title: string
  host: { name: string }
}

async function get(server: RunningServer, path: string): Promise<unknown> {
  const headers = { Authorization: `Bearer ${readFileSync(server.tokenFile, 'utf8').trim()}` }
  return (await fetch(new URL(path, server.url), { headers })).json()
}

async function reportsOf(server: RunningServer): Promise<Row[]> {
  const { issues } = (await get(server, '/api/v1/issues')) as { issues: { id: string }[] }
  const pages = await Promise.all(issues.map(({ id }) => get(server, `/api/v1/issues/${id}/reports`)))
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
    refused: isForGood,
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
    refused: isForGood,
    tell: (message: string) => told.push(message),
  }
  const first = await openReceiver({
    ...options,
    take: async () => {
      // One that is about to end has room again afterwards.
      throw told.length === 0 ? new Refusal(503, 'about to end') : new Error('the store is full')
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

/** All that is kept of a host's log, and the host. */
async function logOf(
  server: RunningServer,
  name: string,
): Promise<{ host: Host; records: LoggedRecord[] } | undefined> {
  const { hosts } = (await get(server, '/api/v1/hosts')) as { hosts: Host[] }
  const host = hosts.find(each => each.name === name)
  if (host === undefined) return undefined
  const { records } = (await get(server, `/api/v1/hosts/${host.id}/log?limit=2000`)) as { records: LoggedRecord[] }
  return { host, records }
}

interface Host {
  id: string
  name: string
  via?: string
  reports: number
}

interface HostDetail {
  hardware?: string
  boots: { reports: number; log?: { records: number } }[]
}

test('what is heard is the log of the host that its exceptions are of: netconsole, syslog, over an end of the server', async context => {
  const data = folder(context)
  const terminal = { ...processTerminal(), complain: () => {} }
  const began = async (): Promise<{ server: RunningServer; receiver: Receiver; end(): Promise<void> }> => {
    const path = join(data, 'server')
    const server = await serve({ data: path, host: '127.0.0.1', port: 0, version: 'test', log: () => {} })
    const sources = ['netconsole:127.0.0.1:0', 'syslog-tcp:127.0.0.1:0']
    const receiver = (await receive(terminal, { data, receive: sources, receiveLog: 7 }, server))!
    const end = async (): Promise<void> => {
      await receiver.close()
      await server.close()
    }
    return { server, receiver, end }
  }
  const first = await began()
  const extended = (from: number, to: number): Buffer[] =>
    Array.from({ length: to - from }, (_, each) =>
      Buffer.from(`4,${from + each},${(from + each) * 1000},-;n ${from + each}\n`),
    )
  await send(portOf(first.receiver), '127.0.0.2', oops)
  await sendAll(portOf(first.receiver), '127.0.0.3', [...extended(0, 40), ...extended(45, 60)])
  const stream = connect(first.receiver.status().sources[1]!.stats['port']!, '127.0.0.1')
  const stamp = 'Nov 29 06:00:00'
  stream.end(`<4>${stamp} board kernel: [   12.345678] usb 1-1: gone\n<86>${stamp} board sshd[7]: Accepted key\n`)
  await until(async () => (await logOf(first.server, 'board'))?.records.length === 2, 'what syslog brought')
  const board = (await logOf(first.server, 'board'))!
  assert.deepEqual(
    board.records.map(({ text, level, facility }) => [text, level, facility]),
    [
      ['usb 1-1: gone', 4, 0],
      ['sshd: Accepted key', 6, 10],
    ],
  )
  await first.end()
  const second = await began()
  context.after(() => second.end())
  await sendAll(portOf(second.receiver), '127.0.0.3', extended(70, 80))
  await until(async () => (await logOf(second.server, '127.0.0.3'))?.records.length === 65, 'the rest')
  const { records } = (await logOf(second.server, '127.0.0.3'))!
  assert.equal(new Set(records.map(({ boot }) => boot)).size, 1)
  assert.deepEqual(
    records.flatMap(({ sequence, missingBefore }) => (missingBefore === undefined ? [] : [[sequence, missingBefore]])),
    [
      [45, 5],
      [70, 10],
    ],
  )
  await until(async () => (await logOf(second.server, '127.0.0.2'))?.host.reports === 1, 'the exception')
  const crashed = (await logOf(second.server, '127.0.0.2'))!
  const said = readRecords(oops).map(({ text }) => text)
  assert.deepEqual(
    crashed.records.map(({ text }) => text),
    said,
  )
  const { boots, hardware } = (await get(second.server, `/api/v1/hosts/${crashed.host.id}`)) as HostDetail
  assert.deepEqual(
    boots.map(({ reports, log }) => [reports, log?.records]),
    [[1, said.length]],
  )
  assert.match(String(hardware), /QEMU/)
  const { hosts } = (await get(second.server, '/api/v1/hosts')) as { hosts: Host[] }
  assert.equal(hosts.filter(({ name }) => name === '127.0.0.2').length, 1)
})

test('what is received is in the metrics of whichever command serves', async context => {
  const data = folder(context)
  const server = await running(context, data)
  const receiver = await receive(
    { ...processTerminal(), complain: () => {} },
    { data, receive: ['netconsole:127.0.0.1:0'], receiveLog: 7 },
    server,
  )
  context.after(() => receiver?.close())
  const headers = { Authorization: `Bearer ${readFileSync(server.tokenFile, 'utf8').trim()}` }
  const metrics = await (await fetch(new URL('/metrics', server.url), { headers })).text()
  assert.match(metrics, /^faultline_received_records\S*\{source="netconsole"\} 0$/m)
})
