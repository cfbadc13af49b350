// Logging in and out, as a browser does it: what it is given, what it must show, and what ends it.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Browser, cheap, type TestServer, testServer } from '../../../tests/server-app.ts'
import { Passwords } from '../access/passwords.ts'
import type { Role } from '../access/roles.ts'
import { newId } from '../store/id.ts'

let server: TestServer
const password = 'correct horse battery'
const hash = new Passwords(cheap).hash(password)

/** As `addUser` makes it, without its cost. */
async function user(name: string, role: Role = 'viewer'): Promise<string> {
  const row = { id: newId(), name, role, password: await hash, subject: null, created_at: 1, last_login: null }
  await server.store.db.insertInto('users').values(row).execute()
  return row.id
}

async function loggedIn(name: string, address?: string): Promise<Browser> {
  const browser = new Browser(server, address)
  assert.equal((await browser.logIn(name, password)).status, 200)
  return browser
}

const acts = async (action: string) =>
  (await server.store.db.selectFrom('audit').selectAll().where('action', '=', action).orderBy('id').execute()).map(
    ({ actor, target, address }) => [actor, target, address],
  )

before(async () => {
  server = await testServer('session')
})
after(() => server.close())

test('a user is added by an admin, logs in, looks, and logs out', async () => {
  const made = await server.ask('POST', '/api/v1/users', { name: 'alice', password, role: 'viewer' })
  assert.equal(made.status, 200, JSON.stringify(made.json))
  assert.ok(!('password' in made.json))
  const browser = new Browser(server)
  assert.deepEqual((await browser.ask('GET', '/api/v1/session')).json, { login: { password: true } })
  assert.equal((await browser.ask('GET', '/api/v1/issues')).status, 401)
  assert.equal((await browser.logIn('alice', 'correct horse batterz')).status, 401)
  const { json, answer } = await browser.logIn('Alice', password)
  assert.deepEqual(json['user'], { name: 'alice', role: 'viewer', owner: false })
  const [cookie] = answer.cookies
  assert.deepEqual(
    [cookie?.name, cookie?.httpOnly, cookie?.sameSite, cookie?.path, cookie?.secure],
    ['faultline', true, 'Strict', '/', undefined],
  )
  assert.ok(!answer.payload.includes(cookie!.value))
  assert.equal((await browser.ask('GET', '/api/v1/issues')).status, 200)
  assert.deepEqual((await browser.ask('GET', '/api/v1/session')).json, json)
  const secret = browser.jar.get('faultline')!
  assert.equal((await browser.ask('DELETE', '/api/v1/session')).status, 204)
  assert.equal(browser.jar.size, 0)
  browser.jar.set('faultline', secret)
  assert.equal((await browser.ask('GET', '/api/v1/issues')).status, 401)
  assert.equal(browser.jar.size, 0, 'a cookie that opens nothing is taken away')
  assert.deepEqual(await acts('user.add'), [['owner', 'alice', '127.0.0.1']])
  assert.deepEqual(await acts('session.logout'), [['alice', 'alice', '192.0.2.1']])
})

test('the store has neither passwords nor what is in cookies', async () => {
  await user('hashed')
  const browser = await loggedIn('hashed')
  const rows = JSON.stringify([
    await server.store.db.selectFrom('users').selectAll().execute(),
    await server.store.db.selectFrom('sessions').selectAll().execute(),
    await server.store.db.selectFrom('audit').selectAll().execute(),
  ])
  assert.ok(!rows.includes(password))
  assert.ok(!rows.includes(browser.jar.get('faultline')!) && !rows.includes(browser.csrf!))
})

test('what changes something needs the word of the session, and a page of this server', async () => {
  await user('carol', 'admin')
  const browser = await loggedIn('carol')
  const body = { host: 'board' }
  const own = await browser.ask('POST', '/api/v1/enrolments', body)
  assert.equal(own.status, 200, JSON.stringify(own.json))
  const other = await loggedIn('carol')
  for (const wrong of [
    { 'x-faultline-csrf': undefined },
    { 'x-faultline-csrf': '' },
    { 'x-faultline-csrf': other.csrf },
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: 'http://faultline.test.evil.example' },
    { origin: 'http://faultline.test:8080' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ]) {
    const { status, json } = await browser.ask('POST', '/api/v1/enrolments', body, wrong)
    assert.equal(status, 403, JSON.stringify(wrong))
    assert.match(json['error'], /x-faultline-csrf|not of this server/)
    assert.equal((await browser.ask('DELETE', '/api/v1/session', undefined, wrong)).status, 403)
  }
  // No answer lets another site's page read it.
  const { answer } = await browser.ask('GET', '/api/v1/users', undefined, { origin: 'https://evil.example' })
  assert.equal(answer.headers['access-control-allow-origin'], undefined)
  assert.equal(answer.headers['cross-origin-resource-policy'], 'same-origin')
})

test('another site logs nobody in', async () => {
  await user('victim')
  const browser = new Browser(server)
  for (const wrong of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }]) {
    const answer = await browser.ask('POST', '/api/v1/session', { name: 'victim', password }, wrong)
    assert.equal(answer.status, 403)
  }
  // A form of another site can send only these types without asking first.
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
    const answer = await browser.ask('POST', '/api/v1/session', undefined, { 'content-type': type })
    assert.ok([400, 415].includes(answer.status), `${type} ${answer.status}`)
  }
  assert.equal(browser.jar.size, 0)
})

test('a login never takes up a session that the browser brought', async () => {
  await user('fixed')
  const planted = new Browser(server)
  planted.jar.set('faultline', 'fls_planted')
  await planted.logIn('fixed', password)
  assert.notEqual(planted.jar.get('faultline'), 'fls_planted')
  // The attacker's own session, planted in the victim's browser, ends where the victim logs in.
  await user('attacker')
  const attacker = await loggedIn('attacker')
  const victim = new Browser(server)
  victim.jar.set('faultline', attacker.jar.get('faultline')!)
  await victim.logIn('fixed', password)
  assert.notEqual(victim.jar.get('faultline'), attacker.jar.get('faultline'))
  assert.equal((await victim.ask('GET', '/api/v1/session')).json['user'].name, 'fixed')
  assert.equal((await attacker.ask('GET', '/api/v1/issues')).status, 401)
})

test('a session ends when it is not used, when it is old, and when somebody ends it', async () => {
  const id = await user('ended')
  const { db } = server.store
  for (const change of [{ last_used: Date.now() - 3 * 24 * 3600_000 }, { expires_at: Date.now() - 1 }]) {
    const browser = await loggedIn('ended')
    await db.updateTable('sessions').set(change).where('user_id', '=', id).execute()
    assert.equal((await browser.ask('GET', '/api/v1/issues')).status, 401)
  }
  const [here, there] = [await loggedIn('ended'), await loggedIn('ended', '192.0.2.2')]
  const { json } = await here.ask('GET', '/api/v1/sessions')
  assert.equal(json['sessions'].length, 2)
  const foreign = json['sessions'].find((each: { current: boolean }) => !each.current)
  assert.equal(foreign.address, '192.0.2.2')
  assert.equal((await here.ask('GET', '/api/v1/sessions?all=true')).status, 403)
  await user('stranger')
  const stranger = await loggedIn('stranger')
  assert.equal((await stranger.ask('DELETE', `/api/v1/sessions/${foreign.id}`)).status, 404)
  assert.equal((await there.ask('GET', '/api/v1/issues')).status, 200)
  assert.equal((await here.ask('DELETE', `/api/v1/sessions/${foreign.id}`)).status, 204)
  assert.equal((await there.ask('GET', '/api/v1/issues')).status, 401)
  const all = await server.ask('GET', '/api/v1/sessions?all=true')
  assert.ok(all.json['sessions'].length > 2)
})

test('a new password ends the other sessions; a new role holds at once; who is removed is out', async () => {
  const id = await user('moved', 'triager')
  const [one, two] = [await loggedIn('moved'), await loggedIn('moved')]
  const change = { current: 'wrong wrong wrong', password: 'another horse battery' }
  assert.equal((await one.ask('PUT', '/api/v1/session/password', change)).status, 403)
  const short = { current: password, password: 'short' }
  assert.equal((await one.ask('PUT', '/api/v1/session/password', short)).status, 400)
  assert.equal((await one.ask('PUT', '/api/v1/session/password', { ...change, current: password })).status, 204)
  assert.equal((await one.ask('GET', '/api/v1/issues')).status, 200)
  assert.equal((await two.ask('GET', '/api/v1/issues')).status, 401)
  assert.equal((await one.ask('POST', '/api/v1/issues/x/state', { note: 'x' })).status, 404)
  assert.equal((await server.ask('PUT', `/api/v1/users/${id}/role`, { role: 'viewer' })).status, 200)
  assert.equal((await one.ask('POST', '/api/v1/issues/x/state', { note: 'x' })).status, 403)
  assert.equal(
    (await server.ask('PUT', `/api/v1/users/${id}/password`, { password: 'third horse battery' })).status,
    204,
  )
  assert.equal((await one.ask('GET', '/api/v1/issues')).status, 401)
  await server.store.db
    .updateTable('users')
    .set({ password: await hash })
    .where('id', '=', id)
    .execute()
  const again = await loggedIn('moved')
  assert.equal((await server.ask('DELETE', `/api/v1/users/${id}`)).status, 204)
  assert.equal((await again.ask('GET', '/api/v1/issues')).status, 401)
  assert.equal((await new Browser(server).logIn('moved', password)).status, 401)
  assert.deepEqual(
    (await acts('user.role')).concat(await acts('user.remove')).map(each => each[1]),
    ['moved', 'moved'],
  )
})

test('guessing is slowed, by name wherever it comes from, by address whatever the name; who was here before gets in', async () => {
  await user('guessed')
  const home = await loggedIn('guessed', '198.51.100.1')
  const statuses: number[] = []
  for (let tried = 0; tried < 8; tried++) {
    const { status, answer } = await new Browser(server, `203.0.113.${tried}`).logIn('guessed', `guess number ${tried}`)
    statuses.push(status)
    if (status === 429) assert.ok(Number(answer.headers['retry-after']) >= 1)
  }
  assert.deepEqual(statuses.slice(0, 5), [401, 401, 401, 401, 401])
  assert.ok(statuses.slice(5).includes(429), String(statuses))
  // Right or wrong, it is not even looked at.
  assert.equal((await new Browser(server, '203.0.113.99').logIn('guessed', password)).status, 429)
  assert.equal((await home.logIn('guessed', password)).status, 200)
  const sprayed: number[] = []
  for (let tried = 0; tried < 13; tried++) {
    sprayed.push((await new Browser(server, '203.0.113.200').logIn(`name-${tried}`, 'guess guess')).status)
  }
  assert.ok(sprayed.includes(429), String(sprayed))
  const failed = await acts('session.failed')
  assert.ok(failed.some(each => each[1] === 'guessed' && each[2] === '203.0.113.0'))
  assert.ok(!failed.some(each => String(each[1]).startsWith('name-')), 'what was typed for a name may be a password')
})

test('the owner logs in with the token, or with the address that the server prints, once', async () => {
  const browser = new Browser(server)
  assert.equal((await browser.ask('POST', '/api/v1/session', { token: 'fla_wrong' })).status, 401)
  const { status, json } = await browser.ask('POST', '/api/v1/session', { token: server.admin })
  assert.equal(status, 200)
  assert.deepEqual(json['user'], { name: 'owner', role: 'admin', owner: true })
  const code = server.logins.newCode()
  const second = new Browser(server)
  assert.equal((await second.ask('POST', '/api/v1/session', { code })).status, 200)
  assert.equal((await second.ask('GET', '/api/v1/users')).status, 200)
  assert.equal((await new Browser(server).ask('POST', '/api/v1/session', { code })).status, 401)
  const host = await server.enrolled('no-person')
  assert.equal((await new Browser(server).ask('POST', '/api/v1/session', { token: host })).status, 401)
  for (const body of [{}, { name: 'alice' }, { password }, { name: 'a', password: 'x'.repeat(2000) }]) {
    assert.equal((await new Browser(server).ask('POST', '/api/v1/session', body)).status, 400, JSON.stringify(body))
  }
})

test('the answers fit the document', async () => {
  const bad = [
    { name: 'Upper', password, role: 'viewer' },
    { name: 'a@b', password, role: 'viewer' },
    { name: '../x', password, role: 'viewer' },
    { name: 'fine', password, role: 'host' },
    { name: 'fine', password: 'short', role: 'viewer' },
  ]
  for (const body of bad) assert.equal((await server.ask('POST', '/api/v1/users', body)).status, 400, body.name)
  assert.equal((await server.ask('POST', '/api/v1/users', { name: 'alice', password, role: 'viewer' })).status, 409)
  assert.deepEqual(server.logged, [])
})
