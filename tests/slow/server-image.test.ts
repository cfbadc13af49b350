// Debian's kernel image, uploaded: a report of that kernel is shown with the whole function it failed in, what differs in
// the log's bytes, and the member that the address is. Fetched when it can be; skipped and said otherwise.

import assert from 'node:assert/strict'
import { globSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { dependency, fetchPackage } from '../../lab/packages.ts'
import { imageSymbols } from '../../src/node/symbol-sources.ts'
import { testServer } from '../server-app.ts'
import { skipUnavailable } from '../skip-unavailable.ts'

/** The image, and the sizes of functions in it. */
async function debianImage() {
  const { folder } = await fetchPackage('amd64', await dependency('amd64', 'linux-image-amd64', 'linux-image-6.1'))
  const path = globSync(join(folder, 'boot/vmlinuz-*'))[0]!
  const { table, release } = await imageSymbols(path, { XDG_CACHE_HOME: cache })
  const sizeOf = (name: string): number => table.sizeOf(table.named(name)[0]!)!
  return { path, release: release!, sizeOf }
}

const server = await testServer('image')
const cache = join(server.base, 'cache')
after(async () => {
  await server.app.close()
  await server.store.close()
  rmSync(server.base, { recursive: true })
})

test('a report is shown with the function it failed in, by the image of its kernel', async context => {
  const image = await debianImage().catch((error: unknown) => skipUnavailable(context, error))
  if (image === undefined) return
  const { release, sizeOf } = image
  const { answer } = await server.send(
    Buffer.from(`[    9.000001] BUG: kernel NULL pointer dereference, address: 0000000000000028
[    9.000002] #PF: supervisor read access in kernel mode
[    9.000003] Oops: 0000 [#1] PREEMPT SMP NOPTI
[    9.000004] CPU: 0 PID: 77 Comm: sh Not tainted ${release} #1
[    9.000005] RIP: 0010:vfs_read+0x10/0x${sizeOf('vfs_read').toString(16)}
[    9.000006] Call Trace:
[    9.000007]  <TASK>
[    9.000008]  ksys_read+0x6b/0x${sizeOf('ksys_read').toString(16)}
[    9.000009]  </TASK>
[    9.000010] ---[ end trace 0000000000000000 ]---
`),
    server.admin,
    '/api/v1/logs?host=board',
    'text/plain',
  )
  const id = answer.json().reports[0].reportId
  const shown = async () => (await server.ask('GET', `/api/v1/reports/${id}`)).json['report']
  assert.equal((await shown()).disassembly, undefined)

  const name = `vmlinuz-${release}`
  const taken = await server.send(readFileSync(image.path), server.admin, `/api/v1/symbols?name=${name}`)
  assert.equal(taken.status, 200, JSON.stringify(taken.json))
  const until = performance.now() + 60_000
  while ((await server.ask('GET', '/api/v1/symbols')).json['files'][0].state !== 'ready') {
    assert.ok(performance.now() < until, 'the image is not read')
    await sleep(100)
  }
  const report = await shown()
  assert.equal(report.disassembly?.symbol, 'vfs_read')
  assert.equal(report.disassembly.file, name, 'the path on the server is nobody’s business')
  assert.ok(report.disassembly.rows.length > 20)
  const member = report.findings.find(({ what }: { what: string }) => what.includes('The member at 0x28'))
  assert.match(member?.what ?? '', /file->f_\w+/)
  assert.match(member.because, new RegExp(name))
  const again = await shown()
  assert.deepEqual(again, report, 'a second look says the same, once')
  const { answer: page } = await server.ask('GET', `/api/v1/reports/${id}/html`)
  assert.match(page.body, /Function vfs_read, as vmlinuz-/)
})
