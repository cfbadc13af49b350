// The server as it is started: the owner's token, TLS, and uploads that break off.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync, statSync } from 'node:fs'
import type { IncomingHttpHeaders } from 'node:http'
import { get } from 'node:https'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { sampleLog } from '../../tests/samples/drafts.ts'
import { newFolder } from '../../tests/server-app.ts'
import { serve } from './serve.ts'

const base = newFolder('serve')
after(() => rmSync(base, { recursive: true }))

test('the server keeps its owner’s token in a file for the owner alone; without the file there is another', async () => {
  const data = join(base, 'served')
  const options = { data, host: '127.0.0.1', port: 0, version: 'test', log: () => {} }
  const status = async (url: string, token: string) =>
    (await fetch(`${url}api/v1/issues`, { headers: { authorization: `Bearer ${token}` } })).status
  const first = await serve(options)
  const token = readFileSync(first.tokenFile, 'utf8').trim()
  assert.equal(statSync(first.tokenFile).mode & 0o777, 0o600)
  assert.equal(await status(first.url, token), 200)
  await first.close()
  const second = await serve(options)
  assert.equal(await status(second.url, token), 200)
  await second.close()
  rmSync(second.tokenFile)
  const third = await serve(options)
  assert.equal(await status(third.url, token), 401)
  assert.equal(await status(third.url, readFileSync(third.tokenFile, 'utf8').trim()), 200)
  await third.close()
})

test('a port that is taken: nothing of the server goes on', async context => {
  const said: string[] = []
  const options = { host: '127.0.0.1', version: 'test', log: (message: string) => said.push(message) }
  const other = createServer().listen(0, '127.0.0.1')
  context.after(() => other.close())
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  // Its timers would fire with the store closed.
  context.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
  await assert.rejects(serve({ ...options, data: join(base, 'taken'), port }), { code: 'EADDRINUSE' })
  context.mock.timers.tick(2 * 60 * 60 * 1000)
  await new Promise(resolve => setImmediate(resolve))
  context.mock.timers.reset()
  await sleep(50)
  assert.deepEqual(said, [])
})

test('HTTPS with the certificate that is given', async t => {
  const [cert, key] = [join(base, 'cert.pem'), join(base, 'key.pem')]
  const words = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1']
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert]
  const made = spawnSync('openssl', [...words, ...names])
  if (made.status !== 0) return t.skip('openssl is not there to make a certificate')
  const tls = { cert: readFileSync(cert), key: readFileSync(key) }
  const server = await serve({
    data: join(base, 'tls'),
    host: '127.0.0.1',
    port: 0,
    version: 'test',
    tls,
    log: () => {},
  })
  assert.match(server.url, /^https:/)
  const said = await new Promise<IncomingHttpHeaders>((resolve, reject) => {
    get(`${server.url}healthz`, { ca: tls.cert }, answer => {
      assert.equal(answer.resume().statusCode, 200)
      resolve(answer.headers)
    }).on('error', reject)
  })
  assert.match(said['strict-transport-security'] ?? '', /^max-age=63072000$/)
  await server.close()
})

test('an upload that breaks off is nothing, and no fault of the server', async () => {
  const faults: string[] = []
  const options = { data: join(base, 'broken'), host: '127.0.0.1', port: 0, version: 'test' }
  const server = await serve({ ...options, log: message => faults.push(message) })
  const token = readFileSync(server.tokenFile, 'utf8').trim()
  const bytes = gzipSync(Buffer.from(sampleLog))
  for (const path of ['/api/v1/logs', '/api/v1/bundles']) {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
    socket.on('error', () => {})
    const head = [
      `POST ${path} HTTP/1.1`,
      'Host: x',
      `Authorization: Bearer ${token}`,
      'Content-Type: text/plain',
      'Content-Length: 100000',
    ]
    socket.write(`${head.join('\r\n')}\r\n\r\n`)
    socket.write(bytes)
    await sleep(50)
    socket.destroy()
  }
  await sleep(50)
  const answer = await fetch(`${server.url}api/v1/issues`, { headers: { authorization: `Bearer ${token}` } })
  assert.deepEqual(await answer.json(), { issues: [] })
  await server.close()
  assert.deepEqual(faults, [])
})
