// The drill on machines that are folders: what is told of each road, and what is found after a reboot.

import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { runCommand } from '../../../tests/run-command.ts'
import { readConfig } from '../config/read.ts'
import { type Program, type System, systemAt } from '../system.ts'
import { checkDrill, crash, drill, lastDrill } from './drill.ts'
import { drillRoads } from './roads/index.ts'

const made: string[] = []
after(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true })
})

const settings = readConfig({ host: { read: () => undefined, list: () => [] } }).config.harvest

function machine(files: Record<string, string>, programs: Record<string, string> = {}): System {
  const root = mkdtempSync(join(tmpdir(), 'faultline-drill-'))
  made.push(root)
  for (const [path, content] of Object.entries({ '/proc/sys/kernel/random/boot_id': 'now\n', ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
  }
  const run = (program: string): Program | undefined =>
    programs[program] === undefined ? undefined : { status: 0, out: programs[program], complaint: '' }
  return { ...systemAt(root), run }
}

async function proofOf(road: string, system: System): Promise<string> {
  const roads = drillRoads.filter(({ name }) => name === road)
  const [result] = await drill({
    system,
    data: system.path('/data'),
    runtime: system.path('/run'),
    token: 'tok12345',
    roads,
  })
  return result!.proof
}

const kmsg = { '/dev/kmsg': '' }
const armed = {
  ...kmsg,
  '/sys/module/pstore/parameters/backend': 'ramoops\n',
  '/proc/mounts': 'p /sys/fs/pstore pstore rw 0 0\n',
}

test('each road says how far it went', async () => {
  assert.equal(await proofOf('kmsg', machine(kmsg)), 'proved')
  assert.equal(await proofOf('kmsg', machine({})), 'failed')
  assert.equal(await proofOf('kernel', machine(kmsg)), 'absent')
  assert.equal(await proofOf('console', machine(kmsg)), 'absent')
  const consoles = { ...kmsg, '/proc/consoles': 'ttyS0                -W- (EC p a)    4:64\n' }
  assert.equal(await proofOf('console', machine({ ...consoles, '/proc/sys/kernel/printk': '7 4 1 7\n' })), 'elsewhere')
  assert.equal(await proofOf('console', machine({ ...consoles, '/proc/sys/kernel/printk': '4 4 1 7\n' })), 'failed')
  assert.equal(await proofOf('netconsole', machine(kmsg)), 'absent')
  const target = '/sys/kernel/config/netconsole/one'
  const sends = {
    ...kmsg,
    [`${target}/enabled`]: '1\n',
    [`${target}/extended`]: '1\n',
    [`${target}/remote_ip`]: '10.0.0.1\n',
    [`${target}/remote_port`]: '6666\n',
  }
  assert.equal(await proofOf('netconsole', machine(sends)), 'elsewhere')
  assert.equal(await proofOf('pstore', machine(kmsg)), 'absent')
  assert.equal(await proofOf('pstore', machine({ ...armed, '/proc/mounts': '' })), 'failed')
  assert.equal(await proofOf('pstore', machine(armed)), 'later')
  assert.equal(await proofOf('log files', machine(kmsg)), 'absent')
  assert.equal(await proofOf('agent', machine(kmsg)), 'absent')
  assert.equal(
    await proofOf(
      'journal',
      machine({ ...kmsg, '/run/systemd/journal/socket': '' }, { journalctl: 'a\nfaultline drill tok12345\n' }),
    ),
    'proved',
  )
})

test('the spool: written, verified, and nothing left behind', async () => {
  const system = machine({})
  assert.equal(await proofOf('spool', system), 'proved')
  assert.deepEqual(readdirSync(system.path('/data')), [])
})

test('after a reboot: where the line is', async () => {
  const system = machine({ ...armed, '/dev/pmsg0': '' })
  const data = system.path('/data')
  assert.equal(await proofOf('pstore', system), 'later')
  assert.match(readFileSync(system.path('/dev/pmsg0'), 'utf8'), /^faultline drill tok12345: a test record/)
  const record = lastDrill(data)!
  assert.deepEqual([record.token, record.crash], ['tok12345', false])
  assert.deepEqual(
    (await checkDrill(system, data, settings, record)).map(({ proof }) => proof),
    ['failed'],
  )
  mkdirSync(system.path('/sys/fs/pstore'), { recursive: true })
  writeFileSync(system.path('/sys/fs/pstore/pmsg-ramoops-0'), 'faultline drill tok12345: a test record\n')
  assert.deepEqual(await checkDrill(system, data, settings, record), [
    { road: 'pstore ramoops', proof: 'proved', what: 'pmsg-ramoops-0 has it' },
  ])
})

test('a crash is remembered before it is made, and restarts the machine', () => {
  const system = machine({ ...kmsg, '/proc/sysrq-trigger': '', '/proc/sys/kernel/panic': '0\n' })
  assert.throws(() => crash(system, system.path('/data'), 'tok12345'), /did not crash at sysrq c/)
  assert.equal(readFileSync(system.path('/proc/sysrq-trigger'), 'utf8'), 'c')
  assert.equal(system.text('/proc/sys/kernel/panic'), '10')
  assert.equal(lastDrill(system.path('/data'))?.crash, true)
})

test('drill --crash says no more than that it takes a second word', async () => {
  const { code, err } = await runCommand(['drill', '--crash', '--data', join(tmpdir(), 'nowhere')])
  assert.equal(code, 2)
  assert.match(err, /Say --yes-crash-this-machine too/)
})

test('drill --listen: the token in a datagram', async () => {
  const { createSocket } = await import('node:dgram')
  const port = 20000 + (process.pid % 20000)
  const listening = runCommand(['drill', '--listen', `127.0.0.1:${port}`, '--token', 'tok12345', '--wait', '20'])
  const sender = createSocket('udp4')
  const sending = setInterval(() => sender.send('6,1,2,-;faultline drill tok12345: x\n', port, '127.0.0.1'), 50)
  const { code, out } = await listening
  clearInterval(sending)
  sender.close()
  assert.equal(code, 0)
  assert.match(out, /^✔ tok12345 came from 127\.0\.0\.1:\d+\n$/)
  assert.equal((await runCommand(['drill', '--listen', 'x', '--token', 'tok12345'])).code, 2)
  assert.equal((await runCommand(['drill', 'nothing'])).code, 2)
})
