// Tokens of programs, codes of hosts, the audit log, and how much one may ask.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Ajv } from 'ajv'
import { sampleLog } from '../../../tests/samples/drafts.ts'
import { Browser, type Json, type TestServer, testServer } from '../../../tests/server-app.ts'
import { rateLimits } from './rates.ts'

let server: TestServer
const password = 'correct horse battery'
before(async () => {
  server = await testServer('tokens')
})
after(() => server.close())

async function person(name: string, role: string): Promise<Browser> {
  assert.equal((await server.ask('POST', '/api/v1/users', { name, password, role })).status, 200)
  const browser = new Browser(server)
  assert.equal((await browser.logIn(name, password)).status, 200)
  return browser
}

test('a token is shown once, has its name, role and end, is listed without its secret, and can be revoked', async () => {
  const alice = await person('alice', 'triager')
  const body = { name: 'ci', role: 'viewer', validForS: 3600 }
  const made = await alice.ask('POST', '/api/v1/tokens', body)
  assert.equal(made.status, 200, JSON.stringify(made.json))
  const { id, token } = made.json
  assert.match(token, /^flt_[\w-]{43}$/)
  assert.equal((await server.ask('GET', '/api/v1/issues', undefined, token)).status, 200)
  assert.equal((await server.ask('POST', '/api/v1/issues/x/state', { note: 'x' }, token)).status, 403)
  const { json } = await alice.ask('GET', '/api/v1/tokens')
  const [listed] = json['tokens']
  assert.deepEqual([listed.name, listed.role, listed.user, listed.id], ['ci', 'viewer', 'alice', id])
  assert.ok(Math.abs(listed.expiresAt - Date.now() - 3600_000) < 60_000 && listed.lastUsed > 0)
  assert.ok(!JSON.stringify(json).includes(token))
  assert.equal((await alice.ask('POST', '/api/v1/tokens', body)).status, 409)
  // No more than its maker, and none by another token.
  assert.equal((await alice.ask('POST', '/api/v1/tokens', { name: 'more', role: 'admin' })).status, 403)
  assert.equal((await server.ask('POST', '/api/v1/tokens', { name: 'more', role: 'viewer' }, token)).status, 403)
  const bob = await person('bob', 'viewer')
  assert.equal((await bob.ask('DELETE', `/api/v1/tokens/${id}`)).status, 404)
  assert.equal((await bob.ask('GET', '/api/v1/tokens?all=true')).status, 403)
  assert.equal((await server.ask('GET', '/api/v1/tokens?all=true')).json['tokens'].length, 1)
  assert.equal((await server.ask('DELETE', `/api/v1/tokens/${id}`)).status, 204)
  assert.equal((await server.ask('GET', '/api/v1/issues', undefined, token)).status, 401)
  const second = (await alice.ask('POST', '/api/v1/tokens', body)).json['token']
  const { json: users } = await server.ask('GET', '/api/v1/users')
  const { id: userId } = users['users'].find((each: Json) => each['name'] === 'alice')
  assert.equal((await server.ask('DELETE', `/api/v1/users/${userId}`)).status, 204)
  assert.equal((await server.ask('GET', '/api/v1/issues', undefined, second)).status, 401)
})

test('the owner’s token is no API token: making and revoking those leaves it as it is', async () => {
  const { json } = await server.ask('POST', '/api/v1/tokens', { name: 'backup', role: 'admin' })
  assert.equal((await server.ask('GET', '/api/v1/users', undefined, json['token'])).status, 200)
  assert.equal((await server.ask('DELETE', `/api/v1/tokens/${json['id']}`)).status, 204)
  assert.equal((await server.ask('GET', '/api/v1/users')).status, 200)
})

test('codes are listed until they are used, can be taken back; hosts that have a token are listed until it ends', async () => {
  const code = (await server.ask('POST', '/api/v1/enrolments', { host: 'board' })).json['code']
  const dropped = (await server.ask('POST', '/api/v1/enrolments', {})).json['code']
  const list = async () => (await server.ask('GET', '/api/v1/enrolments')).json
  const before = await list()
  assert.deepEqual(
    before['codes'].map(({ host, createdBy }: Json) => [host, createdBy]),
    [
      [undefined, 'owner'],
      ['board', 'owner'],
    ],
  )
  assert.ok(!JSON.stringify(before).includes(code))
  assert.equal((await server.ask('DELETE', `/api/v1/enrolments/${before['codes'][0].id}`)).status, 204)
  assert.equal((await server.ask('DELETE', '/api/v1/enrolments/none')).status, 404)
  assert.equal((await server.ask('POST', '/api/v1/enrol', { code: dropped, host: 'x' }, '')).status, 403)
  assert.equal((await server.ask('POST', '/api/v1/enrol', { code, host: 'board' }, '')).status, 200)
  const { codes, hosts } = await list()
  assert.deepEqual([codes, hosts.map(({ name }: Json) => name)], [[], ['board']])
  assert.equal((await server.ask('DELETE', `/api/v1/hosts/${hosts[0].id}/token`)).status, 204)
  assert.deepEqual((await list())['hosts'], [])
  assert.equal((await server.ask('DELETE', '/api/v1/hosts/none/token')).status, 404)
})

test('who did what is written down with before and after, paged, and nothing changes it', async () => {
  const eve = await person('eve', 'triager')
  await server.send(Buffer.from(sampleLog), server.admin, '/api/v1/logs?host=lab', 'text/plain')
  const [issue] = (await eve.ask('GET', '/api/v1/issues')).json['issues']
  const { json: changed } = await eve.ask('POST', `/api/v1/issues/${issue.id}/state`, { state: 'known', note: 'seen' })
  await eve.ask('POST', `/api/v1/history/${changed['history']}/undo`)
  const page = async (query: string) => (await server.ask('GET', `/api/v1/audit?${query}`)).json
  const [undone, said] = (await page('actor=eve&action=issue'))['entries']
  assert.deepEqual([said.action, said.target, said.address], ['issue.state', issue.id, '192.0.2.1'])
  assert.deepEqual([said.before[issue.id].state, said.after.after.state], ['new', 'known'])
  assert.equal(undone.action, 'issue.undo')
  // What says nothing of its own is there by its route.
  const [log] = (await page('action=POST'))['entries']
  assert.deepEqual([log.action, log.actor], ['POST /api/v1/logs', 'owner'])
  const all: string[] = []
  let after = ''
  do {
    const { entries, next } = await page(`limit=3${after === '' ? '' : `&after=${after}`}`)
    all.push(...entries.map(({ id }: Json) => id))
    after = next ?? ''
  } while (after !== '')
  assert.deepEqual(all, all.toSorted().toReversed())
  assert.equal(all.length, (await page('limit=500'))['entries'].length)
  assert.ok(all.length >= 15)
  assert.deepEqual((await page(`until=${said.at - 60_000}&actor=eve`))['entries'], [])
  const { json: api } = await server.ask('GET', '/api/v1/openapi.json')
  const paths = Object.entries(api['paths'] as Json).filter(([path]) => path.includes('audit'))
  assert.deepEqual(
    paths.map(([path, methods]) => [path, Object.keys(methods)]),
    [['/api/v1/audit', ['get']]],
  )
  assert.ok(!JSON.stringify(await page('limit=500')).includes(password))
})

test('answers are as the document says', async () => {
  const { json: api } = await server.ask('GET', '/api/v1/openapi.json')
  const ajv = new Ajv({ strict: false })
  for (const path of ['session', 'sessions', 'users', 'tokens', 'enrolments', 'audit']) {
    const schema = api['paths'][`/api/v1/${path}`].get.responses['200'].content['application/json'].schema
    const { json } = await server.ask('GET', `/api/v1/${path}${/^(?:sessions|tokens)$/.test(path) ? '?all=true' : ''}`)
    assert.ok(ajv.compile(schema)(json), path)
  }
})

test('who asks too much is told when to come back, and holds up nobody else', async t => {
  const small = await testServer('rates', { rates: { ...rateLimits, person: 5, address: 8, wrong: 3 } })
  t.after(() => small.close())
  const from = async (address: string, token?: string) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const url = '/api/v1/session'
    return small.app.inject({ method: 'GET', url, headers, remoteAddress: address })
  }
  const statuses = async (count: number, address: string, token?: string) => {
    const all: number[] = []
    for (let index = 0; index < count; index++) all.push((await from(address, token)).statusCode)
    return all
  }
  assert.deepEqual(await statuses(7, '192.0.2.1', small.admin), [200, 200, 200, 200, 200, 429, 429])
  assert.ok(Number((await from('192.0.2.1', small.admin)).headers['retry-after']) > 0)
  assert.deepEqual(await statuses(9, '192.0.2.2'), [...Array(8).fill(200), 429])
  // Each token another: it is the address that is counted, and what is right is then not looked at either.
  const guesses: number[] = []
  for (let index = 0; index < 5; index++) guesses.push((await from('2001:db8::1', `fla_${index}`)).statusCode)
  assert.deepEqual(guesses, [200, 200, 200, 429, 429])
  assert.equal((await from('2001:db8::ffff', 'fla_x')).statusCode, 429)
  assert.equal((await from('2001:db8:0:1::1', 'fla_x')).statusCode, 200)
})
