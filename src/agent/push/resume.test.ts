// Large bundles over lines that break: each byte is sent about once, to a real server through a line that is cut.

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { sampleDraft } from '../../../tests/samples/drafts.ts'
import { tokenFor } from '../../../tests/served-bundles.ts'
import { type RunningServer, serve } from '../../server/serve.ts'
import { Uploads } from '../../server/uploads/uploads.ts'
import { packBundles } from '../bundles/pack.ts'
import { Spool } from '../bundles/spool.ts'
import { type PushEvent, pushBundles } from './push.ts'
import { ask, PushError, sendRest } from './server.ts'
import type { PushState } from './state.ts'

const base = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'faultline-resume-'))
const data = join(base, 'server')
let server: RunningServer
const start = async (): Promise<void> => {
  server = await serve({ data, host: '127.0.0.1', port: 0, version: 'test', log: () => {} })
}
const owner = () => ({ url: server.url, token: readFileSync(server.tokenFile, 'utf8').trim() })
before(start)
after(async () => {
  await server.close()
  rmSync(base, { recursive: true })
})

/** Passes connections on, and cuts each after so many bytes towards the server. */
class Line {
  cutAfter = Number.POSITIVE_INFINITY
  bytes = 0
  cuts = 0
  readonly #listener = createServer(from => this.#pass(from))

  async open(): Promise<string> {
    this.#listener.listen(0, '127.0.0.1')
    await once(this.#listener, 'listening')
    return `http://127.0.0.1:${(this.#listener.address() as AddressInfo).port}/`
  }

  #pass(from: Socket): void {
    const to = connect(Number(new URL(server.url).port), '127.0.0.1')
    let passed = 0
    from.on('data', piece => {
      passed += piece.length
      this.bytes += piece.length
      to.write(piece)
      if (passed < this.cutAfter) return
      this.cuts++
      // What was passed on arrives, and then nothing more.
      setTimeout(() => to.destroy(), 20)
      from.destroy()
    })
    to.pipe(from)
    for (const [socket, other] of [
      [from, to],
      [to, from],
    ] as const) {
      socket.on('error', () => {})
      if (socket === to) socket.on('close', () => other.destroy())
    }
    from.on('end', () => to.end())
  }

  close(): void {
    this.#listener.close()
  }
}

async function until(met: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000
  while (!met()) {
    assert.ok(performance.now() < deadline, `not within 10 s: ${met}`)
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}

const kept = (): string[] => (existsSync(join(data, 'uploads')) ? readdirSync(join(data, 'uploads')) : [])

const keptBytes = (): number => kept().reduce((sum, name) => sum + statSync(join(data, 'uploads', name)).size, 0)

test('a large bundle goes on where its line was cut, also after the server began anew', async () => {
  const spool = await Spool.open(join(base, 'spool'))
  const { name } = await spool.write(sampleDraft({ context: randomBytes(3_000_000) }))
  const line = new Line()
  const url = await line.open()
  const token = await tokenFor(owner(), 'board')
  const state: PushState = { schema: 'faultline.server/1', url, host: 'board', token, sent: {} }
  const events: string[] = []
  const push = async (tries: number) =>
    pushBundles({
      spool,
      data: base,
      state,
      tries,
      told: (event: PushEvent) => {
        events.push(event.what)
        if (events.length === 2) line.cutAfter = Number.POSITIVE_INFINITY
      },
    })
  line.cutAfter = 1_000_000
  await assert.rejects(push(1), (error: unknown) => error instanceof PushError && error.when === 'later')
  assert.equal(line.cuts, 1)
  const size = keptBytes()
  assert.ok(size > 500_000 && size <= 1_000_000, `${size} bytes stayed`)
  await server.close()
  await start()
  await push(5)
  assert.deepEqual(events, ['waiting', 'taken'])
  assert.ok(line.bytes > 3_000_000 && line.bytes < 3_600_000, `${line.bytes} bytes were sent`)
  assert.deepEqual(kept(), [])
  assert.ok(state.sent[name] !== undefined)
  line.close()
  await spool.close()
})

async function whole(folder: string, seed: number): Promise<Buffer> {
  const spool = await Spool.open(join(base, folder))
  const { name } = await spool.write(
    sampleDraft({ context: randomBytes(100_000) }, { sequence: { first: seed, last: seed } }),
  )
  const pieces: Uint8Array[] = []
  for await (const piece of packBundles(spool, [name], [], 'zst')) pieces.push(piece.slice())
  await spool.close()
  return Buffer.concat(pieces)
}

const inPieces = async function* (bytes: Uint8Array, step = 10_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += step) yield bytes.subarray(at, at + step)
}

test('what came before and is of another archive is given up, and the archive sent whole', async () => {
  const token = await tokenFor(owner(), 'other')
  const archive = await whole('changed', 500)
  const key = 'ab'.repeat(16)
  const at = { url: server.url, token }
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield archive.subarray(0, 40_000).map(each => each ^ 1)
    await until(() => keptBytes() === 40_000)
    throw new Error('cut')
  }
  await assert.rejects(sendRest(at, key, broken))
  assert.equal(kept().length, 1)
  const headers = { authorization: `Bearer ${token}` }
  const stays = async (): Promise<unknown> =>
    (await ask(new URL(`/api/v1/uploads/${key}`, server.url), { headers })) as unknown
  assert.deepEqual(await stays(), { offset: 40_000 })
  // Another host has nothing of it, whatever it asks.
  const stranger = await tokenFor(owner(), 'stranger')
  const theirs = { headers: { authorization: `Bearer ${stranger}` } }
  assert.deepEqual(await ask(new URL(`/api/v1/uploads/${key}`, server.url), theirs), { offset: 0 })

  const patch = async (offset: number, body: Buffer) =>
    fetch(`${server.url}api/v1/uploads/${key}?offset=${offset}`, {
      method: 'PATCH',
      headers: { ...headers, 'content-type': 'application/zstd' },
      body: new Uint8Array(body),
    })
  assert.equal((await patch(39_999, archive)).status, 416)
  assert.deepEqual(await stays(), { offset: 40_000 })
  await assert.rejects(
    sendRest(at, key, () => inPieces(archive)),
    (error: unknown) => error instanceof PushError && error.when === 'later' && (error.afterMs ?? 0) < 1000,
  )
  assert.deepEqual(kept(), [])
  assert.deepEqual((await sendRest(at, key, () => inPieces(archive))).what, ['taken'])
  assert.deepEqual((await sendRest(at, key, () => inPieces(archive))).what, ['known'])
  assert.equal((await patch(0, Buffer.from('no archive'.repeat(1000)))).status, 422)
  assert.deepEqual(kept(), [])
  for (const wrong of ['..%2fx', 'short', 'G'.repeat(32)]) {
    const answer = await fetch(`${server.url}api/v1/uploads/${wrong}?offset=0`, { method: 'PATCH', headers })
    assert.ok([400, 404].includes(answer.status), `${wrong}: ${answer.status}`)
  }
})

test('two requests for one archive: the later one has it', async () => {
  const token = await tokenFor(owner(), 'twice')
  const archive = await whole('twice', 700)
  const key = 'cd'.repeat(16)
  const at = { url: server.url, token }
  async function* hanging(): AsyncGenerator<Uint8Array> {
    yield archive.subarray(0, 50_000)
    await new Promise(() => {})
  }
  const first = sendRest(at, key, hanging).catch((error: unknown) => error)
  await until(() => keptBytes() === 50_000)
  assert.deepEqual((await sendRest(at, key, () => inPieces(archive))).what, ['taken'])
  assert.ok((await first) instanceof PushError)
  assert.deepEqual(kept(), [])
})

test('what nobody goes on with is bounded: by its age, by host, in all', async () => {
  const folder = join(base, 'bounds')
  const uploads = new Uploads(folder, { ofOneHost: 2, bytes: 250 })
  const add = (hostId: string, key: string, bytes: number) =>
    uploads
      .finish(
        {
          ...{ hostId, key, offset: 0, cancel: () => {} },
          body: (async function* () {
            yield Buffer.alloc(bytes)
            throw new Error('cut')
          })(),
        },
        async () => assert.fail('it is not whole'),
        () => true,
      )
      .catch(() => {})
  const there = (): string[] => readdirSync(folder).sort()
  for (const key of ['1', '2', '3']) {
    await add('a', key, 50)
    // Their order is that of the clock.
    utimesSync(join(folder, `a-${key}`), Date.now() / 1000 - 10 + Number(key), Date.now() / 1000 - 10 + Number(key))
  }
  assert.deepEqual(there(), ['a-2', 'a-3'])
  await add('b', '1', 200)
  await add('c', '1', 10)
  assert.deepEqual(there(), ['a-3', 'b-1', 'c-1'])
  const old = (Date.now() - 4 * 24 * 60 * 60 * 1000) / 1000
  writeFileSync(join(folder, 'd-1'), 'x')
  utimesSync(join(folder, 'd-1'), old, old)
  await add('c', '2', 1)
  assert.ok(!there().includes('d-1'))
})
