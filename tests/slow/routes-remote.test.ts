// Routes to other people's syslog daemons: UDP, TCP and TLS, both formats, and what happens when the receiver goes away.

import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { createRouter, parseRoute, type Router, routeHost } from '../../src/agent/routes/index.ts'
import type { LogRecord } from '../../src/core/model.ts'
import { ensurePrograms } from '../../tools/install.mjs'

/** A syslog daemon that writes all that comes, as it came, to a file. */
interface Receiver {
  program: string
  /** … and what else it needs for TLS */
  tls: boolean
  config(ports: Ports, folder: string): string
  args(config: string, folder: string): string[]
}

interface Ports {
  udp: number
  tcp: number
  tls: number
}

const receivers: Receiver[] = [
  {
    program: 'rsyslogd',
    tls: existsSync('/usr/lib/x86_64-linux-gnu/rsyslog/lmnsd_gtls.so'),
    config: ({ udp, tcp, tls }, folder) => `
module(load="imudp")
module(load="imtcp"${
      existsSync('/usr/lib/x86_64-linux-gnu/rsyslog/lmnsd_gtls.so')
        ? ` StreamDriver.Name="gtls" StreamDriver.Mode="1" StreamDriver.AuthMode="anon"`
        : ''
    })
global(workDirectory="${folder}" DefaultNetstreamDriverCAFile="${folder}/cert.pem" DefaultNetstreamDriverCertFile="${folder}/cert.pem" DefaultNetstreamDriverKeyFile="${folder}/key.pem")
template(name="raw" type="string" string="%rawmsg%\\n")
ruleset(name="all") { action(type="omfile" file="${folder}/received" template="raw") }
input(type="imudp" address="127.0.0.1" port="${udp}" ruleset="all")
input(type="imtcp" address="127.0.0.1" port="${tcp}" ruleset="all" StreamDriver.Name="ptcp" StreamDriver.Mode="0")
input(type="imtcp" address="127.0.0.1" port="${tls}" ruleset="all")
`,
    args: (config, folder) => ['-n', '-f', config, '-i', join(folder, 'pid')],
  },
  {
    program: 'syslog-ng',
    tls: true,
    config: ({ udp, tcp, tls }, folder) => `@version: 3.38
options { keep-hostname(yes); };
source all {
  network(transport("udp") ip("127.0.0.1") port(${udp}) flags(no-parse));
  syslog(transport("tcp") ip("127.0.0.1") port(${tcp}) flags(no-parse));
  syslog(transport("tls") ip("127.0.0.1") port(${tls}) flags(no-parse)
    tls(key-file("${folder}/key.pem") cert-file("${folder}/cert.pem") peer-verify(optional-untrusted)));
};
destination file { file("${folder}/received" template("$MSG\\n")); };
log { source(all); destination(file); };
`,
    args: (config, folder) => [
      ...['-F', '-f', config, '-p', join(folder, 'pid'), '-R', join(folder, 'persist'), '-c', join(folder, 'ctl')],
      ...['--no-caps'],
    ],
  },
]

const onPath = (program: string): boolean =>
  spawnSync('which', [program], { env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin` } }).status === 0

if (!receivers.some(({ program }) => onPath(program))) {
  process.env['PATH'] += ':/usr/sbin'
  ensurePrograms({ rsyslogd: 'rsyslog-gnutls' })
}
const present = receivers.filter(({ program }) => onPath(program))

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise(resolve => server.close(resolve))
  return port
}

const record = (text: string, more: Partial<LogRecord> = {}): LogRecord => ({
  text,
  line: 1,
  span: { start: 0, end: 0 },
  transport: 'kmsg',
  facility: 0,
  level: 3,
  sinceBootUs: 1_234_567,
  sequence: 42,
  caller: 'T7',
  dictionary: { SUBSYSTEM: 'usb', DEVICE: '+usb:1-"1]' },
  ...more,
})

async function until(what: string, holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 600; turn++) {
    if (holds()) return
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  assert.fail(`waited in vain: ${what}`)
}

for (const receiver of present) {
  const folder = mkdtempSync(join(tmpdir(), 'faultline-remote-'))
  const running: ChildProcess[] = []
  const routers: Router[] = []
  after(async () => {
    for (const router of routers) await router.close(100)
    for (const child of running) child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })
  const received = (): string[] => {
    try {
      return readFileSync(join(folder, 'received'), 'utf8').split('\n').slice(0, -1)
    } catch {
      return []
    }
  }
  const start = (): ChildProcess => {
    const child = spawn(receiver.program, receiver.args(join(folder, 'conf'), folder), {
      stdio: 'ignore',
      env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin` },
    })
    running.push(child)
    return child
  }
  const open = (line: string): Router => {
    const router = createRouter(
      [parseRoute(line)],
      routeHost(() => {}),
    )
    routers.push(router)
    return router
  }

  test(`${receiver.program}: UDP, TCP and TLS, both formats; gone and back again`, async () => {
    const ports: Ports = { udp: await freePort(), tcp: await freePort(), tls: await freePort() }
    const made = spawnSync('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
      ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'],
      ...['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')],
    ])
    assert.equal(made.status, 0, String(made.stderr))
    writeFileSync(join(folder, 'conf'), receiver.config(ports, folder))
    let daemon = start()

    const udp = open(`kern.* @127.0.0.1:${ports.udp} format=rfc3164 name=board`)
    await until('the first datagram', () => {
      udp.deliver(record('over udp'))
      return received().length > 0
    })
    assert.match(received()[0]!, /^<3>\w{3} [ \d]\d \d\d:\d\d:\d\d board kernel: \[ {4}1\.234567\] over udp$/)

    const tcp = open(`kern.* @@127.0.0.1:${ports.tcp} name=board`)
    tcp.deliver(record('over tcp \u202e'))
    await until('the message by TCP', () => received().some(line => line.includes('over tcp')))
    assert.match(
      received().find(line => line.includes('over tcp'))!,
      /^<3>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}[+-]\d\d:\d\d board kernel - - \[faultline@32473 sequence="42" sinceBoot="1\.234567" caller="T7" subsystem="usb" device="\+usb:1-\\"1\\]"\] over tcp /,
    )

    if (receiver.tls) {
      const good = open(`kern.* tls://localhost:${ports.tls} ca=${folder}/cert.pem name=board`)
      good.deliver(record('over tls'))
      await until('the message by TLS', () => received().some(line => line.includes('over tls')))
      const untrusting = open(`kern.* tls://localhost:${ports.tls} name=board`)
      untrusting.deliver(record('to a stranger'))
      await until('a refusal', () => untrusting.stats()['down'] === 1)
      assert.equal(
        received().some(line => line.includes('to a stranger')),
        false,
      )
    }

    // The receiver dies, messages wait, and all come when it is back.
    daemon.kill('SIGKILL')
    await new Promise(resolve => daemon.once('exit', resolve))
    await new Promise(resolve => setTimeout(resolve, 200))
    for (let i = 0; i < 200; i++) tcp.deliver(record(`waits ${i}.`))
    await until('the failure', () => tcp.stats()['down'] === 1)
    assert.equal(tcp.stats()['queued'], 200)
    daemon = start()
    await until('all that waited', () => received().filter(line => line.includes('waits ')).length >= 200)
    const numbers = received()
      .flatMap(line => /waits (\d+)\./.exec(line)?.[1] ?? [])
      .map(Number)
    assert.deepEqual(
      [...new Set(numbers)],
      Array.from({ length: 200 }, (_, i) => i),
    )
    assert.equal(tcp.stats()['lost'], 0)
  })
}

if (present.length === 0)
  test('routes to a syslog daemon', { skip: 'neither rsyslogd nor syslog-ng is there' }, () => {})
