// The UI's files are given to anyone, with their policy; an address of the app gives the app; nothing beyond the folder.

import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { openStore, type Store } from '../../store/store.ts'
import { buildApp } from '../app.ts'
import { contentSecurityPolicy } from '../page-headers.ts'

const base = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'faultline-ui-'))
const web = join(base, 'web')
let store: Store
let app: Awaited<ReturnType<typeof buildApp>>
before(async () => {
  mkdirSync(join(web, 'assets'), { recursive: true })
  writeFileSync(join(web, 'index.html'), '<!doctype html><title>app</title>')
  writeFileSync(join(web, 'assets', 'app-1234.js'), 'export {}')
  writeFileSync(join(base, 'secret.txt'), 'secret')
  store = await openStore(join(base, 'data'))
  app = await buildApp({ store, version: 'test', web, log: message => assert.fail(message) })
})
after(async () => {
  await app.close()
  await store.close()
  rmSync(base, { recursive: true })
})

const ask = (url: string, method: 'GET' | 'POST' | 'HEAD' = 'GET') => app.inject({ method, url })

test('an address of the app gives the app, with its policy, to anyone', async () => {
  for (const url of ['/', '/issues', '/issues/0193?x=1.2', '/decode', '/no/such/page']) {
    const answer = await ask(url)
    assert.equal(answer.statusCode, 200, url)
    assert.match(answer.body, /<title>app/)
    assert.equal(answer.headers['content-security-policy'], contentSecurityPolicy)
    assert.equal(answer.headers['cache-control'], 'no-cache')
    assert.match(String(answer.headers['content-type']), /^text\/html/)
  }
})

test('the policy lets nothing in from elsewhere or from the page’s text; a page that is known is not sent again', async () => {
  assert.doesNotMatch(contentSecurityPolicy, /unsafe-inline|'unsafe-eval'|\*|https?:/)
  const tag = String((await ask('/decode')).headers['etag'])
  const again = await app.inject({ url: '/decode', headers: { 'if-none-match': tag } })
  assert.equal(again.statusCode, 304)
})

test('files are what they are and may be kept; what is not there is not there', async () => {
  const asset = await ask('/assets/app-1234.js')
  assert.equal(asset.statusCode, 200)
  assert.match(String(asset.headers['content-type']), /javascript/)
  assert.match(String(asset.headers['cache-control']), /immutable/)
  assert.equal(asset.headers['x-content-type-options'], 'nosniff')
  const beyond = ['/assets/gone.js', '/../secret.txt', '/%2e%2e/secret.txt', '/assets/..%2f..%2fsecret.txt']
  for (const url of beyond) assert.notEqual((await ask(url)).body, 'secret', url)
  assert.equal((await ask('/assets/gone.js')).statusCode, 404)
  assert.equal((await ask('/issues', 'POST')).statusCode, 404)
})

test('the API stays closed, also where it has nothing', async () => {
  for (const url of ['/api/v1/issues', '/api/v1/nothing']) assert.equal((await ask(url)).statusCode, 401, url)
})
