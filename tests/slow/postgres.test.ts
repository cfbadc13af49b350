// The same server over SQLite and over a real PostgreSQL: what hosts and people did is the same, and so is every answer.

import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { mock, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { lineOfRecord } from '../../src/core/log/kept-record.ts'
import { HeardLogs } from '../../src/server/hostlog/heard/logs.ts'
import { hostRow } from '../../src/server/issues/machines.ts'
import type { Store } from '../../src/server/store/store.ts'
import { PostgresServer, postgresEngine } from '../postgres.ts'
import { sampleLog } from '../samples/drafts.ts'
import { type Json, type Method, type TestServer, testServer } from '../server-app.ts'

const root = join(import.meta.dirname, '../..')
const logs = globSync('fixtures/kinds/*/*/input.log', { cwd: root })
  .sort()
  .filter((_, each) => each % 6 === 0)

const idShape = /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/g
const secretShape = /\bfl[a-z]_[\w-]{20,}/g

/** One of the two servers, with its ids by the order in which they were seen. */
class Side {
  readonly server: TestServer
  readonly #numbers = new Map<string, number>()
  readonly #ids: string[] = []

  constructor(server: TestServer) {
    this.server = server
  }

  /** An answer in which ids are numbers: `#3`. */
  told(answer: { status: number; json: Json; answer: { body: string } }): unknown {
    const text = Object.keys(answer.json).length > 0 ? JSON.stringify(answer.json) : answer.answer.body
    return `${answer.status} ${text.replaceAll(secretShape, 'secret').replaceAll(idShape, id => `#${this.#number(id)}`)}`
  }

  #number(id: string): number {
    const known = this.#numbers.get(id)
    if (known !== undefined) return known
    this.#numbers.set(id, this.#ids.length)
    return this.#ids.push(id) - 1
  }

  /** The other way: `#3` in what is asked. */
  asked(text: string): string {
    return text.replaceAll(/#(\d+)/g, (_, number) => this.#ids[Number(number)]!)
  }
}

/** Machines that are heard, by one server after the other: boots, gaps, pieces of a log that become one. */
async function hear(store: Store): Promise<void> {
  const own = 'hearer'
  const hearer = async () => ({ name: own, hostId: await store.write(tx => hostRow(tx, own, '', Date.now())) })
  for (let turn = 0; turn < 40; turn++) {
    const logs = await HeardLogs.open({ store, own, hearer, level: 7, say: message => assert.fail(message) })
    for (const host of ['10.0.0.1', '10.0.0.2', own]) {
      for (let each = 0; each < 10; each++) {
        const sequence = (turn % 20) * 12 + each
        const text = sequence === 0 ? 'Linux version 6.1.0-40-amd64 (gcc)' : `heard line ${sequence}`
        const common = { line: 1, span: { start: 0, end: 0 }, transport: 'kmsg', level: sequence % 8, facility: 0 }
        logs.take({ ...common, host, text, sequence, sinceBootUs: sequence * 1e6 })
      }
    }
    await logs.close()
  }
}

test('PostgreSQL answers as SQLite does', async context => {
  const postgres = await PostgresServer.start()
  if (typeof postgres === 'string') return context.skip(postgres)
  // The times of both are the same; what waits goes on waiting.
  mock.timers.enable({ apis: ['Date'], now: Date.parse('2026-11-20T10:00:00Z') })
  context.after(() => mock.timers.reset())
  const rates = { host: 1e6, person: 1e6, address: 1e6, wrong: 1e6 }
  const sides = [
    new Side(await testServer('of-sqlite', { rates })),
    new Side(
      await testServer('of-postgres', { rates }, postgresEngine(postgres.host, await postgres.database('faultline'))),
    ),
  ] as const
  context.after(async () => {
    for (const { server } of sides) await server.close()
    await postgres.close()
  })
  let answers = 0
  const same = async (what: string, on: (side: Side) => Promise<unknown>): Promise<string> => {
    const [one, other] = [await on(sides[0]), await on(sides[1])]
    assert.equal(other, one, what)
    answers++
    return String(one)
  }
  const ask = (method: Method, url: string, body?: Json) =>
    same(`${method} ${url}`, async side => {
      const asked = body === undefined ? undefined : (JSON.parse(side.asked(JSON.stringify(body))) as Json)
      return side.told(await side.server.ask(method, side.asked(url), asked))
    })
  const jsonOf = (answer: string): Json => JSON.parse(answer.slice(4)) as Json
  const get = async (url: string): Promise<Json> => jsonOf(await ask('GET', url))
  const later = (ms: number): void => mock.timers.setTime(Date.now() + ms)

  const settings = { url: 'http://127.0.0.1:9/' }
  const channel = jsonOf(await ask('POST', '/api/v1/alert-channels', { name: 'hook', kind: 'webhook', settings }))
  for (const [occasion, filter] of [
    ['new-issue', {}],
    ['regression', {}],
    ['rate', { fatal: true }],
    ['match', { host: 't*' }],
  ] as const) {
    const rule = { name: occasion, occasion, filter, channels: [channel['id']], count: 2, windowMs: 86_400_000 }
    await ask('POST', '/api/v1/alert-rules', rule)
  }
  await ask('POST', '/api/v1/alert-silences', { filter: { kind: 'warning' }, untilMs: Date.now() + 3_600_000 })

  for (const [index, file] of logs.entries()) {
    const bytes = readFileSync(join(root, file))
    for (const host of index % 2 === 0 ? ['one', 'two', 'three'] : ['one']) {
      const packed = gzipSync(Buffer.concat([bytes, Buffer.from(`\n${host}\n`)]))
      await same(file, async side =>
        side.told(await side.server.send(packed, side.server.admin, `/api/v1/logs?host=${host}`, 'text/plain')),
      )
      later(3_600_000)
    }
  }
  const tokens = new Map<Side, string>()
  for (const side of sides) tokens.set(side, await side.server.enrolled('board'))
  const asHost = (method: Method, url: string, body: Json) =>
    same(url, async side => side.told(await side.server.ask(method, url, body, tokens.get(side)!)))
  const machine = {
    hardware: 'Acme A1',
    firmware: '1.4 03/01/2023',
    release: '6.1.0',
    modules: [{ name: 'zfs', version: '2' }],
  }
  const boots = [
    { bootId: 'a', began: 1, ended: 2, release: '6.1.0', ending: { how: 'panic', confidence: 'likely', because: [] } },
    { bootId: 'b', began: 3, release: '6.1.0', running: true },
  ]
  await asHost('POST', '/api/v1/facts', { machine, boots, doctor: [{ check: 'pstore', level: 'good', found: 'all' }] })
  const records = Array.from({ length: 3000 }, (_, sequence) => ({
    ...{
      sequence: sequence + (sequence > 2000 ? 7 : 0),
      at: Date.now() + sequence,
      sinceBootUs: sequence,
      level: sequence % 8,
    },
    ...{ facility: 0, text: `nvme${sequence % 5}: line ${sequence} \u0000 \ud83d\ude00` },
  }))
  for (const step of [0, 1500]) {
    const body = gzipSync(
      records
        .slice(step, step + 1500)
        .map(lineOfRecord)
        .join(''),
    )
    await same('log', async side =>
      side.told(await side.server.send(body, tokens.get(side)!, '/api/v1/log?boot=b', 'application/gzip')),
    )
  }
  for (const host of ['one', 'two', 'board']) {
    const text = sampleLog.replace('6.1.0 #1', `6.1.0 #1\n[   12.000005] Hardware name: Acme A1, BIOS 1.5 01/01/2024`)
    await same(host, async side =>
      side.told(
        await side.server.send(
          Buffer.from(`${text}${host}\n`),
          side.server.admin,
          `/api/v1/logs?host=${host}`,
          'text/plain',
        ),
      ),
    )
  }

  for (const { server } of sides) await hear(server.store)

  const everything = async (): Promise<void> => {
    const { issues } = await get('/api/v1/issues?limit=200&trend=true&count=true')
    assert.ok(issues.length > 20)
    for (const sort of ['last-seen', 'first-seen', 'reports', 'hosts']) {
      for (let after = '', pages = 0; after !== undefined && pages < 50; pages++)
        after = (await get(`/api/v1/issues?sort=${sort}&limit=7${after === '' ? '' : `&after=${after}`}`))['next']
    }
    for (const facet of ['kind', 'release', 'model', 'firmware', 'arch', 'module', 'host']) {
      const { values } = await get(`/api/v1/values?of=${facet}`)
      for (const value of (values as string[]).slice(0, 8))
        await get(`/api/v1/issues?${facet}=${encodeURIComponent(value)}&limit=20`)
      await get(`/api/v1/values?of=${facet}&begins=${encodeURIComponent('a%_\\')}`)
    }
    const words = [
      'warning',
      'null pointer',
      'fl_read',
      'FL_READ insmod',
      "' or 1=1 --",
      'a & b | !c',
      'kasan use after',
      'é',
    ]
    for (const query of words) await get(`/api/v1/issues?query=${encodeURIComponent(query)}`)
    for (const filter of ['state=new,recurring', 'severity=panic', 'fatal=true', `since=${Date.now() - 90_000_000}`])
      await get(`/api/v1/issues?${filter}`)
    for (const { id } of issues) {
      await get(`/api/v1/issues/${id}`)
      const { reports } = await get(`/api/v1/issues/${id}/reports?limit=2`)
      const [one, other] = reports as Json[]
      await get(`/api/v1/reports/${one!['id']}`)
      await ask('GET', `/api/v1/reports/${one!['id']}/evidence/excerpt.log`)
      if (other !== undefined) await get(`/api/v1/sameness?one=${one!['id']}&other=${other['id']}`)
    }
    for (const sort of ['id', 'last-seen', 'reports']) {
      const { hosts } = await get(`/api/v1/hosts?sort=${sort}`)
      for (const { id } of hosts) {
        await get(`/api/v1/hosts/${id}`)
        await get(`/api/v1/hosts/${id}/reports`)
        for (const filter of ['', '?level=3&text=line', '?text=NVME3&limit=9', '?boot=b&limit=3'])
          await get(`/api/v1/hosts/${id}/log${filter}`)
      }
    }
    for (const hours of [1, 24, 24 * 7, 24 * 90, 24 * 300]) await get(`/api/v1/overview?hours=${hours}`)
    for (const path of [
      'alerts',
      'alert-channels',
      'alert-rules',
      'alert-silences',
      'retention',
      'symbols',
      'tokens',
      'users',
      'enrolments',
    ])
      await ask('GET', `/api/v1/${path}`)
    await ask('GET', '/api/v1/audit')
  }
  await everything()

  const { issues } = await get('/api/v1/issues?sort=reports&limit=6')
  const [first, second, third, fourth] = (issues as Json[]).map(({ id }) => id as string)
  await ask('POST', `/api/v1/issues/${first}/state`, { state: 'fixed', fixedIn: '6.1.0' })
  await ask('POST', `/api/v1/issues/${fourth}/state`, { state: 'ignored', note: '<b>' })
  const merged = jsonOf(await ask('POST', `/api/v1/issues/${second}/merge`, { into: first }))
  const { reports } = await get(`/api/v1/issues/${third}/reports`)
  const [some] = reports as Json[]
  await ask('POST', `/api/v1/issues/${third}/move`, { into: first, reports: [some!['id']] })
  await ask('POST', `/api/v1/issues/${first}/split`, { reports: [some!['id']] })
  await ask('POST', `/api/v1/history/${merged['history']}/undo`)
  await ask('POST', '/api/v1/users', { name: 'alice', role: 'triager', password: 'a long enough one' })
  await ask('POST', '/api/v1/tokens', { name: 'ci', role: 'viewer' })
  await everything()

  await ask('PUT', '/api/v1/retention', { perIssue: 1, maxAgeMs: 24 * 3_600_000, logAgeMs: null, ignoredAgeMs: 1 })
  later(24 * 3_600_000)
  await ask('POST', '/api/v1/retention/run')
  const { hosts } = await get('/api/v1/hosts?query=two')
  await ask('DELETE', `/api/v1/hosts/${(hosts as Json[])[0]!['id']}`)
  await everything()
  await same('metrics', async ({ server }) =>
    (await server.ask('GET', '/metrics')).answer.body
      .split('\n')
      .filter(line => /^faultline_(?:issues|hosts|reports|evidence)/.test(line))
      .join('\n'),
  )
  assert.deepEqual(sides[1].server.logged, sides[0].server.logged)
  context.diagnostic(`${answers} answers were the same`)
})
