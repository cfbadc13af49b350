// Sources that other machines and programs send to: real datagrams of the lab, real senders of syslog.

import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { Decoder } from '../../core/decoder.ts'
import { netconsole } from './netconsole.ts'
import { syslogTcp, syslogTls, syslogUdp } from './syslog-network.ts'
import { syslogUnix } from './syslog-unix.ts'
import { KeptSink, opened, testHost, until } from './testing.ts'

const lab = '../shared/corpus/lab/x86_64'
const noLab = existsSync(`${lab}/netconsole-ext.jsonl`) ? false : 'no ../shared/corpus/lab'
const datagrams = (name: string): Buffer[] =>
  readFileSync(`${lab}/${name}`, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map(line => Buffer.from((JSON.parse(line) as { payload: string }).payload, 'base64'))
const logger = spawnSync('logger', ['--version']).status === 0 ? false : 'no logger(1) here'

async function send(port: number, messages: readonly Uint8Array[], from = '127.0.0.1'): Promise<void> {
  const socket = createSocket('udp4')
  await new Promise<void>(resolve => socket.bind(0, from, resolve))
  for (const [index, message] of messages.entries()) {
    await new Promise<void>((resolve, reject) =>
      socket.send(message, port, '127.0.0.1', error => (error ? reject(error) : resolve())),
    )
    if (index % 64 === 0) await new Promise(resolve => setImmediate(resolve))
  }
  socket.close()
}

test('two senders of netconsole, one extended and out of order, one plain: each its own log', {
  skip: noLab,
}, async context => {
  const sink = new KeptSink()
  const host = testHost(context)
  const capture = await opened(context, netconsole.open('127.0.0.1:0', sink, host))
  const port = capture.stats()['port']!
  const extended = datagrams('netconsole-ext.jsonl')
  const plain = datagrams('netconsole-basic.jsonl')
  const shuffled = [...extended]
  for (let i = 20; i + 3 < shuffled.length; i += 7) shuffled.splice(i, 3, ...shuffled.slice(i, i + 3).reverse())
  await Promise.all([send(port, shuffled, '127.0.0.2'), send(port, plain, '127.0.0.3')])
  await until(() => capture.stats()['datagrams'] === extended.length + plain.length, 'all datagrams')
  const timer = setInterval(() => capture.settle?.(performance.now()), 50)
  const of = (sender: string) => sink.pieces.filter(piece => piece.stream === sender).flatMap(piece => piece.records)
  const numbers = () => of('127.0.0.2').flatMap(record => record.sequence ?? [])
  await until(() => numbers().length >= extended.length - 1, 'records in order')
  clearInterval(timer)
  assert.deepEqual(
    numbers(),
    numbers().toSorted((a, b) => a - b),
  )
  assert.equal(of('127.0.0.2')[0]!.host, '127.0.0.2')
  assert.equal(Buffer.compare(sink.bytes('127.0.0.3'), Buffer.concat(plain)), 0)
  for (const sender of ['127.0.0.2', '127.0.0.3']) {
    const decoder = new Decoder({ live: true })
    const reports = [...decoder.pushRecords(of(sender), 1), ...decoder.settle(1e9)]
    assert.ok(
      reports.some(report => report.severity === 'oops' || report.severity === 'bug' || report.fatal),
      sender,
    )
  }
  await capture.close()
})

test('a release header, fragments and a datagram that never comes', async context => {
  const sink = new KeptSink()
  const host = testHost(context)
  const capture = await opened(context, netconsole.open('127.0.0.1:0', sink, host))
  await send(capture.stats()['port']!, [
    Buffer.from('6.4.0,6,100,1000,-;one\n'),
    Buffer.from('6.4.0,6,101,1100,-,ncfrag=4/8;tail'),
    Buffer.from('6.4.0,6,101,1100,-,ncfrag=0/8;head'),
    Buffer.from('6.4.0,6,103,1300,-;three\n SUBSYSTEM=net\n'),
  ])
  await until(() => capture.stats()['datagrams'] === 4, 'all datagrams')
  await until(() => {
    capture.settle?.(performance.now())
    return sink.texts.length === 3
  }, 'the order is settled')
  assert.deepEqual(sink.texts, ['one', 'headtail', 'three'])
  assert.equal(sink.records[2]!.lostBefore, 1)
  assert.equal(sink.records[2]!.dictionary?.['SUBSYSTEM'], 'net')
  assert.equal(sink.records[2]!.dictionary?.['release'], '6.4.0')
  assert.equal(sink.lostCount, 1)
  await capture.close()
})

const oops = [
  '<4>Nov 22 07:36:54 board kernel: [   12.000000] BUG: kernel NULL pointer dereference, address: 0000000000000010',
  '<30>Nov 22 07:36:54 board sshd[12]: [   12.000000] BUG: kernel NULL pointer dereference, address: 0000000000000010',
  '<4>1 2026-11-22T07:36:55Z board kernel - - - [   12.000100] #PF: supervisor read access in kernel mode',
]

test('syslog by UDP: both forms, the kernel told apart from programs', async context => {
  const sink = new KeptSink()
  const host = testHost(context)
  const capture = await opened(context, syslogUdp.open('127.0.0.1:0', sink, host))
  await send(
    capture.stats()['port']!,
    oops.map(each => Buffer.from(each)),
  )
  await until(() => sink.records.length === 3, 'three records')
  assert.deepEqual(
    sink.records.map(record => record.userSpace),
    [undefined, true, undefined],
  )
  assert.deepEqual(
    sink.records.map(record => record.host),
    ['board', 'board', 'board'],
  )
  assert.equal(sink.records[2]!.wall, '2026-11-22T07:36:55Z')
  await capture.close()
})

test('syslog by TCP: counted and by lines, cut anywhere', async context => {
  const sink = new KeptSink()
  const host = testHost(context)
  const capture = await opened(context, syslogTcp.open('127.0.0.1:0', sink, host))
  const port = capture.stats()['port']!
  const counted = Buffer.from(oops.map(each => `${Buffer.byteLength(each)} ${each}`).join(''))
  const lines = Buffer.from(oops.map(each => `${each}\n`).join(''))
  for (const bytes of [counted, lines]) {
    const socket = connect(port, '127.0.0.1')
    for (let at = 0; at < bytes.length; at += 17) {
      socket.write(bytes.subarray(at, at + 17))
      await new Promise(resolve => setImmediate(resolve))
    }
    socket.end()
  }
  await until(() => sink.records.length === 6, 'six records')
  const streams = [...new Set(sink.pieces.map(piece => piece.stream))]
  assert.equal(streams.length, 2)
  for (const stream of streams) assert.equal(sink.bytes(stream).toString(), lines.toString())
  await capture.close()
})

test('TLS: whom the authority vouches for is heard, others are not', async context => {
  const folder = mkdtempSync(join(tmpdir(), 'faultline-tls-'))
  context.after(() => rmSync(folder, { recursive: true, force: true }))
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  const made = spawnSync('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=localhost'],
    ...['-keyout', key, '-out', cert],
  ])
  assert.equal(made.status, 0, String(made.stderr))
  const sink = new KeptSink()
  const host = testHost(context)
  const capture = await opened(context, syslogTls.open(`127.0.0.1:0,${cert},${key},${cert}`, sink, host))
  const port = capture.stats()['port']!
  const say = (message: string, identity: object): Promise<void> =>
    new Promise(resolve => {
      const socket = connectTls({ port, host: '127.0.0.1', ca: readFileSync(cert), checkServerIdentity, ...identity })
      socket.once('secureConnect', () => socket.end(`${message}\n`))
      socket.on('error', () => {}).on('close', () => resolve())
    })
  await say('<4>Jan  1 00:00:00 stranger kernel: [    1.0] not heard', {})
  await say('<4>Jan  1 00:00:00 board kernel: [    1.0] heard', { cert: readFileSync(cert), key: readFileSync(key) })
  await until(() => sink.records.length > 0, 'a record')
  assert.deepEqual(
    sink.records.map(record => record.host),
    ['board'],
  )
  await assert.rejects(async () => syslogTls.open('127.0.0.1:0', sink, host), /CERT,KEY/)
})

/** The certificate is for no name that matters here. */
const checkServerIdentity = (): undefined => undefined

test('logger(1) speaks to all three', { skip: logger }, async context => {
  const host = testHost(context)
  const folder = mkdtempSync(join(tmpdir(), 'faultline-log-'))
  const udp = new KeptSink()
  const tcp = new KeptSink()
  const local = new KeptSink()
  const a = await opened(context, syslogUdp.open('127.0.0.1:0', udp, host))
  const b = await opened(context, syslogTcp.open('127.0.0.1:0', tcp, host))
  const c = await opened(context, syslogUnix.open(join(folder, 'log'), local, host))
  const run = (...args: string[]): void => {
    const child = spawn('logger', args, { stdio: 'ignore' })
    child.unref()
  }
  const remote = (port: number) => ['-n', '127.0.0.1', '-P', String(port), '-t', 'sender', '-p', 'daemon.err']
  run(...remote(a.stats()['port']!), '-d', '--rfc5424', 'hello by udp')
  run(...remote(a.stats()['port']!), '-d', '--rfc3164', 'hello again')
  run(...remote(b.stats()['port']!), '-T', '--octet-count', '--rfc5424', 'hello by tcp')
  run(
    '-u',
    join(folder, 'log'),
    '-d',
    '-t',
    'kernel',
    '-p',
    'kern.err',
    '[   12.000000] Kernel panic - not syncing: forged',
  )
  await until(() => udp.records.length === 2 && tcp.records.length === 1 && local.records.length === 1, 'four messages')
  assert.deepEqual(udp.texts.toSorted(), ['hello again', 'hello by udp'])
  assert.equal(tcp.records[0]!.tag, 'sender')
  assert.equal(tcp.records[0]!.level, 3)
  // On the local socket nobody is the kernel.
  assert.equal(local.records[0]!.userSpace, true)
  assert.notEqual(local.records[0]!.facility, 0)
  for (const each of [a, b, c]) await each.close()
  assert.equal(existsSync(join(folder, 'log')), false)
  rmSync(folder, { recursive: true })
})
