// While something big or strange is taken in, pages are answered.

import assert from 'node:assert/strict'
import { test } from 'node:test'
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
