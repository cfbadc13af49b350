// The agent as a whole, over a FIFO and a file: bundles, routes, status, what the service manager hears, a second agent.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  appendFileSync,
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { libc } from '../../node/libc.ts'
import { serviceNotifier } from '../../node/service-notify.ts'
import type { Config } from '../config/keys.ts'
import { readConfig } from '../config/read.ts'
import { until } from '../sources/testing.ts'
import type { WatchOptions } from './options.ts'
import { isAlive, readStatus } from './status.ts'
import { Watch } from './watch.ts'

const warning = readFileSync('fixtures/kinds/warning/x86_64-6.1-module/input.log', 'utf8')
const bug = readFileSync('fixtures/kinds/bug-on/x86_64-6.1-lab-build-id/input.log', 'utf8')

interface World {
  folder: string
  fifo: string
  log: string
  config(overrides?: Record<string, string | string[]>): Config
  bundles(): string[]
}

function world(context: TestContext): World {
  const folder = mkdtempSync(join(tmpdir(), 'faultline-watch-'))
  context.after(() => rmSync(folder, { recursive: true, force: true }))
  const fifo = join(folder, 'fifo')
  spawnSync('mkfifo', [fifo])
  const log = join(folder, 'kern.log')
  writeFileSync(log, '')
  const config = (overrides: Record<string, string | string[]> = {}): Config =>
    readConfig({
      files: [],
      overrides: {
        'Watch.Source': `pipe:${fifo}`,
        'Watch.Runtime': join(folder, 'run'),
        'Spool.Data': join(folder, 'data'),
        'Collect.Enabled': 'no',
        'Routes.Route': `*.* ${join(folder, 'routed')} format=text`,
        ...overrides,
      },
    }).config
  const bundles = (): string[] => {
    try {
      return readdirSync(join(folder, 'data/bundles')).filter(name => /^\d/.test(name))
    } catch {
      return []
    }
  }
  return { folder, fifo, log, config, bundles }
}

async function started(context: TestContext, options: Partial<WatchOptions> & { config: Config }) {
  const told: string[] = []
  const problems: (string | undefined)[] = []
  const watch = await Watch.start({
    version: 'test',
    tell: message => told.push(message),
    ended: problem => problems.push(problem),
    ...options,
  })
  context.after(() => watch.stop())
  return { watch, told, problems }
}

function write(fifo: string, text: string): void {
  const writer = openSync(fifo, constants.O_WRONLY)
  writeSync(writer, text)
  closeSync(writer)
}

test('two exceptions close together are two bundles; routes have every line; the status tells', async context => {
  const { folder, fifo, config, bundles } = world(context)
  const { watch, told } = await started(context, { config: config() })
  write(fifo, bug)
  write(fifo, warning)
  await until(() => bundles().length === 2, 'two bundles')
  await until(() => told.length === 2, 'both told')
  assert.match(told[0]!, /^kernel BUG in \w+: .*-bug-on$/)
  await watch.stop()
  assert.equal(readFileSync(join(folder, 'routed'), 'utf8').split('\n').length, (bug + warning).split('\n').length)
  const status = readStatus(join(folder, 'run'))!
  assert.equal(status.state, 'ended')
  assert.equal(isAlive(status), false)
  assert.equal(status.reports['bundled'], 2)
  assert.equal(status.sources[0]!.source, `pipe:${fifo}`)
  const excerpt = readFileSync(join(folder, 'data/bundles', bundles()[0]!, 'excerpt.log'), 'utf8')
  assert.ok(bug.includes(excerpt) && excerpt.length > 1000)
})

test('the configuration read again: a source more, another route; severities that are not kept', async context => {
  const { folder, fifo, log, config, bundles } = world(context)
  const { watch } = await started(context, { config: config() })
  const both = [`pipe:${fifo}`, `file:${log}`]
  await watch.reload(
    config({ 'Watch.Source': both, 'Routes.Route': `kind=* ${join(folder, 'reports')}`, 'Watch.Keep': 'oops' }),
  )
  appendFileSync(log, warning + bug)
  await until(() => bundles().length === 1, 'the bug')
  assert.match(bundles()[0]!, /-bug-on$/)
  await watch.stop()
  const reports = readFileSync(join(folder, 'reports'), 'utf8')
  assert.match(reports, /WARNING in/)
  assert.equal(watch.status().reports['found'], 1)
})

test('the service manager hears that it is ready, alive and ending', async context => {
  const calls = libc()
  if (calls === undefined) return context.skip('no koffi here, to make a socket')
  const { folder, config } = world(context)
  const path = join(folder, 'notify')
  const socket = calls.unixDatagram(path, 'bind')
  context.after(() => closeSync(socket))
  const memory = Buffer.alloc(4096)
  const heard: string[] = []
  const listen = (): boolean => {
    try {
      for (;;) heard.push(memory.toString('utf8', 0, readSync(socket, memory)))
    } catch {
      return true
    }
  }
  const notifier = serviceNotifier({ NOTIFY_SOCKET: path, WATCHDOG_USEC: '200000' })
  const { watch } = await started(context, { config: config(), notifier })
  await until(() => listen() && heard.some(text => text === 'WATCHDOG=1'), 'a sign of life')
  assert.match(heard[0]!, /^READY=1\n/)
  await watch.reload(config())
  await watch.stop()
  listen()
  const words = heard.filter(text => text !== 'WATCHDOG=1').map(text => text.split('\n')[0])
  assert.deepEqual(words, ['READY=1', 'RELOADING=1', 'READY=1', 'STOPPING=1'])
})

test('a second agent on the same spool ends and says why', async context => {
  const { config } = world(context)
  const first = await started(context, { config: config() })
  await until(() => first.watch.status().state === 'running', 'the first')
  await new Promise(resolve => setTimeout(resolve, 300))
  const second = await started(context, { config: config() })
  await until(() => second.problems.length > 0, 'the second gives up')
  assert.match(second.problems[0]!, /spool|bundles/)
  assert.deepEqual(first.problems, [])
})

test('no source that can be read is an error; one of several is told', async context => {
  const { folder, fifo, config } = world(context)
  const missing = `pipe:${join(folder, 'missing')}`
  await assert.rejects(started(context, { config: config({ 'Watch.Source': [missing] }) }), /missing: ENOENT/)
  const { told } = await started(context, { config: config({ 'Watch.Source': [missing, `pipe:${fifo}`] }) })
  assert.match(told[0]!, /missing: ENOENT/)
})

const readable = (): boolean => {
  try {
    closeSync(openSync('/dev/kmsg', constants.O_RDWR | constants.O_NONBLOCK))
    return true
  } catch {
    return false
  }
}

test('ended and begun again over this machine’s own log, a route gets every record once', async context => {
  if (!readable()) return context.skip('no /dev/kmsg that may be read and written here')
  const { folder, config } = world(context)
  const word = `faultline-again-${process.pid}`
  const routed = join(folder, 'routed')
  const settings = config({ 'Watch.Source': 'kmsg', 'Routes.Route': `*.* text~${word} ${routed} format=text` })
  const lines = (): string[] => {
    try {
      return readFileSync(routed, 'utf8').split('\n').filter(Boolean)
    } catch {
      return []
    }
  }
  let written = 0
  const say = (): void => writeFileSync('/dev/kmsg', `<14>${word} ${written++}\n`)
  for (let start = 0; start < 3; start++) {
    say()
    const { watch } = await started(context, { config: settings })
    say()
    await until(() => lines().length === written, `${written} lines, have ${lines().length}`)
    await watch.stop()
  }
  assert.deepEqual(
    lines().map(line => Number(/ (\d+)$/.exec(line)?.[1])),
    Array.from({ length: written }, (_, index) => index),
  )
})
