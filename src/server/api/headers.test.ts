// What every answer says to the browser that gets it, and what the server makes of requests that are bent on purpose.

import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { sampleDraft, sampleLog } from '../../../tests/samples/drafts.ts'
import { Browser, newFolder, type TestServer, testServer } from '../../../tests/server-app.ts'
import { cookieName } from './guard.ts'

let server: TestServer
let web: string
before(async () => {
  web = newFolder('web')
  mkdirSync(join(web, 'assets'))
  writeFileSync(join(web, 'index.html'), '<!doctype html><title>Faultline</title>')
  writeFileSync(join(web, 'assets', 'app-1.js'), '1')
  server = await testServer('headers', { web })
})
after(() => server.close())

const get = (url: string, headers: Record<string, string> = {}) =>
  server.app.inject({ method: 'GET', url, headers: { authorization: `Bearer ${server.admin}`, ...headers } })

test('no answer is sniffed, framed, kept by a proxy, or run as a script of another page', async () => {
  for (const url of [
    '/api/v1/issues',
    '/api/v1/session',
    '/api/v1/none',
    '/api/v1/issues?limit=x',
    '/healthz',
    '/metrics',
  ]) {
    const { headers } = await get(url)
    assert.equal(headers['x-content-type-options'], 'nosniff', url)
    assert.match(String(headers['content-security-policy']), /default-src 'none'.*frame-ancestors 'none'/, url)
    assert.equal(headers['referrer-policy'], 'no-referrer', url)
    assert.equal(headers['cross-origin-resource-policy'], 'same-origin', url)
    assert.equal(headers['cache-control'], 'no-store', url)
    assert.equal(headers['access-control-allow-origin'], undefined, url)
    assert.equal(headers['strict-transport-security'], undefined, 'plain HTTP promises nothing')
    assert.doesNotMatch(String(headers['content-type']), /html|javascript|svg/, url)
  }
})

test('a page runs its own scripts and none that stand in it', async () => {
  for (const url of ['/', '/issues', '/settings?part=users', '/assets/app-1.js']) {
    const { headers, statusCode } = await get(url)
    assert.equal(statusCode, 200, url)
    const policy = String(headers['content-security-policy'])
    assert.doesNotMatch(policy, /unsafe-inline|'unsafe-eval'|\*|https?:/, url)
    for (const each of ["default-src 'none'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"]) {
      assert.ok(policy.includes(each), `${url}: ${each}`)
    }
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.equal(headers['cross-origin-opener-policy'], 'same-origin')
  }
})

test('what a log says comes as data, as a file to keep, or escaped', async () => {
  const bad = '<img/src=x/onerror=alert(1)>'
  const log = sampleLog.replaceAll('insmod', bad).replaceAll('fl_read', 'evil_read')
  const draft = sampleDraft({ excerpt: Buffer.from(log), context: Buffer.from(`<script>alert(1)</script>\n`) })
  const sent = await server.send(await server.archive('spool', [draft]), await server.enrolled('board'))
  assert.equal(sent.status, 200)
  const id = sent.json['bundles'][0].filed.reportId
  const issue = sent.json['bundles'][0].filed.issueId
  for (const file of ['excerpt.log', 'context.log', 'report.json']) {
    const { headers } = await get(`/api/v1/reports/${id}/evidence/${file}`)
    assert.equal(headers['content-type'], 'application/octet-stream', file)
    assert.match(String(headers['content-disposition']), /^attachment/, file)
  }
  const log2 = await server.send(Buffer.from(log), server.admin, '/api/v1/logs?host=<script>', 'text/plain')
  assert.equal(log2.status, 200)
  const urls = [
    `/api/v1/reports/${id}`,
    `/api/v1/issues/${issue}`,
    '/api/v1/hosts',
    '/api/v1/overview',
    '/api/v1/audit',
  ]
  for (const url of urls) assert.match(String((await get(url)).headers['content-type']), /^application\/json/, url)
  const uploaded = log2.json['reports'][0].reportId
  for (const format of ['html', 'markdown', 'json']) {
    const { headers, payload } = await get(`/api/v1/reports/${uploaded}/${format}`)
    assert.match(String(headers['content-disposition']), /^attachment/, format)
    if (format === 'html') assert.ok(!payload.includes(bad) && !payload.includes('<script>alert'))
  }
})

test('behind a proxy that is trusted the cookie is Secure and TLS is promised; what any other says of itself is nothing', async t => {
  const forwarded = {
    'x-forwarded-proto': 'https',
    'x-forwarded-for': '198.51.100.7',
    origin: 'https://faultline.test',
  }
  const body = { token: server.admin }
  const plain = await new Browser(server).ask('POST', '/api/v1/session', body, forwarded)
  assert.equal(plain.answer.cookies[0]?.name, 'faultline')
  assert.equal(plain.answer.headers['strict-transport-security'], undefined)
  const behind = await testServer('behind', { proxies: ['192.0.2.0/24'] })
  t.after(() => behind.close())
  const browser = new Browser(behind, '192.0.2.9')
  const { answer } = await browser.ask('POST', '/api/v1/session', { token: behind.admin }, forwarded)
  const [cookie] = answer.cookies
  assert.deepEqual([cookie?.name, cookie?.secure, cookie?.domain], ['__Host-faultline', true, undefined])
  assert.match(String(answer.headers['strict-transport-security']), /^max-age=63072000$/)
  const [row] = await behind.store.db.selectFrom('sessions').select('address').execute()
  assert.equal(row?.address, '198.51.100.7')
  const stranger = new Browser(behind, '203.0.113.1')
  const other = await stranger.ask('POST', '/api/v1/session', { token: behind.admin }, forwarded)
  assert.equal(other.answer.cookies[0]?.name, 'faultline')
})

test('two servers of one machine have cookies of their own', () => {
  const named = (host: string, protocol = 'http') => cookieName({ host, protocol } as Parameters<typeof cookieName>[0])
  assert.equal(named('localhost:8787'), 'faultline-8787')
  assert.equal(named('localhost:8788', 'https'), '__Host-faultline-8788')
  assert.equal(named('[::1]'), 'faultline')
})

/** What the server answers to bytes as they are; '' where it only closes. */
const raw = (port: number, text: string) =>
  new Promise<string>(resolve => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    let answer = ''
    socket.on('data', chunk => {
      answer += chunk
    })
    socket.on('close', () => resolve(answer))
    // What was not read when it closed resets the connection; what it said came before.
    socket.on('error', () => {})
    socket.setTimeout(5000, () => socket.destroy())
  })

test('requests that two readers could read in two ways are refused, and who holds the line is let go', async () => {
  await server.app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = server.app.server.address() as { port: number }
  const head = `POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n`
  const bent: [string, string, RegExp][] = [
    ['both lengths', `${head}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, /^HTTP\/1\.1 400/],
    ['two lengths', `${head}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`, /^HTTP\/1\.1 400/],
    ['chunked twice', `${head}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`, /^HTTP\/1\.1 400/],
    ['space before the colon', `${head}Content-Length : 2\r\n\r\n{}`, /^HTTP\/1\.1 400/],
    ['a folded header', `${head}X: a\r\n b\r\nContent-Length: 2\r\n\r\n{}`, /^HTTP\/1\.1 400/],
    ['no host', 'GET /healthz HTTP/1.1\r\n\r\n', /^HTTP\/1\.1 400/],
    ['endless headers', `${head}X: ${'x'.repeat(20_000)}\r\n\r\n`, /^HTTP\/1\.1 431/],
    ['a big body', `${head}Content-Length: 99999999\r\nConnection: close\r\n\r\n{}`, /^HTTP\/1\.1 413/],
  ]
  for (const [what, text, expected] of bent) assert.match(await raw(port, text), expected, what)
  const { headersTimeout, requestTimeout, maxConnections } = server.app.server
  assert.deepEqual([headersTimeout, requestTimeout, maxConnections], [15_000, 300_000, 16_384])
  assert.deepEqual(server.logged, [])
})
