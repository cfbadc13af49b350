// While something big or strange is taken in, pages are answered.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { sampleDraft, sampleLog } from '../../../tests/samples/drafts.ts'
import { testServer } from '../../../tests/server-app.ts'
import { BundleIntake } from '../intake/bundle.ts'
import { Threads } from '../threads/pool.ts'

/** Tells when a job has come to a thread. */
class Watched extends Threads {
  began: () => void = () => {}

  override converse: Threads['converse'] = (...job) => {
    const done = super.converse(...job)
    this.began()
    return done
  }
}

const line = '[   10.000000] usb 1-1: new high-speed USB device number 2 using xhci_hcd\n'
const strange = { ...sampleDraft().report, kind: 'kind-of-the-future' } as never
/** Its report is not believed, so all of it is decoded. */
const big = sampleDraft({
  report: strange,
  excerpt: Buffer.from(line.repeat(100_000) + sampleLog),
})

test('a page is answered before a bundle that was there first and takes long', async context => {
  const threads = new Watched({ most: 1 })
  const server = await testServer('busy', store => ({ bundles: new BundleIntake(store, threads) }))
  context.after(() => server.close())
  const token = await server.enrolled('board')
  const bytes = await server.archive('spool', [big])
  const answered: string[] = []
  const page = new Promise<number>((resolve, reject) => {
    threads.began = () => {
      server.ask('GET', '/api/v1/issues').then(({ status }) => {
        answered.push('page')
        resolve(status)
      }, reject)
    }
  })
  const bundle = server.send(bytes, token).then(answer => {
    answered.push('bundle')
    return answer
  })
  assert.equal(await page, 200)
  assert.equal((await bundle).status, 200)
  assert.deepEqual(answered, ['page', 'bundle'])
})

test('who breaks off in the middle of an upload leaves the thread to the next', async context => {
  const threads = new Watched({ most: 1 })
  const server = await testServer('aborted', store => ({ bundles: new BundleIntake(store, threads) }))
  context.after(() => server.close())
  const { port } = new URL(await server.app.listen({ host: '127.0.0.1', port: 0 }))
  const [token, other] = [await server.enrolled('broken'), await server.enrolled('whole')]
  const bytes = await server.archive('spool-broken', [big], 'tar')
  const began = new Promise<void>(resolve => {
    threads.began = resolve
  })
  const socket = connect(Number(port), '127.0.0.1')
  await once(socket, 'connect')
  const head = `POST /api/v1/bundles HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n`
  socket.write(`${head}Content-Type: application/x-tar\r\nContent-Length: ${bytes.length}\r\n\r\n`)
  socket.write(bytes.subarray(0, bytes.length / 2))
  await began
  await sleep(50)
  socket.destroy()
  const answer = await server.send(await server.archive('spool-whole', [sampleDraft()]), other)
  assert.equal(answer.status, 200)
  const { bundles } = await server.rowsOf()
  assert.equal(bundles, 1)
  assert.deepEqual(server.logged, [])
})
