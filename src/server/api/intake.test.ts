// What hosts and people send: it arrives once and is durable, what is wrong is refused in words and leaves nothing, nobody
// writes what is not theirs.

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { sql } from 'kysely'
import { sampleDraft, sampleLog } from '../../../tests/samples/drafts.ts'
import { type Json, type TestServer, testServer } from '../../../tests/server-app.ts'
import type { Packing } from '../../agent/bundles/pack.ts'
import { Spool } from '../../agent/bundles/spool.ts'
import { decodeBytes } from '../../core/decoder.ts'

let server: TestServer
let { ask, send, enrolled, archive, rowsOf } = {} as TestServer
before(async () => {
  server = await testServer('intake')
  ;({ ask, send, enrolled, archive, rowsOf } = server)
})
after(() => server.close())

test('a host enrols with a code that works once, for its name, in time', async () => {
  const { json } = await ask('POST', '/api/v1/enrolments', { host: 'board' })
  const code = json['code']
  assert.equal((await ask('POST', '/api/v1/enrol', { code, host: 'other' }, '')).status, 403)
  assert.equal((await ask('POST', '/api/v1/enrol', { code, host: 'board' }, '')).status, 200)
  assert.equal((await ask('POST', '/api/v1/enrol', { code, host: 'board' }, '')).status, 403)
  assert.equal((await ask('POST', '/api/v1/enrol', { code: 'guess', host: 'board' }, '')).status, 403)
  const old = (await ask('POST', '/api/v1/enrolments', {})).json['code']
  await server.store.db.updateTable('enrolments').set({ expires_at: 1 }).where('used_at', 'is', null).execute()
  assert.equal((await ask('POST', '/api/v1/enrol', { code: old, host: 'late' }, '')).status, 403)
  assert.equal((await ask('POST', '/api/v1/enrol', { code, host: 'a\u202eb' }, '')).status, 400)
})

test('a host’s token sends and does nothing else; changed or revoked it opens nothing', async () => {
  const token = await enrolled('narrow')
  for (const url of ['/api/v1/issues', '/api/v1/hosts', '/api/v1/reports/x']) {
    assert.equal((await ask('GET', url, undefined, token)).status, 403, url)
    assert.equal((await ask('GET', url, undefined, '')).status, 401, url)
    assert.equal((await ask('GET', url, undefined, 'wrong')).status, 401, url)
  }
  assert.equal((await ask('POST', '/api/v1/enrolments', {}, token)).status, 403)
  assert.equal((await send(Buffer.from(sampleLog), token, '/api/v1/logs', 'text/plain')).status, 403)
  assert.equal((await send(Buffer.alloc(0), server.admin)).status, 403)
  const rotated = await ask('POST', '/api/v1/token/rotate', undefined, token)
  assert.equal(rotated.status, 200)
  assert.equal((await ask('POST', '/api/v1/token/rotate', undefined, token)).status, 401)
  assert.equal((await ask('DELETE', `/api/v1/hosts/${rotated.json['hostId']}/token`)).status, 204)
  assert.equal((await ask('POST', '/api/v1/token/rotate', undefined, rotated.json['token'])).status, 401)
})

for (const packing of ['zst', 'gz', 'tar'] as Packing[]) {
  test(`bundles as ${packing} arrive whole and once; what is added to one later is added`, async () => {
    const token = await enrolled(`host-${packing}`)
    const origin = { host: `host-${packing}` }
    const bytes = await archive(
      `spool-${packing}`,
      [sampleDraft({}, origin), sampleDraft({}, { ...origin, sequence: { first: 5, last: 9 } })],
      packing,
    )
    const first = await send(bytes, token)
    assert.equal(first.status, 200, JSON.stringify(first.json))
    assert.deepEqual(
      first.json['bundles'].map((each: Json) => each['what']),
      ['taken', 'taken'],
    )
    const before = await rowsOf()
    const again = await send(bytes, token)
    assert.deepEqual(
      again.json['bundles'].map((each: Json) => each['what']),
      ['known', 'known'],
    )
    assert.deepEqual(await rowsOf(), before)
    const more = await send(await archive(`spool-${packing}`, [], packing), token)
    assert.deepEqual(
      more.json['bundles'].map((each: Json) => each['what']),
      ['known', 'known'],
    )
    const { reportId } = first.json['bundles'][0]['filed']
    const { json } = await ask('GET', `/api/v1/reports/${reportId}`)
    assert.equal(json['host'].name, `host-${packing}`)
    assert.equal(json['at'], Date.parse('2026-11-29T06:04:16.000Z'))
    assert.ok(json['evidence'].some((each: Json) => each['path'] === 'excerpt.log'))
    const file = await ask('GET', `/api/v1/reports/${reportId}/evidence/excerpt.log`)
    assert.equal(file.answer.payload, sampleLog)
    assert.equal(file.answer.headers['content-disposition'], 'attachment')
    for (const path of ['../admin-token', '..%2f..%2flock', 'nothing']) {
      assert.equal((await ask('GET', `/api/v1/reports/${reportId}/evidence/${path}`)).status, 404)
    }
  })
}

test('evidence that came after the reboot completes a bundle, and its report is then the one shown', async () => {
  const token = await enrolled('later')
  const first = await send(await archive('spool-later', [sampleDraft({}, { host: 'later' })]), token)
  const spool = await Spool.open(join(server.base, 'spool-later'))
  const name = first.json['bundles'][0]['name']
  const [report] = decodeBytes(Buffer.from(sampleLog.replace('Oops: 0000', 'Oops: 0002')))
  await spool.attach(name, { label: 'pstore', files: [{ name: 'part', bytes: Buffer.from('x') }], report: report! })
  await spool.close()
  const more = await send(await archive('spool-later', []), token)
  assert.equal(more.json['bundles'][0]['what'], 'completed')
  const { json } = await ask('GET', `/api/v1/reports/${first.json['bundles'][0]['filed'].reportId}`)
  assert.ok(json['evidence'].some((each: Json) => each['path'] === 'evidence-1-pstore/part'))
  assert.equal(json['report'].text.includes('Oops: 0002'), true)
})

test('two hosts with a bundle of one name are two; a host writes to no other’s row', async () => {
  const [one, two] = [await enrolled('left'), await enrolled('right')]
  const bytes = await archive('spool-both', [sampleDraft({}, { host: 'left' })])
  const left = await send(bytes, one)
  const right = await send(bytes, two)
  assert.equal(right.json['bundles'][0]['what'], 'taken')
  const { json: mine } = await ask('GET', `/api/v1/reports/${left.json['bundles'][0]['filed'].reportId}`)
  const { json: theirs } = await ask('GET', `/api/v1/reports/${right.json['bundles'][0]['filed'].reportId}`)
  assert.equal(theirs['host'].name, 'left')
  assert.notEqual(theirs['host'].id, mine['host'].id)
  const { json: host } = await ask('GET', `/api/v1/hosts/${mine['host'].id}`)
  assert.equal(host['reports'], 1)
  assert.equal(host['boots'].length, 1)
  assert.ok((await ask('GET', `/api/v1/hosts/${theirs['host'].id}`)).json['via'])
})

test('a host that has another name with the server than in its bundles is one', async () => {
  const token = await enrolled('rack-7')
  const bytes = await archive('spool-self', [sampleDraft({}, { host: '(none)' })])
  const { json } = await send(bytes, token, `/api/v1/bundles?self=${encodeURIComponent('(none)')}`)
  const { json: report } = await ask('GET', `/api/v1/reports/${json['bundles'][0]['filed'].reportId}`)
  assert.equal(report['host'].name, 'rack-7')
})

test('another bundle of a known name is refused and the first stays', async () => {
  const token = await enrolled('twice')
  const draft = sampleDraft({}, { host: 'twice' })
  assert.equal((await send(await archive('spool-twice', [draft]), token)).status, 200)
  const other = sampleDraft({ excerpt: Buffer.from(`${sampleLog}more\n`) }, { host: 'twice' })
  const before = await rowsOf()
  const answer = await send(await archive('spool-twice-other', [other]), token)
  assert.equal(answer.status, 409, JSON.stringify(answer.json))
  assert.deepEqual(await rowsOf(), before)
})

test('a report that does not fit the schema is decoded here from its excerpt', async () => {
  const token = await enrolled('newer')
  const strange = { ...sampleDraft().report, kind: 'kind-of-the-future', title: 'x', fingerprint: 'y' } as never
  const answer = await send(await archive('spool-newer', [sampleDraft({ report: strange }, { host: 'newer' })]), token)
  assert.equal(answer.status, 200, JSON.stringify(answer.json))
  const { json } = await ask('GET', `/api/v1/reports/${answer.json['bundles'][0]['filed'].reportId}`)
  const long = { ...sampleDraft().report, title: `${'x'.repeat(100_000)} in foo` }
  const draft = sampleDraft({ report: long }, { host: 'newer', sequence: { first: 7, last: 8 } })
  const other = await send(await archive('spool-newer-long', [draft]), await enrolled('newer-long'))
  const { json: cut } = await ask('GET', `/api/v1/reports/${other.json['bundles'][0]['filed'].reportId}`)
  assert.equal(cut['title'], sampleDraft().report.title)
  assert.equal(json['kind'], 'null-dereference')
  assert.equal(json['fingerprint'], sampleDraft().report.fingerprint)
})

test('a pasted log is filed once; one that says nothing is not kept', async () => {
  const log = Buffer.from(sampleLog.replaceAll('fl_read', 'pasted_one') + sampleLog.replaceAll('fl_read', 'pasted_two'))
  const first = await send(gzipSync(log), server.admin, '/api/v1/logs?host=lab', 'text/plain')
  assert.equal(first.status, 200, JSON.stringify(first.json))
  assert.equal(first.json['reports'].length, 2)
  const again = await send(gzipSync(log), server.admin, '/api/v1/logs?host=lab', 'text/plain')
  assert.deepEqual([again.json['what'], again.json['reports'].length], ['known', 2])
  const { json } = await ask('GET', '/api/v1/issues?query=pasted_tw')
  assert.deepEqual(
    json['issues'].map((each: Json) => each['title']),
    ['BUG: unable to handle kernel NULL pointer dereference in pasted_two'],
  )
  assert.equal((await send(Buffer.from('all is well\n'), server.admin, '/api/v1/logs', 'text/plain')).status, 422)
  assert.equal((await send(Buffer.alloc(0), server.admin, '/api/v1/logs', 'text/plain')).status, 422)
})

test('a full disk is 507 with when to come back, nothing is taken, and then it is', async () => {
  const token = await enrolled('full')
  const bytes = await archive('spool-full', [sampleDraft({}, { host: 'full' })])
  const before = await rowsOf()
  const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(server.store.db)
  await sql`pragma max_page_count = ${sql.lit(rows[0]!.page_count)}`.execute(server.store.db)
  // The free pages of the file are still there to be used up.
  const large = { ...sampleDraft().report, text: 'x'.repeat(2_000_000) }
  const big = await archive('spool-full-big', [sampleDraft({ report: large }, { host: 'full' })])
  const refused = await send(big, token)
  assert.equal(refused.status, 507, JSON.stringify(refused.json))
  assert.match(refused.json['error'], /Free some space/)
  assert.ok(refused.answer.headers['retry-after'])
  assert.deepEqual(await rowsOf(), before)
  await sql`pragma max_page_count = 10000000`.execute(server.store.db)
  assert.equal((await send(big, token)).status, 200)
  assert.equal((await send(bytes, token)).status, 409)
  const { hold } = server.store.blobs
  server.store.blobs.hold = async () => {
    throw Object.assign(new Error('no space'), { code: 'ENOSPC' })
  }
  const other = await archive('spool-full-2', [
    sampleDraft({}, { host: 'full', sequence: { first: 3, last: 4 }, capturedAt: '2026-11-29T07:00:00.000Z' }),
  ])
  assert.equal((await send(other, token)).status, 507)
  server.store.blobs.hold = hold
  assert.equal((await send(other, token)).status, 200)
})
