// A server for tests, asked without a network: hosts, people with roles, browsers, and what has come to stand in the store.

import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { type Packing, packBundles } from '../src/agent/bundles/pack.ts'
import { Spool } from '../src/agent/bundles/spool.ts'
import { Logins } from '../src/server/access/login.ts'
import { type AppOptions, buildApp } from '../src/server/api/app.ts'
import { newAdminToken } from '../src/server/intake/tokens.ts'
import { type Engine, openStore, type Store } from '../src/server/store/store.ts'

// biome-ignore lint/suspicious/noExplicitAny: answers are looked at as they come, also wrong ones
export type Json = Record<string, any>
export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export const newFolder = (name: string): string =>
  mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), `faultline-${name}-`))

const tables = ['bundles', 'evidence', 'reports', 'report_bodies', 'issues', 'issue_keys', 'rollups', 'hosts', 'boots']

/** What a password costs here: so much is done at once. */
export const cheap = { memoryKiB: 64, passes: 1, lanes: 1 }

export type TestServer = Awaited<ReturnType<typeof testServer>>

type Options = Partial<AppOptions>

export async function testServer(
  name: string,
  options: Options | ((store: Store) => Options) = {},
  engine?: (folder: string) => Engine,
) {
  const base = newFolder(name)
  const store = await openStore(join(base, 'data'), engine)
  const logged: string[] = []
  const logins = new Logins(store, cheap)
  const own = typeof options === 'function' ? options(store) : options
  const app = await buildApp({ store, version: 'test', logins, log: message => logged.push(message), ...own })
  const admin = await newAdminToken(store)

  async function ask(method: Method, url: string, body?: Json, token = admin) {
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
  async function archive(spoolName: string, drafts: Parameters<Spool['write']>[0][], packing: Packing = 'zst') {
    const spool = await Spool.open(join(base, spoolName))
    for (const draft of drafts) await spool.write(draft)
    const all = (await spool.list()).map(each => each.name)
    const pieces: Uint8Array[] = []
    for await (const piece of packBundles(spool, all, [], packing)) pieces.push(piece.slice())
    await spool.close()
    return Buffer.concat(pieces)
  }

  async function rowsOf(): Promise<Json> {
    const count = async (table: string) =>
      (await sql<{ n: number }>`select count(*) as n from ${sql.table(table)}`.execute(store.db)).rows[0]!.n
    return Object.fromEntries(await Promise.all(tables.map(async table => [table, await count(table)])))
  }

  const close = async (): Promise<void> => {
    await app.close()
    await store.close()
    rmSync(base, { recursive: true })
  }
  return { base, store, app, admin, logged, logins, ask, send, enrolled, archive, rowsOf, close }
}

/** What a browser adds by itself: its cookies, where the page is from; and our page: the csrf word. */
export class Browser {
  readonly jar = new Map<string, string>()
  csrf: string | undefined
  readonly #app: TestServer['app']
  readonly #headers: Record<string, string>
  readonly address: string

  constructor({ app }: Pick<TestServer, 'app'>, address = '192.0.2.1', headers: Record<string, string> = {}) {
    this.#app = app
    this.#headers = { host: 'faultline.test', ...headers }
    this.address = address
  }

  async ask(method: Method, url: string, body?: Json, headers: Record<string, string | undefined> = {}) {
    const all: Record<string, string | undefined> = {
      ...this.#headers,
      ...(method === 'GET' ? {} : { origin: `http://${this.#headers['host']}`, 'sec-fetch-site': 'same-origin' }),
      ...(this.csrf === undefined ? {} : { 'x-faultline-csrf': this.csrf }),
      ...(this.jar.size === 0 ? {} : { cookie: [...this.jar].map(([name, value]) => `${name}=${value}`).join('; ') }),
      ...headers,
    }
    for (const [name, value] of Object.entries(all)) if (value === undefined) delete all[name]
    const answer = await this.#app.inject({
      method,
      url,
      headers: all as Record<string, string>,
      remoteAddress: this.address,
      ...(body === undefined ? {} : { payload: body }),
    })
    for (const { name, value, expires } of answer.cookies) {
      if (expires !== undefined && expires.getTime() < Date.now()) this.jar.delete(name)
      else this.jar.set(name, value)
    }
    const json: Json = answer.headers['content-type']?.startsWith('application/json') ? answer.json() : {}
    return { status: answer.statusCode, json, answer }
  }

  async logIn(name: string, password: string) {
    const answer = await this.ask('POST', '/api/v1/session', { name, password })
    if (answer.status === 200) this.csrf = answer.json['csrf']
    return answer
  }
}
