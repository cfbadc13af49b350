import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { scratchFolder } from '../../tests/toolchain.ts'
import { Debuginfod, serversOf } from './debuginfod.ts'

const folder = scratchFolder()
const buildId = 'ab12'.repeat(10)

async function serve<T>(answer: RequestListener, use: (url: string) => Promise<T>): Promise<T> {
  const server = createServer(answer)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

const clientOf = (name: string, ...servers: string[]) =>
  new Debuginfod(servers, { DEBUGINFOD_CACHE_PATH: join(folder, name) })

test('a file is fetched from the first server that has it, once', async () => {
  const asked: string[] = []
  const path = await serve(
    (request, response) => {
      asked.push(request.url!)
      response.end('the debug file')
    },
    url =>
      serve(
        (_, response) => response.writeHead(404).end(),
        async without => {
          const client = clientOf('once', `${without}/`, url)
          const first = await client.fetch(buildId)
          assert.equal(await client.fetch(buildId), first)
          assert.deepEqual(client.problems, [])
          return first
        },
      ),
  )
  assert.equal(path, join(folder, 'once', buildId, 'debuginfo'))
  assert.equal(readFileSync(path!, 'utf8'), 'the debug file')
  assert.deepEqual(asked, [`/buildid/${buildId}/debuginfo`])
})

test('what breaks off leaves nothing behind, and is said', async () => {
  const client = await serve(
    (_, response) => {
      response.writeHead(200, { 'content-length': 100 })
      response.write('half')
      setTimeout(() => response.destroy(), 20)
    },
    async url => {
      const broken = clientOf('broken', url)
      assert.equal(await broken.fetch(buildId), undefined)
      return broken
    },
  )
  assert.equal(client.problems.length, 1)
  assert.deepEqual(readdirSync(join(folder, 'broken', buildId)), [])
})

test('errors of a server, and no server at all', async () => {
  await serve(
    (_, response) => response.writeHead(500).end(),
    async url => {
      const client = clientOf('error', url, 'http://127.0.0.1:9')
      assert.equal(await client.fetch(buildId), undefined)
      assert.match(client.problems[0]!, /answered 500/)
      assert.equal(client.problems.length, 2)
    },
  )
})

test('a build ID that is none asks for nothing', async () => {
  const client = clientOf('none', 'http://127.0.0.1:9')
  for (const text of ['../../etc', '', 'ABCD', 'xyz']) assert.equal(await client.fetch(text), undefined)
  assert.deepEqual(client.problems, [])
  assert.ok(!existsSync(join(folder, 'none')))
})

test('DEBUGINFOD_URLS: blanks between, markers left out', () => {
  assert.deepEqual(serversOf('https://a.example  ima:enforcing http://b.example/'), [
    'https://a.example',
    'http://b.example/',
  ])
  assert.deepEqual(serversOf(undefined), [])
})
