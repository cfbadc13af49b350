// What hosts say of themselves, over the API: believed of themselves alone, kept when later words know less, and gone
// without a trace when a host is taken away.

import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { sql } from 'kysely'
import { sampleLog } from '../../../tests/samples/drafts.ts'
import { lineOfRecord } from '../../core/log/kept-record.ts'
import { heard } from '../alerts/dead.ts'
import { buildApp } from '../api/app.ts'
import { newAdminToken } from '../intake/tokens.ts'
import { openStore, type Store } from '../store/store.ts'

const base = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'faultline-machines-'))
let store: Store
let app: Awaited<ReturnType<typeof buildApp>>
let admin: string
before(async () => {
  store = await openStore(base)
  app = await buildApp({ store, version: 'test', log: message => assert.fail(message) })
  admin = await newAdminToken(store)
})
after(async () => {
  await app.close()
  await store.close()
  rmSync(base, { recursive: true })
})

// biome-ignore lint/suspicious/noExplicitAny: answers are looked at as they come
type Json = Record<string, any>

async function ask(method: 'GET' | 'POST' | 'DELETE', url: string, payload?: Json | Buffer | string, token = admin) {
  const headers: Record<string, string> = { authorization: `Bearer ${token}` }
  if (Buffer.isBuffer(payload)) headers['content-type'] = 'application/gzip'
  if (typeof payload === 'string') headers['content-type'] = 'text/plain'
  const answer = await app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) })
  const json: Json = answer.headers['content-type']?.startsWith('application/json') ? answer.json() : {}
  return { status: answer.statusCode, json }
}

async function enrolled(host: string): Promise<{ token: string; hostId: string }> {
  const { json } = await ask('POST', '/api/v1/enrolments', { host })
  return (await ask('POST', '/api/v1/enrol', { code: json['code'], host })).json as { token: string; hostId: string }
}

const began = Date.parse('2026-11-29T06:00:00Z')

test('boots and how each ended, the doctor and the machine are of the host that says so', async () => {
  const { token, hostId } = await enrolled('board')
  const because = [{ what: 'pstore has a panic', from: '/sys/fs/pstore', strength: 'proof' }]
  const facts = {
    machine: { hardware: 'QEMU', arch: 'x86_64', release: '6.1.0', blind: ['/dev/kmsg: needs root'] },
    doctor: [{ check: 'pstore', level: 'problem', found: 'none', means: 'all is lost' }],
    boots: [
      {
        bootId: 'a',
        began,
        ended: began + 1000,
        release: '6.1.0',
        ending: { how: 'panic', confidence: 'certain', title: 'BUG: x', because },
      },
      { bootId: 'b', began: began + 2000, release: '6.1.0' },
    ],
  }
  assert.equal((await ask('POST', '/api/v1/facts', facts, token)).status, 200)
  const later = { boots: [{ bootId: 'a', began, ending: { how: 'unknown', confidence: 'possible' } }] }
  assert.equal((await ask('POST', '/api/v1/facts', later, token)).status, 200)
  const { json } = await ask('GET', `/api/v1/hosts/${hostId}`)
  assert.equal(json['hardware'], 'QEMU')
  assert.deepEqual(json['machine'].blind, ['/dev/kmsg: needs root'])
  assert.equal(json['doctor'].checks[0].found, 'none')
  const a = json['boots'].find((boot: Json) => boot['bootId'] === 'a')
  assert.equal(a.ended, began + 1000)
  assert.deepEqual(a.ending, { how: 'panic', confidence: 'certain', title: 'BUG: x', because })
  const counted = await store.db.selectFrom('release_boots').selectAll().execute()
  assert.deepEqual(
    counted.map(row => ({ ...row })),
    [{ release: '6.1.0', boots: 2 }],
  )

  assert.equal((await ask('POST', '/api/v1/facts', facts)).status, 403)
  assert.equal((await ask('GET', `/api/v1/hosts/${hostId}`, undefined, token)).status, 403)
  for (const wrong of [{ boots: [{ bootId: '../x', began }] }, { boots: 1 }, { doctor: [{ check: '' }] }]) {
    assert.equal((await ask('POST', '/api/v1/facts', wrong, token)).status, 400, JSON.stringify(wrong))
  }
})

test('a log comes compressed and is read by pages; what is none is refused', async () => {
  const { token, hostId } = await enrolled('talker')
  const lines = Array.from({ length: 50 }, (_, sequence) =>
    lineOfRecord({ sequence, at: began + sequence, level: 6, text: `line ${sequence} <script>` }),
  )
  const url = '/api/v1/log?boot=abc'
  assert.deepEqual((await ask('GET', url, undefined, token)).json, { taken: 0 })
  const body = gzipSync(lines.join(''))
  assert.deepEqual((await ask('POST', url, body, token)).json, { next: 50, taken: 50 })
  assert.deepEqual((await ask('POST', url, body, token)).json, { next: 50, taken: 0 })
  assert.deepEqual((await ask('GET', url, undefined, token)).json, { next: 50, taken: 0 })
  assert.equal((await ask('POST', url, gzipSync('no record\n'), token)).status, 422)
  assert.equal((await ask('POST', url, gzipSync(Buffer.alloc(5 * 1024 * 1024, 'x')), token)).status, 413)
  assert.equal((await ask('POST', url, body)).status, 403)
  const page = await ask('GET', `/api/v1/hosts/${hostId}/log?limit=20`)
  assert.equal(page.json['records'].length, 20)
  assert.equal(page.json['records'].at(-1).text, 'line 49 <script>')
  const older = await ask('GET', `/api/v1/hosts/${hostId}/log?limit=40&before=${page.json['older']}`)
  assert.equal(older.json['records'].length, 30)
  assert.equal((await ask('GET', `/api/v1/hosts/${hostId}/log?before=x`)).status, 400)
  assert.equal((await ask('GET', `/api/v1/hosts/none/log`)).status, 404)
  const { json } = await ask('GET', `/api/v1/hosts/${hostId}`)
  assert.equal(json['name'], 'talker')
})

test('a host that is taken away leaves nothing but bytes; issues of others stay and count anew', async () => {
  const host = async (name: string): Promise<string> => {
    const { json } = await ask('GET', `/api/v1/hosts?query=${name}`)
    return json['hosts'][0]?.id
  }
  const send = (name: string, log: string) => ask('POST', `/api/v1/logs?host=${name}`, log)
  const shared = (await send('stays', sampleLog)).json['reports'][0].issueId
  await send('goes', `${sampleLog}\n# again\n`)
  const alone = (await send('goes', sampleLog.replaceAll('fl_read', 'fl_other'))).json['reports'][0].issueId
  assert.equal((await ask('GET', `/api/v1/issues/${shared}`)).json['hosts'], 2)
  const gone = await host('goes')
  await heard(store, gone, Date.now())
  assert.equal((await ask('DELETE', `/api/v1/hosts/${gone}`)).status, 204)
  const signs = store.db.selectFrom('host_heard').select('at').where('host_id', '=', gone)
  assert.deepEqual(await signs.execute(), [])
  assert.equal(await host('goes'), undefined)
  const left = (await ask('GET', `/api/v1/issues/${shared}`)).json
  assert.deepEqual([left['hosts'], left['reports']], [1, 1])
  assert.equal((await ask('GET', `/api/v1/issues/${alone}`)).status, 404)
  assert.equal((await ask('GET', '/api/v1/issues?query=fl_other')).json['issues'].length, 0)
  const orphans = await sql<{ n: number }>`select count(*) as n from evidence where bundle_id not in
    (select bundle_id from reports)`.execute(store.db)
  assert.equal(orphans.rows[0]?.n, 0)
  assert.equal((await ask('DELETE', '/api/v1/hosts/none')).status, 404)
})

test('hosts are found by their names and come in order, each once', async () => {
  for (let each = 0; each < 7; each++) await enrolled(`rack-${each}`)
  for (const sort of ['id', 'last-seen', 'reports']) {
    const names: string[] = []
    for (let after = ''; ; ) {
      const { json } = await ask('GET', `/api/v1/hosts?query=RACK&sort=${sort}&limit=3${after}`)
      names.push(...json['hosts'].map((host: Json) => host['name']))
      if (json['next'] === undefined) break
      after = `&after=${json['next']}`
    }
    assert.deepEqual(
      names.sort(),
      [0, 1, 2, 3, 4, 5, 6].map(each => `rack-${each}`),
      sort,
    )
  }
  assert.equal((await ask('GET', '/api/v1/hosts?sort=reports&after=x')).status, 400)
})
