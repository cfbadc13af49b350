// faultline users, with a server running and without.

import assert from 'node:assert/strict'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { runCommand } from '../../tests/run-command.ts'
import { newFolder } from '../../tests/server-app.ts'
import { serve } from '../server/serve.ts'

const base = newFolder('users')
after(() => rmSync(base, { recursive: true }))
const users = (data: string, args: string[], stdin = '') => runCommand(['users', ...args, '--data', data], stdin)

test('users are added, listed, changed and removed beside a running server, which knows it at once', async () => {
  const data = join(base, 'running')
  const options = { data: join(data, 'server'), host: '127.0.0.1', port: 0, version: 'test', log: () => {} }
  const server = await serve(options)
  const logIn = async (password: string): Promise<number> => {
    const body = JSON.stringify({ name: 'alice', password })
    const headers = { 'content-type': 'application/json' }
    return (await fetch(`${server.url}api/v1/session`, { method: 'POST', headers, body })).status
  }
  assert.equal((await users(data, ['list'])).code, 1)
  const added = await users(data, ['add', 'alice', '--role', 'admin'], 'correct horse\n')
  assert.deepEqual([added.code, added.out], [0, 'alice can log in as admin.\n'], added.err)
  assert.equal(await logIn('correct horse'), 200)
  assert.match((await users(data, ['list'])).out, /^alice +admin +password +last login 20\d\d/)
  assert.equal((await users(data, ['set-role', 'alice', 'viewer'])).code, 0)
  assert.equal((await users(data, ['set-password', 'alice'], 'another horse')).code, 0)
  assert.equal(await logIn('correct horse'), 401)
  const { out } = await users(data, ['list', '--json'])
  assert.equal(JSON.parse(out).role, 'viewer')
  assert.equal((await users(data, ['remove', 'alice'])).code, 0)
  assert.equal(await logIn('another horse'), 401)
  const token = readFileSync(server.tokenFile, 'utf8').trim()
  const audit = await fetch(`${server.url}api/v1/audit`, { headers: { authorization: `Bearer ${token}` } })
  const entries = ((await audit.json()) as { entries: { action: string; actor: string; address: string }[] }).entries
  const [removed] = entries.filter(({ action }) => action === 'user.remove')
  assert.match(removed?.actor ?? '', / at the command line$/)
  assert.equal(removed?.address, 'local')
  await server.close()
})

test('without a server the store is made; what cannot be is said', async () => {
  const data = join(base, 'fresh')
  assert.equal((await users(data, ['add', 'bob'], 'correct horse')).code, 0)
  const wrong: [string[], string, RegExp][] = [
    [['add', 'bob'], 'correct horse', /there is a user bob already/],
    [['add', 'Bob B'], 'correct horse', /name: expected/],
    [['add', 'carol'], 'short', /password: expected 10 to 256/],
    [['add', 'carol'], '', /expected a password on standard input/],
    [['add', 'carol', '--role', 'root'], 'correct horse', /expected one of viewer, triager, admin/],
    [['remove', 'carol'], '', /there is no user carol/],
    [['set-role', 'bob', 'host'], '', /expected one of/],
  ]
  for (const [args, stdin, words] of wrong) {
    const { code, err } = await users(data, args, stdin)
    assert.equal(code, 2, args.join(' '))
    assert.match(err, words)
  }
  const { code, err } = await users('/proc/nothing', ['list'])
  assert.equal(code, 2)
  assert.match(err, /--data/)
})
