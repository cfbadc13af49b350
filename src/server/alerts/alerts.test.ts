// Rules over reports as they are filed, and messages to servers that really listen.

import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { FastifyInstance } from 'fastify'
import type { Report } from '../../core/model.ts'
import { buildApp } from '../api/app.ts'
import { newAdminToken } from '../intake/tokens.ts'
import { setState } from '../issues/change.ts'
import { fileReport } from '../issues/file.ts'
import { hostRow } from '../issues/machines.ts'
import { summaryOf } from '../issues/summary.ts'
import { newId } from '../store/id.ts'
import { openStore, type Store } from '../store/store.ts'
import { heard, raiseDead } from './dead.ts'
import { AlertSender } from './sender.ts'

/** What is looked at of the answers. */
interface Answer {
  id: string
  error: string
  alerts: {
    rule: string
    why: string
    host: string
    issue: string
    silenced: boolean
    sends: { state: string; tries: number }[]
  }[]
  channels: { settings: object }[]
}

interface World {
  store: Store
  app: FastifyInstance
  ask(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: object): Promise<{ status: number; body: Answer }>
  file(
    report: Partial<Report>,
    host?: string,
    by?: string,
  ): Promise<{ issueId: string; reportId: string; hostId: string }>
  sender(): AlertSender
}

async function world(context: TestContext): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'faultline-alerts-'))
  const store = await openStore(folder)
  const app = await buildApp({ store, version: 'test', log: () => {} })
  const senders: AlertSender[] = []
  context.after(async () => {
    for (const each of senders) await each.close()
    await app.close()
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const authorization = `Bearer ${await newAdminToken(store)}`
  return {
    store,
    app,
    ask: async (method, url, body) => {
      const answer = await app.inject({ method, url, headers: { authorization }, ...(body && { payload: body }) })
      return { status: answer.statusCode, body: (answer.body === '' ? {} : answer.json()) as Answer }
    },
    file: (report, host = 'board', by = '') =>
      store.write(async tx => {
        const at = Date.now()
        const hostId = await hostRow(tx, host, by, at)
        const bundleId = newId()
        const row = { id: bundleId, sender_id: by === '' ? hostId : by, name: bundleId, received_at: at }
        await tx.insertInto('bundles').values(row).execute()
        const filed = await fileReport(tx, store.search, {
          summary: summaryOf(sample(report)),
          bundleId,
          hostId,
          at,
          receivedAt: at,
        })
        return { ...filed, hostId }
      }),
    sender: () => {
      const sender = new AlertSender(store, 'https://faultline.example/', () => {})
      senders.push(sender)
      return sender
    },
  }
}

const sample = (more: Partial<Report>): Report =>
  ({
    schema: 'faultline.report/1',
    source: {},
    kind: 'null-dereference',
    severity: 'oops',
    title: 'BUG: unable to handle kernel NULL pointer dereference in nvme_reset',
    altTitles: [],
    fatal: false,
    kernel: { release: '6.1.0' },
    fingerprint: more.title ?? 'f1',
    lines: { first: 1, last: 1 },
    span: { start: 0, end: 1 },
    text: 'BUG: kernel NULL pointer dereference',
    ...more,
  }) as Report

interface Got {
  path: string
  headers: NodeJS.Dict<string | string[]>
  body: string
}

/** A server that takes what is posted to it, or answers with a status. */
async function listener(context: TestContext, status: () => number = () => 200) {
  const got: Got[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', piece => {
      body += piece
    })
    request.on('end', () => {
      got.push({ path: request.url ?? '', headers: request.headers, body })
      response.writeHead(status(), { Location: 'http://127.0.0.1:1/elsewhere' }).end('so it is')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  context.after(() => server.close())
  return { got, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` }
}

async function until(met: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (const deadline = Date.now() + 5000; !(await met()); ) {
    if (Date.now() > deadline) throw new Error(`not within 5 s: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}

const channel = async ({ ask }: World, kind: string, settings: object): Promise<string> => {
  const { status, body } = await ask('POST', '/api/v1/alert-channels', { name: kind, kind, settings })
  assert.equal(status, 200, JSON.stringify(body))
  return body.id
}

const rule = async ({ ask }: World, body: object): Promise<string> => {
  const answer = await ask('POST', '/api/v1/alert-rules', { name: 'a rule', ...body })
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
  return answer.body.id
}

test('a new issue is told of once, signed, with where it is; its later reports are not', async context => {
  const here = await world(context)
  const { got, url } = await listener(context)
  const id = await channel(here, 'webhook', { url, secret: 'a long secret' })
  await rule(here, { occasion: 'new-issue', channels: [id] })
  here.sender()
  const { issueId } = await here.file({})
  await here.file({}, 'other')
  await until(() => got.length === 1, 'a message')
  await new Promise(resolve => setTimeout(resolve, 100))
  assert.equal(got.length, 1)
  const [{ body, headers }] = got as [Got]
  assert.equal(
    headers['x-faultline-signature'],
    `sha256=${createHmac('sha256', 'a long secret').update(body).digest('hex')}`,
  )
  const { alerts, headline } = JSON.parse(body)
  assert.equal(headline, 'New: BUG: unable to handle kernel NULL pointer dereference in nvme_reset on board')
  assert.equal(alerts[0].url, `https://faultline.example/issues/${issueId}`)
  const { body: page } = await here.ask('GET', '/api/v1/alerts')
  assert.equal(page.alerts.length, 1)
  await until(
    async () => (await here.ask('GET', '/api/v1/alerts')).body.alerts[0]!.sends[0]!.state === 'sent',
    'it is noted as sent',
  )
})

test('regressions, first matches and rates are told of; filters are held to', async context => {
  const here = await world(context)
  await rule(here, { name: 'back', occasion: 'regression', channels: [] })
  await rule(here, { name: '6.12', occasion: 'match', filter: { release: '6.12*', severity: ['oops'] }, channels: [] })
  await rule(here, { name: 'often', occasion: 'rate', count: 3, windowMs: 60_000, channels: [] })
  const { issueId } = await here.file({})
  await here.store.write(tx => setState(tx, 'somebody', issueId, { state: 'fixed', fixedIn: '6.12.0' }))
  await here.file({ kernel: { release: '6.12.3', tainted: [] } as never })
  await here.file({ kernel: { release: '6.12.4', tainted: [] } as never })
  await here.file({ kernel: { release: '6.12.4', tainted: [] } as never })
  const { body } = await here.ask('GET', '/api/v1/alerts')
  const told = body.alerts.map(({ rule: name, why }) => [name, why])
  assert.deepEqual(told.sort(), [
    ['6.12', 'the first report that the rule asks for'],
    ['back', 'came back with 6.12.3'],
    ['often', '3 reports or more in 1 minute'],
  ])
})

test('a silence keeps an alert from being sent, and it is noted', async context => {
  const here = await world(context)
  const { got, url } = await listener(context)
  await rule(here, { occasion: 'new-issue', channels: [await channel(here, 'webhook', { url })] })
  const silence = { filter: { host: 'rack1-*' }, untilMs: Date.now() + 60_000, note: 'moving' }
  assert.equal((await here.ask('POST', '/api/v1/alert-silences', silence)).status, 200)
  assert.equal((await here.ask('POST', '/api/v1/alert-silences', { ...silence, filter: {} })).status, 400)
  here.sender()
  await here.file({ title: 'WARNING in a' }, 'rack1-7')
  await here.file({ title: 'WARNING in b' }, 'rack2-7')
  await until(() => got.length === 1, 'the other')
  assert.match(got[0]!.body, /WARNING in b/)
  const { body } = await here.ask('GET', '/api/v1/alerts')
  assert.deepEqual(
    body.alerts.map(({ silenced }) => silenced),
    [false, true],
  )
})

test('a channel that is away is tried again, one that refuses is not, and a redirect is not followed', async context => {
  const here = await world(context)
  let status = 503
  const { got, url } = await listener(context, () => status)
  await rule(here, { occasion: 'new-issue', channels: [await channel(here, 'webhook', { url })] })
  const sender = here.sender()
  const states = async () => {
    const { body } = await here.ask('GET', '/api/v1/alerts')
    return body.alerts.map(({ sends }) => `${sends[0]!.state} ${sends[0]!.tries}`)
  }
  await here.file({ title: 'WARNING in a' })
  await until(async () => (await states())[0] === 'waiting 1', 'it waits')
  // The time until it is tried again is over.
  await here.store.write(tx => tx.updateTable('alert_sends').set({ due_at: 0 }).execute())
  status = 200
  sender.look()
  await until(async () => (await states())[0] === 'sent 1', 'it is sent')
  for (const [title, answer] of [
    ['WARNING in b', 404],
    ['WARNING in c', 302],
  ] as const) {
    status = answer
    await here.file({ title })
    await until(async () => (await states())[0] === 'failed 0', `refused with ${answer}`)
  }
  assert.equal(got.length, 4)
})

test('a digest is one message for all of its time', async context => {
  const here = await world(context)
  const { got, url } = await listener(context)
  const digest = { occasion: 'new-issue', digestMs: 60_000, channels: [await channel(here, 'slack', { url })] }
  await rule(here, digest)
  const sender = here.sender()
  for (const name of ['a', 'b', 'c<script>']) await here.file({ title: `WARNING in ${name}` })
  await new Promise(resolve => setTimeout(resolve, 50))
  assert.equal(got.length, 0)
  await here.store.write(tx =>
    tx
      .updateTable('alert_sends')
      .set({ due_at: Date.now() - 1 })
      .execute(),
  )
  sender.look()
  await until(() => got.length === 1, 'the digest')
  const { text } = JSON.parse(got[0]!.body)
  assert.match(text, /^\*3 alerts of "a rule" in 1 minute\*\n/)
  assert.match(text, /c&lt;script&gt;/)
})

test('a host that stays silent after a fatal report, told of by another', async context => {
  const here = await world(context)
  await rule(here, { occasion: 'host-dead', windowMs: 60_000, channels: [] })
  const { hostId: collector } = await here.file({ title: 'WARNING in a' }, 'collector')
  const dead = await here.file({ title: 'kernel panic: a', fatal: true }, '10.0.0.1', collector)
  const back = await here.file({ title: 'kernel panic: b', fatal: true }, '10.0.0.2', collector)
  await here.file({ title: 'kernel panic: c', fatal: true }, 'survivor')
  const now = Date.now()
  assert.equal(await raiseDead(here.store, now + 59_000), false)
  await heard(here.store, back.hostId, now + 45_000)
  assert.equal(await raiseDead(here.store, now + 61_000), true)
  await raiseDead(here.store, now + 91_000)
  const { body } = await here.ask('GET', '/api/v1/alerts')
  assert.deepEqual(
    body.alerts.map(({ host, issue }) => ({ host, issue })),
    [{ host: '10.0.0.1', issue: dead.issueId }],
  )
})

test('PagerDuty and Alertmanager get what their APIs ask for', async context => {
  const here = await world(context)
  const pager = await listener(context, () => 202)
  const prometheus = await listener(context)
  const channels = [
    await channel(here, 'pagerduty', { routingKey: 'key', url: pager.url }),
    await channel(here, 'alertmanager', { url: prometheus.url }),
  ]
  await rule(here, { occasion: 'new-issue', channels })
  here.sender()
  const { issueId } = await here.file({})
  await until(() => pager.got.length === 1 && prometheus.got.length === 1, 'both')
  const event = JSON.parse(pager.got[0]!.body)
  assert.equal(event.event_action, 'trigger')
  assert.equal(event.payload.severity, 'error')
  assert.match(event.dedup_key, new RegExp(issueId))
  assert.equal(prometheus.got[0]!.path, '/api/v2/alerts')
  const [alert] = JSON.parse(prometheus.got[0]!.body)
  assert.equal(alert.labels.alertname, 'KernelException')
})

test('secrets are not given out, stay when a channel is changed, and settings are checked', async context => {
  const here = await world(context)
  const { got, url } = await listener(context)
  const id = await channel(here, 'webhook', { url, secret: 'a long secret' })
  const { body } = await here.ask('GET', '/api/v1/alert-channels')
  assert.deepEqual(body.channels[0]!.settings, { url })
  const change = { name: 'webhook', kind: 'webhook', settings: { url } }
  assert.equal((await here.ask('PUT', `/api/v1/alert-channels/${id}`, change)).status, 200)
  assert.equal((await here.ask('POST', `/api/v1/alert-channels/${id}/test`)).status, 204)
  assert.ok(got[0]!.headers['x-faultline-signature'])
  for (const [kind, settings, words] of [
    ['webhook', { url: 'file:///etc/passwd' }, /url/],
    ['webhook', { url, more: 1 }, /more/],
    ['email', { server: 'http://x', from: 'a@b', to: ['c@d'] }, /server/],
  ] as const) {
    const answer = await here.ask('POST', '/api/v1/alert-channels', { name: 'x', kind, settings })
    assert.equal(answer.status, 400)
    assert.match(answer.body.error, words)
  }
  assert.equal((await here.ask('POST', '/api/v1/alert-channels', change)).status, 409)
  assert.equal((await here.ask('DELETE', `/api/v1/alert-channels/${id}`)).status, 204)
  assert.equal((await here.ask('DELETE', `/api/v1/alert-channels/${id}`)).status, 404)
})

test('a sender that ends while it looks for dead hosts has looked before the store is closed', async context => {
  const here = await world(context)
  for (let each = 0; each < 20; each++)
    await rule(here, { name: `dead ${each}`, occasion: 'host-dead', windowMs: 60_000, channels: [] })
  context.mock.timers.enable({ apis: ['setInterval'] })
  const said: string[] = []
  const sender = new AlertSender(here.store, undefined, message => said.push(message))
  context.mock.timers.tick(30_000)
  await sender.close()
  await here.store.close()
  await new Promise(resolve => setTimeout(resolve, 50))
  assert.deepEqual(said, [])
})
