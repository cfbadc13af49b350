import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { decodeBytes } from '../../../core/decoder.ts'
import { parseRoute } from '../route.ts'
import { createRouter, type Router } from '../router.ts'
import { TestHost, testRecord } from '../testing.ts'

let folder: string
let host: TestHost
let router: Router

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'faultline-command-'))
  host = new TestHost()
})
afterEach(async () => {
  const closing = router.close(1000)
  await host.pass(1000)
  await closing
  rmSync(folder, { recursive: true, force: true })
})

function script(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, `#!/bin/sh\ncd ${folder}\n${text}\n`)
  chmodSync(path, 0o755)
  return path
}
const open = (line: string): void => {
  router = createRouter([parseRoute(line)], host)
}
const say = (text: string): void => router.deliver(testRecord(text))
const read = (name: string): string => (existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : '')

test('a program gets the messages on its standard input, with its arguments, no shell and a clean environment', async () => {
  process.env['FAULTLINE_SECRET'] = 'x'
  const path = script('reader', 'echo "$1|$2|$FAULTLINE_SECRET|$(pwd)" >args; exec cat >got')
  open(`kern.* exec:"${path} 'a b' $(touch\\ ${folder}/pwned)" format=text`)
  say('one; rm -rf $HOME `id`')
  say('two')
  await host.until(() => read('got').includes('two'))
  assert.equal(read('got'), 'one; rm -rf $HOME `id`\ntwo\n')
  assert.equal(read('args'), `a b|$(touch ${folder}/pwned)||${folder}\n`)
  assert.equal(existsSync(join(folder, 'pwned')), false)
})

test('one that ends is started again, ever more rarely', async () => {
  const path = script('ender', 'echo x >>starts; exit 3')
  open(`kern.* exec:${path} format=text`)
  const line = 'y'.repeat(200_000)
  for (let i = 0; i < 5; i++) say(line)
  await host.until(() => host.told.length > 0)
  assert.match(host.told[0]!, /ender: ended with status 3/)
  for (let second = 0; second < 60; second++) {
    await host.pass(1000)
    await new Promise(resolve => setTimeout(resolve, 2))
  }
  const starts = read('starts').length / 2
  assert.ok(starts >= 2 && starts <= 10, `${starts} starts in a minute`)
})

test('one that reads nothing holds nothing up and is ended with all that it started', async () => {
  const path = script('sleeper', 'sleep 1000 & echo $! >child; sleep 1000')
  open(`kern.* exec:${path} format=text queue=5`)
  const line = 'z'.repeat(500_000)
  for (let i = 0; i < 5; i++) say(line)
  await host.until(() => read('child') !== '')
  for (let i = 0; i < 20; i++) say(line)
  await host.pass(100)
  assert.ok(router.stats()['lost']! >= 15, JSON.stringify(router.stats()))
  const started = Date.now()
  const closing = router.close(3000)
  await host.pass(3000)
  await closing
  assert.ok(Date.now() - started < 5000)
  const child = Number(read('child'))
  await host.until(() => {
    try {
      return !readFileSync(`/proc/${child}/stat`, 'utf8').includes('(sleep) S')
    } catch {
      return true
    }
  })
})

test('opened anew it is a new one, and the old one is not left behind', async () => {
  const path = script('reader', 'echo $$ >>pids; cat >>got; sleep 1000')
  open(`kern.* exec:${path} format=text`)
  say('one')
  await host.until(() => read('pids').includes('\n'))
  router.reopen()
  say('two')
  await host.until(() => read('got').includes('two') && read('got').includes('one'))
  const [first] = read('pids').split('\n')
  await host.until(() => !existsSync(`/proc/${first}/fd/0`))
})

test('a program that is not there is told', async () => {
  open('kern.* exec:/no/such/program')
  say('x')
  await host.until(() => host.told.length > 0)
  assert.match(host.told[0]!, /ENOENT/)
})

test('reports by their kind: headline and lines, or JSON', async () => {
  const log = readFileSync(
    join(import.meta.dirname, '../../../../fixtures/kinds/null-dereference/x86_64-6.1-read-in-module/input.log'),
  )
  const [report] = decodeBytes(log)
  const path = script('reader', 'exec cat >got')
  open(`kind=oom-kill,oops exec:${path} format=json`)
  router.report({ ...report!, kind: 'warning', severity: 'warning' })
  router.report(report!)
  router.deliver(testRecord('a record'))
  await host.until(() => read('got').includes('\n'))
  const lines = read('got').trimEnd().split('\n')
  assert.equal(lines.length, 1)
  assert.equal(JSON.parse(lines[0]!).title, report!.title)
})
