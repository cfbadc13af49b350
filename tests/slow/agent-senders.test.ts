// Sources against the programs that they are for: rsyslogd forwarding over UDP and TCP, journalctl following a journal.

import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { journal } from '../../src/agent/sources/journal.ts'
import type { Capture } from '../../src/agent/sources/source.ts'
import { syslogTcp, syslogUdp } from '../../src/agent/sources/syslog-network.ts'
import { KeptSink, opened, testHost, until } from '../../src/agent/sources/testing.ts'
import { Decoder } from '../../src/core/decoder.ts'
import { readRecords } from '../../src/core/log/index.ts'
import { ensurePrograms } from '../../tools/install.mjs'

function folder(context: TestContext): string {
  const made = mkdtempSync(join(tmpdir(), 'faultline-senders-'))
  context.after(() => rmSync(made, { recursive: true, force: true }))
  return made
}

const fixture = readFileSync('fixtures/kinds/warning/x86_64-6.1-module/input.log', 'utf8')

test('rsyslogd forwards a kernel log by UDP and by TCP, in both of its forms', async context => {
  const missing = ensurePrograms({ rsyslogd: 'rsyslog' })
  if (missing.length > 0) return context.skip('no rsyslogd here')
  const path = folder(context)
  const host = testHost(context)
  const sinks = [new KeptSink(), new KeptSink(), new KeptSink()] as const
  const captures: Capture[] = [
    await opened(context, syslogUdp.open('127.0.0.1:0', sinks[0], host)),
    await opened(context, syslogTcp.open('127.0.0.1:0', sinks[1], host)),
    await opened(context, syslogTcp.open('127.0.0.1:0', sinks[2], host)),
  ]
  const ports = captures.map(capture => capture.stats()['port'])
  const log = join(path, 'kern.log')
  writeFileSync(log, '')
  writeFileSync(
    join(path, 'rsyslog.conf'),
    `module(load="imfile" mode="polling" pollingInterval="1")
global(workDirectory="${path}" maxMessageSize="8k")
input(type="imfile" file="${log}" tag="kernel:" severity="warning" facility="kern")
action(type="omfwd" target="127.0.0.1" port="${ports[0]}" protocol="udp" template="RSYSLOG_TraditionalForwardFormat")
action(type="omfwd" target="127.0.0.1" port="${ports[1]}" protocol="tcp" template="RSYSLOG_SyslogProtocol23Format" tcp_framing="octet-counted")
action(type="omfwd" target="127.0.0.1" port="${ports[2]}" protocol="tcp" template="RSYSLOG_ForwardFormat")
`,
  )
  const daemon = spawn('rsyslogd', ['-n', '-f', join(path, 'rsyslog.conf'), '-i', join(path, 'pid')], {
    stdio: 'ignore',
  })
  context.after(() => daemon.kill())
  const whole = new Decoder()
  const [expected] = [...whole.pushRecords(readRecords(Buffer.from(fixture)), 1), ...whole.finish()]
  await new Promise(resolve => setTimeout(resolve, 1000))
  appendFileSync(log, fixture)
  const lines = fixture.split('\n').filter(Boolean).length
  for (const [index, sink] of sinks.entries()) {
    await until(
      () => sink.records.length >= lines,
      `${lines} records by road ${index}, have ${sink.records.length}`,
      20_000,
    )
    const decoder = new Decoder({ live: true })
    const reports = [...decoder.pushRecords(sink.records, 1), ...decoder.settle(1e9)]
    assert.deepEqual(
      reports.map(({ title, task }) => [title, task?.comm]),
      [[expected!.title, expected!.task?.comm]],
      `road ${index}`,
    )
    assert.ok(sink.records.every(record => record.host !== undefined && record.userSpace !== true))
  }
})

/** Entries as the journal of a machine has them. */
const entry = (number: number, text: string): string =>
  [
    `__REALTIME_TIMESTAMP=${1_795_330_954_000_000 + number * 1000}`,
    `__MONOTONIC_TIMESTAMP=${5_000_000 + number * 1000}`,
    '_BOOT_ID=0123456789abcdef0123456789abcdef',
    '_TRANSPORT=kernel',
    'PRIORITY=4',
    'SYSLOG_FACILITY=0',
    'SYSLOG_IDENTIFIER=kernel',
    `_SOURCE_MONOTONIC_TIMESTAMP=${5_000_000 + number * 1000}`,
    `MESSAGE=${text}`,
    '',
    '',
  ].join('\n')

test('journalctl follows a journal; begun again it goes on behind the last entry', async context => {
  const remote = '/lib/systemd/systemd-journal-remote'
  if (!existsSync(remote)) ensurePrograms({ 'systemd-journal-remote': 'systemd-journal-remote' })
  if (!existsSync(remote) || spawnSync('journalctl', ['--version']).status !== 0)
    return context.skip('no systemd-journal-remote or journalctl here')
  const path = join(folder(context), 'journal')
  mkdirSync(path)
  let count = 0
  const add = (...texts: string[]): void => {
    const input = texts.map(text => entry(count++, text)).join('')
    const result = spawnSync(remote, ['--output', join(path, 'remote.journal'), '-'], { input, encoding: 'utf8' })
    assert.equal(result.status, 0, result.stderr)
  }
  add('one', 'two')
  const host = testHost(context)
  const first = new KeptSink()
  // Without a cursor this boot's entries are read, and these are of another: the journal begins behind the first of them.
  const all = journal.open(path, first, host, { after: cursorOf(path, 'one') })
  const capture = await opened(context, all)
  await until(() => first.texts.length === 1, 'the second entry', 15_000)
  add('three')
  await until(() => first.texts.length === 2, 'a new entry', 15_000)
  assert.deepEqual(first.texts, ['two', 'three'])
  const cursor = capture.cursor!(undefined)!
  const atThree = capture.cursor!(first.records[1])!
  await capture.close()
  add('four')
  for (const [from, wanted] of [
    [cursor, ['four']],
    [atThree, ['three', 'four']],
  ] as const) {
    const again = new KeptSink()
    const resumed = await opened(context, journal.open(path, again, host, from))
    await until(() => again.texts.length === wanted.length, 'the rest', 15_000)
    assert.deepEqual(again.texts, wanted)
    await resumed.close()
  }
})

function cursorOf(path: string, text: string): string {
  const { stdout } = spawnSync('journalctl', ['--directory', path, '-o', 'export', '--quiet'], { encoding: 'utf8' })
  const found = stdout.split('\n\n').find(each => each.includes(`MESSAGE=${text}`))
  return /^__CURSOR=(.*)$/m.exec(found ?? '')?.[1] ?? ''
}
