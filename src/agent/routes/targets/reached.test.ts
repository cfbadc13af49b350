import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { openTerminal } from '../../../../tests/terminal.ts'
import { parseRoute } from '../route.ts'
import { createRouter, type Router } from '../router.ts'
import { TestHost, testRecord } from '../testing.ts'

let folder: string
let host: TestHost
let router: Router

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'faultline-reached-'))
  host = new TestHost()
})
afterEach(async () => {
  const closing = router.close(10)
  await host.pass(20)
  await closing
  rmSync(folder, { recursive: true, force: true })
})

const open = (line: string): void => {
  router = createRouter([parseRoute(line)], host)
}
const say = (text: string): void => router.deliver(testRecord(text))
const idle = (): Promise<void> => host.until(() => router.stats()['queued'] === 0)

function fifo(name: string): string {
  const path = join(folder, name)
  assert.equal(spawnSync('mkfifo', [path]).status, 0)
  return path
}

function readAll(descriptor: number): string {
  let text = ''
  const buffer = Buffer.alloc(65_536)
  for (;;) {
    try {
      const length = readSync(descriptor, buffer)
      if (length === 0) return text
      text += buffer.toString('utf8', 0, length)
    } catch {
      return text
    }
  }
}

test('a FIFO nobody reads: messages wait, and go out when someone does', async () => {
  const path = fifo('log')
  open(`kern.* |${path} format=text queue=3`)
  for (let i = 1; i <= 5; i++) say(`m${i}`)
  await host.until(() => host.told.length > 0)
  assert.match(host.told[0]!, /nobody reads this FIFO now/)
  assert.equal(router.stats()['lost'], 2)
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  await host.pass(5000)
  await idle()
  assert.match(readAll(reader), /^m1\nm2\nm3\n2 messages lost here.*\n$/)
  closeSync(reader)
  say('m6')
  await host.until(() => router.stats()['down'] === 1)
  assert.match(host.told.at(-1)!, /whoever read this FIFO has gone/)
})

test('a reader that reads nothing: the FIFO fills, capture goes on, no line is torn', async () => {
  const path = fifo('stuck')
  open(`kern.* |${path} format=text`)
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  const line = 'x'.repeat(999)
  for (let i = 0; i < 500; i++) say(`${String(i).padStart(3, '0')}${line}`)
  await host.pass(50)
  const { queued } = router.stats()
  assert.ok(queued! > 400 && queued! < 500, `${queued} wait: a pipe holds 64 KiB`)
  let text = ''
  for (let turn = 0; turn < 100 && router.stats()['queued']! > 0; turn++) {
    text += readAll(reader)
    await host.pass(1000)
  }
  text += readAll(reader)
  const lines = text.split('\n').slice(0, -1)
  assert.deepEqual(
    lines.map(each => Number(each.slice(0, 3))),
    Array.from({ length: 500 }, (_, i) => i),
  )
  assert.ok(lines.every(each => each.length === 1002))
  closeSync(reader)
})

test('what is no FIFO is refused', async () => {
  open('kern.* |/dev/null')
  say('x')
  await host.until(() => host.told.length > 0)
  assert.match(host.told[0]!, /is no FIFO/)
})

const terminal = openTerminal()
const noTerminal = terminal === undefined ? 'no pseudo-terminal can be opened here' : false
terminal?.close()

test('a terminal sees the kernel’s words, and nothing that acts on it', { skip: noTerminal }, async () => {
  const pty = openTerminal()!
  open(`kern.* ${pty.path} format=text`)
  say('hello \u202e\u200b \u{e0041}')
  await idle()
  await host.until(() => pty.read().includes('hello <U+202E><U+200B> <U+E0041>\r\n'))
  pty.close()
})

test('a terminal that takes nothing loses its messages, counted; gone, it is told; back, it is told', {
  skip: noTerminal,
}, async () => {
  const pty = openTerminal()!
  open(`kern.* ${pty.path} format=text queue=50`)
  for (let i = 0; i < 200; i++) say(`${i} ${'y'.repeat(200)}`)
  await host.pass(2000)
  assert.ok(router.stats()['lost']! >= 130, JSON.stringify(router.stats()))
  assert.equal(router.stats()['failures'], 0)
  let seen = ''
  for (let turn = 0; turn < 200 && router.stats()['queued']! > 0; turn++) {
    seen = pty.read()
    await host.pass(1000)
  }
  await host.until(() => pty.read().includes('messages lost here'))
  seen = pty.read()
  assert.match(seen, /^0 y+\r\n1 y+\r\n/)
  pty.close()
  say('to nobody')
  await host.until(() => router.stats()['down'] === 1)
  assert.match(host.told.at(-1)!, /whoever was at this terminal has gone|there is no such device now/)
})

test('whoever is logged in sees it, or some of them; a stuck terminal holds up nobody', {
  skip: noTerminal,
}, async () => {
  const [jane, joe] = [openTerminal()!, openTerminal()!]
  host.logins = () => [
    { user: 'jane', terminal: jane.path },
    { user: 'joe', terminal: joe.path },
    { user: 'ghost', terminal: '/dev/pts/gone' },
    { user: 'evil', terminal: '/etc/hostname' },
  ]
  router = createRouter(
    ['kern.alert *', 'kern.crit user:jane format=text'].map(line => parseRoute(line)),
    host,
  )
  router.deliver(testRecord('all of you \u202e', { level: 1 }))
  router.deliver(testRecord('only you', { level: 2 }))
  await host.until(() => jane.read().includes('only you') && joe.read().includes('all of you'))
  assert.match(
    joe.read(),
    /\x07Message from kernel@board at \d\d:\d\d:\d\d \.\.\.\r+\n.*board kernel: all of you <U\+202E>\r+\n/s,
  )
  assert.doesNotMatch(joe.read(), /only you/)
  for (let i = 0; i < 2000; i++) router.deliver(testRecord('z'.repeat(500), { level: 1 }))
  await idle()
  assert.equal(router.stats()['lost'], 0)
  jane.close()
  joe.close()
})

test('what stands in /dev and is no device is refused', async () => {
  open('kern.* /dev/fd/../../etc/hostname')
  say('x')
  await host.until(() => host.told.length > 0)
  assert.match(host.told[0]!, /no such device|is no device/)
})
