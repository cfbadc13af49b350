// The server over HTTP: what hosts send arrives once and is durable, what is wrong is refused in words and leaves nothing,
// nobody does what is not theirs, and every answer is as the OpenAPI document says.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { get } from 'node:https'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { Ajv } from 'ajv'
import fc from 'fast-check'
import { sql } from 'kysely'
import { sampleDraft, sampleLog } from '../../../tests/samples/drafts.ts'
import { type Packing, packBundles } from '../../agent/bundles/pack.ts'
import { Spool } from '../../agent/bundles/spool.ts'
import { decodeBytes } from '../../core/decoder.ts'
import { TAR_BLOCK_BYTES, writeTarHeader } from '../../core/formats/tar.ts'
import { newAdminToken } from '../intake/tokens.ts'
import { serve } from '../serve.ts'
import { openStore, type Store } from '../store/store.ts'
import { buildApp } from './app.ts'

const base = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'faultline-api-'))
let store: Store
let app: Awaited<ReturnType<typeof buildApp>>
let admin: string
const logged: string[] = []
before(async () => {
  store = await openStore(join(base, 'data'))
  app = await buildApp({ store, version: 'test', log: message => logged.push(message) })
  admin = await newAdminToken(store)
})
after(async () => {
  await app.close()
  await store.close()
  rmSync(base, { recursive: true })
})

// biome-ignore lint/suspicious/noExplicitAny: answers are looked at as they come, also wrong ones
type Json = Record<string, any>

async function ask(method: 'GET' | 'POST' | 'DELETE', url: string, body?: Json, token = admin) {
  const headers = token === '' ? {} : { authorization: `Bearer ${token}` }
  const answer = await app.inject({ method, url, headers, ...(body === undefined ? {} : { payload: body }) })
  const json: Json = answer.headers['content-type']?.startsWith('application/json') ? answer.json() : {}
  return { status: answer.statusCode, json, answer }
}

async function send(bytes: Uint8Array, token: string, url = '/api/v1/bundles', type = 'application/octet-stream') {
  const headers = { authorization: `Bearer ${token}`, 'content-type': type }
  const answer = await app.inject({ method: 'POST', url, headers, payload: Buffer.from(bytes) })
  return { status: answer.statusCode, json: answer.json() as Json, answer }
}

async function enrolled(host: string): Promise<string> {
  const { json } = await ask('POST', '/api/v1/enrolments', { host })
  const { status, json: got } = await ask('POST', '/api/v1/enrol', { code: json['code'], host }, '')
  assert.equal(status, 200)
  return got['token']
}

/** An archive of a spool with these drafts, as `bundles export` makes it. */
async function archive(name: string, drafts: Parameters<Spool['write']>[0][], packing: Packing = 'zst') {
  const spool = await Spool.open(join(base, name))
  const names: string[] = []
  for (const draft of drafts) names.push((await spool.write(draft)).name)
  const all = (await spool.list()).map(each => each.name)
  const pieces: Uint8Array[] = []
  for await (const piece of packBundles(spool, all, [], packing)) pieces.push(piece.slice())
  await spool.close()
  return Buffer.concat(pieces)
}

async function rowsOf(): Promise<Json> {
  const count = async (table: string) =>
    (await sql<{ n: number }>`select count(*) as n from ${sql.table(table)}`.execute(store.db)).rows[0]!.n
  const tables = [
    'bundles',
    'evidence',
    'reports',
    'report_bodies',
    'issues',
    'issue_keys',
    'rollups',
    'hosts',
    'boots',
  ]
  return Object.fromEntries(await Promise.all(tables.map(async table => [table, await count(table)])))
}

test('a host enrols with a code that works once, for its name, in time', async () => {
  const { json } = await ask('POST', '/api/v1/enrolments', { host: 'board' })
  const code = json['code']
  assert.equal((await ask('POST', '/api/v1/enrol', { code, host: 'other' }, '')).status, 403)
  assert.equal((await ask('POST', '/api/v1/enrol', { code, host: 'board' }, '')).status, 200)
  assert.equal((await ask('POST', '/api/v1/enrol', { code, host: 'board' }, '')).status, 403)
  assert.equal((await ask('POST', '/api/v1/enrol', { code: 'guess', host: 'board' }, '')).status, 403)
  const old = (await ask('POST', '/api/v1/enrolments', {})).json['code']
  await store.db.updateTable('enrolments').set({ expires_at: 1 }).where('used_at', 'is', null).execute()
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
  assert.equal((await send(Buffer.alloc(0), admin)).status, 403)
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
  const spool = await Spool.open(join(base, 'spool-later'))
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
  const first = await send(gzipSync(log), admin, '/api/v1/logs?host=lab', 'text/plain')
  assert.equal(first.status, 200, JSON.stringify(first.json))
  assert.equal(first.json['reports'].length, 2)
  const again = await send(gzipSync(log), admin, '/api/v1/logs?host=lab', 'text/plain')
  assert.deepEqual([again.json['what'], again.json['reports'].length], ['known', 2])
  const { json } = await ask('GET', '/api/v1/issues?query=pasted_tw')
  assert.deepEqual(
    json['issues'].map((each: Json) => each['title']),
    ['BUG: unable to handle kernel NULL pointer dereference in pasted_two'],
  )
  assert.equal((await send(Buffer.from('all is well\n'), admin, '/api/v1/logs', 'text/plain')).status, 422)
  assert.equal((await send(Buffer.alloc(0), admin, '/api/v1/logs', 'text/plain')).status, 422)
})

test('a full disk is 507 with when to come back, nothing is taken, and then it is', async () => {
  const token = await enrolled('full')
  const bytes = await archive('spool-full', [sampleDraft({}, { host: 'full' })])
  const before = await rowsOf()
  const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(store.db)
  await sql`pragma max_page_count = ${sql.lit(rows[0]!.page_count)}`.execute(store.db)
  // The free pages of the file are still there to be used up.
  const large = { ...sampleDraft().report, text: 'x'.repeat(2_000_000) }
  const big = await archive('spool-full-big', [sampleDraft({ report: large }, { host: 'full' })])
  const refused = await send(big, token)
  assert.equal(refused.status, 507, JSON.stringify(refused.json))
  assert.match(refused.json['error'], /Free some space/)
  assert.ok(refused.answer.headers['retry-after'])
  assert.deepEqual(await rowsOf(), before)
  await sql`pragma max_page_count = 10000000`.execute(store.db)
  assert.equal((await send(big, token)).status, 200)
  assert.equal((await send(bytes, token)).status, 409)
  const keep = store.blobs.keep
  store.blobs.keep = async () => {
    throw Object.assign(new Error('no space'), { code: 'ENOSPC' })
  }
  const other = await archive('spool-full-2', [
    sampleDraft({}, { host: 'full', sequence: { first: 3, last: 4 }, capturedAt: '2026-11-29T07:00:00.000Z' }),
  ])
  assert.equal((await send(other, token)).status, 507)
  store.blobs.keep = keep
  assert.equal((await send(other, token)).status, 200)
})

test('issues are filtered, ordered, paged; each page once and together all', async () => {
  const all = (await ask('GET', '/api/v1/issues?limit=200')).json['issues']
  assert.ok(all.length >= 3)
  for (const sort of ['last-seen', 'first-seen', 'reports', 'hosts']) {
    const seen: string[] = []
    let after = ''
    do {
      const { json } = await ask('GET', `/api/v1/issues?sort=${sort}&limit=1${after === '' ? '' : `&after=${after}`}`)
      seen.push(...json['issues'].map((each: Json) => each['id']))
      after = json['next'] ?? ''
    } while (after !== '')
    assert.deepEqual(seen.toSorted(), all.map((each: Json) => each['id']).toSorted(), sort)
  }
  const titles = async (filter: string): Promise<string[]> =>
    (await ask('GET', `/api/v1/issues?${filter}`)).json['issues'].map((each: Json) => each['title'])
  assert.equal((await titles('host=lab')).length, 2)
  assert.equal((await titles('kind=warning')).length, 0)
  assert.equal((await titles('release=6.1.0')).length, all.length)
  assert.equal((await titles('module=fl&state=new,regressed')).length, all.length)
  assert.equal((await titles('query=pasted_one%20insmod')).length, 1)
  for (const wrong of ['state=great', 'sort=x', 'limit=0', 'limit=1000', 'after=x', 'query=%22%22']) {
    assert.equal((await ask('GET', `/api/v1/issues?${wrong}`)).status, 400, wrong)
  }
})

test('issues are changed over the API and it is taken back', async () => {
  const [one, two] = (await ask('GET', '/api/v1/issues?query=pasted')).json['issues']
  const merged = await ask('POST', `/api/v1/issues/${one.id}/merge`, { into: two.id })
  assert.equal(merged.status, 200)
  assert.equal((await ask('GET', `/api/v1/issues/${one.id}`)).json['mergedInto'], two.id)
  assert.equal((await ask('POST', `/api/v1/issues/${one.id}/state`, { state: 'known' })).status, 409)
  const reports = (await ask('GET', `/api/v1/issues/${two.id}/reports`)).json['reports']
  assert.equal(reports.length, 2)
  const why = await ask('GET', `/api/v1/sameness?one=${reports[0].id}&other=${reports[1].id}`)
  assert.ok(why.json['same'].includes('kind null-dereference'))
  assert.equal((await ask('POST', `/api/v1/history/${merged.json['history']}/undo`)).status, 200)
  assert.equal((await ask('GET', `/api/v1/issues/${one.id}`)).json['reports'], 1)
  assert.equal((await ask('POST', `/api/v1/issues/${one.id}/state`, { state: 'fixed' })).status, 400)
  assert.equal((await ask('POST', `/api/v1/issues/${one.id}/state`, { state: 'fixed', fixedIn: '6.9' })).status, 200)
  assert.equal((await ask('GET', `/api/v1/issues/${one.id}`)).json['state'], 'fixed')
  assert.equal((await ask('GET', '/api/v1/issues/none')).status, 404)
  assert.equal((await ask('POST', '/api/v1/issues/none/split', { reports: ['x'] })).status, 404)
  assert.equal((await ask('POST', `/api/v1/issues/${one.id}/split`, {})).status, 400)
})

test('answers are what the OpenAPI document says, and every route is in it', async () => {
  const { json: api } = await ask('GET', '/api/v1/openapi.json', undefined, '')
  const ajv = new Ajv({ strict: false })
  const [issue] = (await ask('GET', '/api/v1/issues?query=pasted')).json['issues']
  const [report] = (await ask('GET', `/api/v1/issues/${issue.id}/reports`)).json['reports']
  const paths: [string, string][] = [
    ['/api/v1/issues', '/api/v1/issues'],
    ['/api/v1/issues/{id}', `/api/v1/issues/${issue.id}`],
    ['/api/v1/issues/{id}/reports', `/api/v1/issues/${issue.id}/reports`],
    ['/api/v1/reports/{id}', `/api/v1/reports/${report.id}`],
    ['/api/v1/hosts', '/api/v1/hosts'],
    ['/api/v1/hosts/{id}', `/api/v1/hosts/${report.host.id}`],
    ['/api/v1/hosts/{id}/reports', `/api/v1/hosts/${report.host.id}/reports`],
    ['/api/v1/sameness', `/api/v1/sameness?one=${report.id}&other=${report.id}`],
  ]
  for (const [path, url] of paths) {
    const schema = api['paths'][path]?.get?.responses['200'].content['application/json'].schema
    assert.ok(schema, `${path} is not in the document`)
    const { json, status } = await ask('GET', url)
    assert.equal(status, 200, url)
    const valid = ajv.compile(schema)
    assert.ok(valid(json), `${path}: ${ajv.errorsText(valid.errors)}`)
  }
  assert.ok(Object.keys(api['paths']).length >= 20)
  assert.equal((await ask('GET', '/healthz', undefined, '')).answer.payload, 'ok\n')
  const metrics = (await ask('GET', '/metrics', undefined, '')).answer.payload
  assert.match(metrics, /^faultline_intake_bundles_total\{result="taken"\} [1-9]/m)
  assert.match(metrics, /^faultline_issues\{state="new"\} [1-9]/m)
  assert.doesNotMatch(metrics, /hostile|pasted/)
})

test('no request makes the server fail', async () => {
  const token = await enrolled('fuzz')
  const known = logged.length
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
  assert.equal(logged.length, known)
})

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
  const status = await new Promise((resolve, reject) => {
    get(`${server.url}healthz`, { ca: tls.cert }, answer => resolve(answer.resume().statusCode)).on('error', reject)
  })
  assert.equal(status, 200)
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
