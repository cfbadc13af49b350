// The logs of machines without an agent, in the server as it is run: sent by the programs that people have for that, and what of
// them a killed server loses.

import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { readRecords } from '../../src/core/log/index.ts'
import { ensurePrograms } from '../../tools/install.mjs'
import { freePort } from '../free-port.ts'
import { ask, hostLog, type LoggedRecord, type Served } from '../served-bundles.ts'
import { command, ended, type Started, started } from '../started.ts'

const skip = existsSync(command) ? false : 'the command is not built: npm run build'

function folder(context: TestContext): string {
  const made = mkdtempSync(join(tmpdir(), 'faultline-heard-'))
  context.after(() => rmSync(made, { recursive: true, force: true }))
  return made
}

/** All of its log; [] where the host is not there. */
const logOf = async (server: Served, name: string): Promise<LoggedRecord[]> => (await hostLog(server, name))?.log ?? []

async function until(met: () => Promise<boolean>, what: string): Promise<void> {
  for (const deadline = Date.now() + 30_000; !(await met()); ) {
    assert.ok(Date.now() < deadline, `not within 30 s: ${what}`)
    await sleep(50)
  }
}

test('rsyslogd forwards a kernel’s log by TCP, and logger writes: both are the log of whom they say', {
  skip,
}, async t => {
  const missing = ensurePrograms({ rsyslogd: 'rsyslog', logger: 'bsdutils' })
  if (missing.length > 0) return t.skip(`there is no ${missing.join(', ')} here`)
  const data = folder(t)
  const port = await freePort('tcp')
  const server = await started([
    'serve',
    '--data',
    data,
    '--listen',
    '127.0.0.1:0',
    '--receive',
    `syslog-tcp:127.0.0.1:${port}`,
  ])
  t.after(() => ended(server))
  const input = readFileSync('fixtures/kinds/warning/x86_64-6.1-module/input.log', 'utf8')
  const log = join(data, 'kern.log')
  writeFileSync(log, '')
  writeFileSync(
    join(data, 'rsyslog.conf'),
    `module(load="imfile" mode="polling" pollingInterval="1")
global(workDirectory="${data}" maxMessageSize="8k" localHostname="board")
input(type="imfile" file="${log}" tag="kernel:" severity="warning" facility="kern")
action(type="omfwd" target="127.0.0.1" port="${port}" protocol="tcp" template="RSYSLOG_SyslogProtocol23Format" tcp_framing="octet-counted")
`,
  )
  const daemon = spawn('rsyslogd', ['-n', '-f', join(data, 'rsyslog.conf'), '-i', join(data, 'pid')], {
    stdio: 'ignore',
  })
  t.after(() => daemon.kill())
  await sleep(1000)
  appendFileSync(log, input)
  const said = readRecords(Buffer.from(input))
  await until(async () => (await logOf(server, 'board')).length >= said.length, 'what rsyslogd forwards')
  const board = await logOf(server, 'board')
  assert.deepEqual(
    board.map(({ text }) => text),
    said.map(({ text }) => text),
  )
  assert.ok(board.every(({ level, facility }) => level === 4 && facility === 0))
  const reports = async (): Promise<unknown[]> => {
    const { hosts } = (await ask(server, '/api/v1/hosts?query=board')) as { hosts: { reports: number }[] }
    return hosts.map(each => each.reports)
  }
  await until(async () => (await reports())[0] === 1, 'the exception in it')
  assert.deepEqual(await reports(), [1])
  const args = ['--server', '127.0.0.1', '--port', String(port), '--tcp', '--octet-count', '--rfc5424', '-t', 'backup']
  const wrote = spawnSync('logger', [...args, '-p', 'daemon.err', 'the tape is full'], { encoding: 'utf8' })
  assert.equal(wrote.status, 0, wrote.stderr)
  const own = spawnSync('hostname', { encoding: 'utf8' }).stdout.trim()
  await until(async () => (await logOf(server, own)).length === 1, 'what logger wrote')
  const [line] = await logOf(server, own)
  assert.deepEqual([line!.text, line!.level, line!.facility], ['backup: the tape is full', 3, 3])
})

/** Of what was sent so long before, nothing is lost; half of it on an idle machine. */
const LOST_MS = 2000

test('a killed server: what was heard before its last seconds is there, and the next one goes on behind it', {
  skip,
}, async t => {
  const data = folder(t)
  const port = await freePort('udp')
  const begin = (): Promise<Started> =>
    started(['serve', '--data', data, '--listen', '127.0.0.1:0', '--receive', `netconsole:127.0.0.1:${port}`])
  const first = await begin()
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.5')
  await once(socket, 'listening')
  t.after(() => socket.close())
  const sentAt: number[] = []
  const say = async (count: number): Promise<void> => {
    for (const end = sentAt.length + count; sentAt.length < end; await sleep(2)) {
      const sequence = sentAt.length
      const text = `6,${sequence},${1e9 + sequence * 2000},-;record ${sequence}\n`
      await new Promise(resolve => socket.send(text, port, '127.0.0.1', resolve))
      sentAt.push(performance.now())
    }
  }
  await say(1500)
  const killedAt = performance.now()
  await ended(first, 'SIGKILL')
  const second = await begin()
  t.after(() => ended(second))
  await say(200)
  await until(
    async () => (await logOf(second, '127.0.0.5')).at(-1)?.sequence === sentAt.length - 1,
    'what was said last',
  )
  const log = await logOf(second, '127.0.0.5')
  assert.equal(new Set(log.map(({ boot }) => boot)).size, 1)
  const gaps = log.filter(({ missingBefore }) => missingBefore !== undefined)
  const before = log.findIndex(({ sequence }) => sequence >= 1500)
  assert.ok(gaps.length <= 1 && gaps.every(each => each === log[before]))
  const last = log[before - 1]!.sequence
  assert.ok(log.slice(0, before).every(({ sequence }, index) => sequence === index))
  t.diagnostic(`lost by kill -9: the last ${(killedAt - sentAt[last + 1]!).toFixed(0)} ms`)
  assert.ok(sentAt[last + 1]! > killedAt - LOST_MS)
})
