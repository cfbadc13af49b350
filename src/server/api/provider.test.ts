// Logging in with an OpenID provider: a real one, npm's oidc-provider, on this machine.

import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, before, test } from 'node:test'
import { clientId, clientSecret, logInThere, openProvider, type TestProvider } from '../../../tests/openid-provider.ts'
import { Browser, type TestServer, testServer } from '../../../tests/server-app.ts'
import { ProviderSettingsError, providerSchema, readProvider } from '../access/provider-settings.ts'

let op: TestProvider
let server: TestServer
const words: string[] = []
const publicUrl = 'http://faultline.test/'
const callback = `${publicUrl}api/v1/session/provider/callback`

before(async () => {
  const accounts = {
    ada: { preferred_username: 'ada', groups: ['kernel', 'kernel-admins'] },
    tim: { preferred_username: 'tim', groups: ['kernel'] },
    nobody: { preferred_username: 'nobody', groups: ['sales', 'constructor', '__proto__'] },
    mail: { email: 'mail@example.com', groups: 'kernel' },
  }
  op = await openProvider(accounts, () => [callback])
  const provider = providerSchema.parse({
    ...{ issuer: op.issuer, clientId, clientSecret, label: 'Test' },
    roles: { kernel: 'triager', 'kernel-admins': 'admin' },
  })
  server = await testServer('provider', { provider, publicUrl, log: message => words.push(message) })
})
after(async () => {
  await server.close()
  await op.close()
})

/** Away; gives where to, with the browser that keeps the flow's cookie. */
async function away(): Promise<{ browser: Browser; to: string }> {
  const browser = new Browser(server)
  const { status, answer } = await browser.ask('GET', '/api/v1/session/provider')
  assert.equal(status, 302)
  const cookie = answer.cookies.find(({ name }) => name === 'faultline-provider')
  assert.deepEqual([cookie?.httpOnly, cookie?.sameSite, cookie?.maxAge], [true, 'Lax', 600])
  return { browser, to: String(answer.headers.location) }
}

const pathOf = (url: string): string => url.replace(/^http:\/\/[^/]+/, '')

async function logIn(name: string) {
  const { browser, to } = await away()
  const back = await logInThere(to, name)
  assert.ok(back.startsWith(`${callback}?`), back)
  const answer = await browser.ask('GET', pathOf(back))
  return { browser, back, to: String(answer.answer.headers.location) }
}

test('away with code, PKCE, state and nonce; back logged in with the role that the groups say', async () => {
  const { to } = await away()
  const query = new URL(to).searchParams
  assert.deepEqual(
    [query.get('response_type'), query.get('code_challenge_method'), query.get('redirect_uri')],
    ['code', 'S256', callback],
  )
  for (const each of ['state', 'nonce', 'code_challenge']) assert.ok((query.get(each) ?? '').length >= 43, each)
  for (const [name, role, called] of [
    ['ada', 'admin', 'ada@127.0.0.1'],
    ['tim', 'triager', 'tim@127.0.0.1'],
    ['mail', 'triager', 'mail@example.com'],
  ] as const) {
    const { browser, to } = await logIn(name)
    assert.equal(to, publicUrl)
    const { json } = await browser.ask('GET', '/api/v1/session')
    assert.deepEqual(json['user'], { name: called, role, owner: false }, name)
    assert.ok(json['expiresAt'] < Date.now() + 25 * 3600_000)
    assert.deepEqual(json['login'].provider, { label: 'Test', url: '/api/v1/session/provider' })
    assert.ok(!browser.jar.has('faultline-provider'))
  }
  assert.deepEqual(words, [])
})

test('who has no role there is not let in; what the provider says later holds at the next login', async () => {
  const { browser, to } = await logIn('nobody')
  assert.equal(to, `${publicUrl}#login-failed=denied`)
  assert.equal((await browser.ask('GET', '/api/v1/issues')).status, 401)
  op.accounts['tim'] = { preferred_username: 'timothy', groups: ['kernel-admins'] }
  const { browser: tim } = await logIn('tim')
  assert.deepEqual((await tim.ask('GET', '/api/v1/session')).json['user'].name, 'timothy@127.0.0.1')
  const { json } = await server.ask('GET', '/api/v1/users')
  const users = json['users'].filter((each: { name: string }) => each.name.startsWith('tim'))
  assert.deepEqual(
    users.map(({ name, role, by }: Record<string, string>) => [name, role, by]),
    [['timothy@127.0.0.1', 'admin', 'provider']],
  )
  assert.equal((await server.ask('PUT', `/api/v1/users/${users[0].id}/role`, { role: 'viewer' })).status, 409)
  const password = 'correct horse battery'
  assert.equal((await server.ask('PUT', `/api/v1/users/${users[0].id}/password`, { password })).status, 409)
  assert.equal((await new Browser(server).logIn('timothy@127.0.0.1', '')).status, 401)
})

test('nobody is taken for another by a name that was given anew', async () => {
  op.accounts['ada2'] = { preferred_username: 'ada', groups: ['kernel'] }
  const { browser } = await logIn('ada2')
  const { name, role } = (await browser.ask('GET', '/api/v1/session')).json['user']
  assert.match(name, /^ada@127\.0\.0\.1 \([0-9a-f]{6}\)$/)
  assert.equal(role, 'triager')
})

test('a code that was used, of another browser, with another state, or none is nothing', async () => {
  const { browser, back } = await logIn('ada')
  const failed = `${publicUrl}#login-failed=provider`
  const ends = async (who: Browser, path: string) => (await who.ask('GET', path)).answer.headers.location
  assert.equal(await ends(browser, pathOf(back)), failed, 'the flow is over')
  const first = await away()
  const code = await logInThere(first.to, 'ada')
  // A link with the attacker's code, opened by a victim who has begun no login, or one of their own.
  assert.equal(await ends(new Browser(server), pathOf(code)), failed)
  assert.equal(await ends((await away()).browser, pathOf(code)), failed)
  const forged = new Browser(server)
  forged.jar.set('faultline-provider', Buffer.alloc(80, 1).toString('base64url'))
  assert.equal(await ends(forged, pathOf(code)), failed)
  const state = new URL(code)
  state.searchParams.set('state', 'another')
  assert.equal(await ends(first.browser, pathOf(state.href)), failed)
  const bare = await away()
  assert.equal(await ends(bare.browser, '/api/v1/session/provider/callback'), failed)
  const refused = await away()
  const { searchParams } = new URL(refused.to)
  const denied = `?error=access_denied&state=${searchParams.get('state')}&iss=${encodeURIComponent(op.issuer)}`
  assert.equal(await ends(refused.browser, `/api/v1/session/provider/callback${denied}`), failed)
  assert.ok(words.length >= 6)
  for (const each of words) assert.doesNotMatch(each, /a secret between/)
})

test('an ID token that the provider’s keys have not signed is nothing', async () => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const own = await (await fetch(`${op.issuer}/jwks`)).json()
  const kid = (own as { keys: { kid: string }[] }).keys[0]!.kid
  op.instead.set('/jwks', { keys: [{ ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' }] })
  // A server that has not seen the right keys yet.
  const provider = providerSchema.parse({ issuer: op.issuer, clientId, clientSecret, defaultRole: 'viewer' })
  const fresh = await testServer('forged', { provider, publicUrl, log: message => words.push(message) })
  const browser = new Browser(fresh)
  const to = String((await browser.ask('GET', '/api/v1/session/provider')).answer.headers.location)
  const back = await logInThere(to, 'ada')
  const { answer } = await browser.ask('GET', pathOf(back))
  assert.equal(answer.headers.location, `${publicUrl}#login-failed=provider`)
  assert.match(words.at(-1)!, /signature/)
  op.instead.delete('/jwks')
  await fresh.close()
})

test('a provider that is away is said, and passwords still open', async () => {
  const provider = providerSchema.parse({ issuer: 'http://127.0.0.1:1', clientId })
  const alone = await testServer('away', { provider, publicUrl })
  const { status, json } = await new Browser(alone).ask('GET', '/api/v1/session/provider')
  assert.equal(status, 503)
  assert.match(json['error'], /http:\/\/127\.0\.0\.1:1 cannot be asked/)
  assert.equal((await new Browser(alone).ask('POST', '/api/v1/session', { token: alone.admin })).status, 200)
  await alone.close()
})

test('settings: what is wrong is named', () => {
  const right = { issuer: 'https://login.example.com/', clientId: 'x', roles: { a: 'admin' } }
  assert.equal(readProvider('f', JSON.stringify(right)).rolesClaim, 'groups')
  for (const [change, expected] of [
    [{ issuer: 'http://login.example.com/' }, /issuer: expected https/],
    [{ roles: { a: 'root' } }, /roles\.a/],
    [{ clientID: 'x' }, /clientID/],
    [{ clientId: '' }, /clientId/],
  ] as const) {
    assert.throws(() => readProvider('f', JSON.stringify({ ...right, ...change })), expected)
  }
  assert.throws(() => readProvider('f', '{'), ProviderSettingsError)
})
