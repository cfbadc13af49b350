// Uploads of somebody who means harm, and requests of somebody who tries what happens.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { sampleDraft } from '../../../tests/samples/drafts.ts'
import { type TestServer, testServer } from '../../../tests/server-app.ts'
import { TAR_BLOCK_BYTES, writeTarHeader } from '../../core/formats/tar.ts'

let server: TestServer
let { ask, send, enrolled, archive, rowsOf } = {} as TestServer
before(async () => {
  server = await testServer('hostile')
  ;({ ask, send, enrolled, archive, rowsOf } = server)
})
after(() => server.close())

/** A tar with these files. */
function tarOf(files: readonly [string, string | Uint8Array][]): Buffer {
  const pieces = files.flatMap(([name, content]) => {
    const bytes = Buffer.from(content)
    return [
      writeTarHeader(name, bytes.length, 0),
      bytes,
      Buffer.alloc((TAR_BLOCK_BYTES - (bytes.length % TAR_BLOCK_BYTES)) % TAR_BLOCK_BYTES),
    ]
  })
  return Buffer.concat([...pieces, Buffer.alloc(2 * TAR_BLOCK_BYTES)])
}

test('what is tampered with, too big, a bomb, a path out or no archive is refused in words and leaves nothing', async () => {
  const token = await enrolled('hostile')
  const whole = await archive('spool-hostile', [sampleDraft()], 'tar')
  const tampered = Buffer.from(whole)
  tampered.write('X', tampered.indexOf('Call Trace'))
  const name = '20261129T060416Z-1f0c9a3e-000001-null-dereference'
  const cases: [string, Uint8Array, number, RegExp][] = [
    ['tampered', tampered, 422, /not as it was written/],
    ['cut', whole.subarray(0, whole.length / 2), 422, /ends inside|lacks|no sha256sums|cannot be/],
    ['cut when packed', gzipSync(whole).subarray(0, 900), 422, /./],
    ['path out', tarOf([[`${name}/../../etc/passwd`, 'x']]), 422, /no file of a bundle/],
    ['absolute', tarOf([['/etc/passwd', 'x']]), 422, /no file of a bundle/],
    ['no archive', Buffer.from('hello'.repeat(1000)), 422, /tar header/],
    ['empty', Buffer.alloc(0), 422, /no bundle/],
    ['no sums', tarOf([[`${name}/report.json`, '{}']]), 422, /sha256sums/],
    ['bomb', gzipSync(Buffer.alloc(300 * 1024 * 1024)), 422, /no bundle/],
    ['big file', gzipSync(Buffer.concat([writeTarHeader(`${name}/excerpt.log`, 80 * 1024 * 1024, 0)])), 413, /bytes/],
  ]
  const before = await rowsOf()
  for (const [what, bytes, status, words] of cases) {
    const answer = await send(bytes, token)
    assert.equal(answer.status, status, `${what}: ${JSON.stringify(answer.json)}`)
    assert.match(answer.json['error'], words, what)
    assert.equal(answer.answer.headers['connection'], 'close')
  }
  assert.deepEqual(await rowsOf(), before)
  assert.equal((await send(whole, token, '/api/v1/bundles', 'text/html')).status, 415)
  assert.equal((await send(whole, token)).status, 200)
})

test('no request makes the server fail', async () => {
  const token = await enrolled('fuzz')
  const known = server.logged.length
  const whole = await archive('spool-fuzz', [sampleDraft()], 'zst')
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
      async changes => {
        const bytes = Buffer.from(whole)
        for (const [at, value] of changes) bytes[at] = value
        assert.ok([200, 409, 413, 422].includes((await send(bytes, token)).status))
      },
    ),
    { numRuns: 60 },
  )
  await fc.assert(
    fc.asyncProperty(fc.webPath(), fc.webQueryParameters(), async (path, query) => {
      assert.ok((await ask('GET', `/api/v1/issues${path.slice(0, 100)}?${query}`)).status < 500)
    }),
    { numRuns: 60 },
  )
  assert.equal(server.logged.length, known)
})
