// Every route of the document, asked by everybody: who may, may; who may not is told so, and nothing is done.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Json, type Method, type TestServer, testServer } from '../../../tests/server-app.ts'
import { may, type Role, roleNames, type Who } from '../access/roles.ts'
import { newSecret, secretHash } from '../access/secret.ts'
import { newId } from '../store/id.ts'

let server: TestServer
before(async () => {
  server = await testServer('roles')
})
after(() => server.close())

/** What is open to all, and what somebody may do for themselves alone. */
const openToAll = [
  'GET /healthz',
  'GET /metrics',
  'GET /api/v1/openapi.json',
  'POST /api/v1/enrol',
  'GET /api/v1/session',
  'POST /api/v1/session',
  'DELETE /api/v1/session',
  'GET /api/v1/session/provider',
  'GET /api/v1/session/provider/callback',
]
const forThemselves = ['/api/v1/session/password', '/api/v1/sessions/{id}', '/api/v1/tokens', '/api/v1/tokens/{id}']
const forAdmins = /users|audit|enrolments|alert-channels|backup|retention|settings/
const forHosts =
  /^(?:GET|POST|PATCH) \/(?:api\/v1\/(?:bundles|uploads\/\{key\}|token\/rotate|log|facts)|reports\/(?:new|attach)\/)$/

interface Route {
  method: Method
  path: string
  who: Who
}

async function routes(): Promise<Route[]> {
  const { json } = await server.ask('GET', '/api/v1/openapi.json', undefined, '')
  return Object.entries(json['paths'] as Json).flatMap(([path, methods]) =>
    Object.entries(methods as Json).map(([method, { 'x-faultline-role': who }]) => ({
      method: method.toUpperCase() as Method,
      path,
      who: who as Who,
    })),
  )
}

async function tokenOf(role: Role): Promise<string> {
  const token = newSecret('flt')
  const row = { id: newId(), hash: secretHash(token), role, name: role, created_at: 1, created_by: 'test' }
  const rest = { host_id: null, user_id: null, last_used: null, expires_at: null, revoked_at: null }
  await server.store.db
    .insertInto('tokens')
    .values({ ...row, ...rest })
    .execute()
  return token
}

test('each route says who may, and none less than it should', async () => {
  for (const { method, path, who } of await routes()) {
    const name = `${method} ${path}`
    if (openToAll.includes(name)) assert.equal(who, 'anyone', name)
    else if (forHosts.test(name)) assert.equal(who, 'host', name)
    else {
      assert.ok(roleNames.includes(who as Role), `${name}: ${who}`)
      if (method !== 'GET' && !forThemselves.includes(path)) assert.notEqual(who, 'viewer', name)
      if (forAdmins.test(path) || (method === 'DELETE' && path.startsWith('/api/v1/hosts/')))
        assert.equal(who, 'admin', name)
      // A route that says nothing is for admins: what is only looked at should say that viewers may.
      else if (method === 'GET') assert.equal(who, 'viewer', name)
    }
  }
})

const refused = /^(?:log in, or give a token|this needs the role|the token of a host only sends|this is for hosts)/

/** What the door says; `undefined`: it is open. An answer that does not end, such as a stream, is none. */
async function door({ method, path }: Route, token: string): Promise<number | undefined> {
  const url = path.replaceAll(/\{[^}]+\}/g, 'none')
  const headers = token === '' ? {} : { authorization: `Bearer ${token}` }
  const body = method === 'GET' || method === 'DELETE' ? {} : { payload: {} }
  const signal = AbortSignal.timeout(2000)
  try {
    const answer = await server.app.inject({ method, url, headers, signal, ...body })
    const words = answer.headers['content-type']?.startsWith('application/json') ? answer.json().error : undefined
    assert.ok(answer.statusCode < 500, `${method} ${path}: ${answer.statusCode} ${answer.payload}`)
    return refused.test(words ?? '') ? answer.statusCode : undefined
  } catch (error) {
    if (signal.aborted) return undefined
    throw error
  }
}

test('every route, by nobody, a host, a viewer, a triager and an admin', async () => {
  const all = await routes()
  assert.ok(all.length >= 30)
  const tokens = new Map<Role, string>()
  for (const role of roleNames) tokens.set(role, await tokenOf(role))
  let host = 0
  for (const route of all) {
    const name = `${route.method} ${route.path}`
    assert.equal(await door(route, ''), route.who === 'anyone' ? undefined : 401, `${name} by nobody`)
    assert.equal(await door(route, 'fla_guess'), route.who === 'anyone' ? undefined : 401, `${name} by a guess`)
    // What a host may can end its token.
    const token = await server.enrolled(`board-${host++}`)
    assert.equal(await door(route, token), may('host', route.who) ? undefined : 403, `${name} by a host`)
    for (const [role, token] of tokens) {
      assert.equal(await door(route, token), may(role, route.who) ? undefined : 403, `${name} by a ${role}`)
    }
  }
  assert.deepEqual(server.logged, [])
})

test('a token that has ended, or whose user has, opens nothing; one may no more than its user', async () => {
  const user = { id: newId(), name: 'alice', role: 'viewer' as Role, password: 'x', subject: null }
  await server.store.db
    .insertInto('users')
    .values({ ...user, created_at: 1, last_login: null })
    .execute()
  const token = await tokenOf('admin')
  const row = server.store.db.updateTable('tokens').where('hash', '=', secretHash(token))
  const status = async (url: string) => (await server.ask('GET', url, undefined, token)).status
  assert.equal(await status('/api/v1/users'), 200)
  await row.set({ user_id: user.id }).execute()
  assert.deepEqual([await status('/api/v1/users'), await status('/api/v1/issues')], [403, 200])
  await row.set({ expires_at: Date.now() - 1 }).execute()
  assert.equal(await status('/api/v1/issues'), 401)
  await row.set({ expires_at: Date.now() + 60_000 }).execute()
  assert.equal(await status('/api/v1/issues'), 200)
  await server.store.db.deleteFrom('users').where('id', '=', user.id).execute()
  assert.equal(await status('/api/v1/issues'), 401)
})
