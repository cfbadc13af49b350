// The server as one thing that is started and ended: the store, its owner's token, and HTTP.

import { chmod, readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import type { LogRecord } from '../core/model.ts'
import type { BundleCopy } from '../node/bundles/bundle.ts'
import { replaceDurably } from '../node/durable.ts'
import { Logins } from './access/login.ts'
import type { ProviderSettings } from './access/provider-settings.ts'
import { heard } from './alerts/dead.ts'
import { AlertSender } from './alerts/sender.ts'
import { buildApp } from './api/app.ts'
import { makeMetrics, type ReceivedCounts } from './api/metrics.ts'
import { HeardLogs } from './hostlog/heard/logs.ts'
import { heardBootAt } from './hostlog/heard/resume.ts'
import { BundleIntake, type Sender, type Taken } from './intake/bundle.ts'
import { takeLog } from './intake/log.ts'
import { identify, newAdminToken, newCode } from './intake/tokens.ts'
import { hostRow } from './issues/machines.ts'
import { localFetch } from './local.ts'
import { openStore, type Store } from './store/store.ts'
import { Threads } from './threads/pool.ts'
import { webFolder } from './web-folder.ts'

export interface ServeOptions {
  /** made where it is not there */
  data: string
  host: string
  port: number
  /** where the port is taken, one of the next */
  orNext?: boolean
  version: string
  /** of this server, as people reach it; for links in alerts */
  publicUrl?: string
  /** PEM; without it, plain HTTP */
  tls?: { cert: Buffer; key: Buffer }
  /** an OpenID provider that people may log in with */
  provider?: ProviderSettings
  /** addresses and networks of proxies that say truly who asks and by which protocol */
  proxies?: readonly string[]
  log: (message: string, error: unknown) => void
}

export interface RunningServer {
  /** where it listens now, http://127.0.0.1:8788/ */
  url: string
  /** the file that holds the owner's token */
  tokenFile: string
  /** Takes a bundle that this process has itself, of this machine or of one that it hears. Throws Refusal, StoreFull. */
  take(name: string, copy: BundleCopy): Promise<Taken>
  /** As `fetch`, of this server alone, without the network. */
  ask(url: URL, request: RequestInit): Promise<Response>
  /** A code by which a host of this name gets its token; undefined where `token` is one already. */
  codeFor(host: string, token: string | undefined): Promise<string | undefined>
  /** Files a log under the name of a host. Throws Refusal, StoreFull. */
  takeLog(bytes: Uint8Array, host: string): Promise<void>
  /** an address that opens the page logged in as the owner, once, within an hour */
  loginUrl(): string
  /**
   * Takes what machines say that this process hears: signs of life, and their logs, of this severity and worse; without one,
   * no log is kept.
   */
  hears(level: number | undefined): Promise<(record: LogRecord) => void>
  /** What this process hears, for its metrics. */
  receives(counts: () => readonly ReceivedCounts[]): void
  close(): Promise<void>
}

/** Throws StoreHeld, and the system's errors: EADDRINUSE, EACCES… */
export async function serve(options: ServeOptions): Promise<RunningServer> {
  const { data, host, port, orNext = false, version, publicUrl, provider, proxies, tls, log } = options
  const store = await openStore(data)
  try {
    const tokenFile = join(data, 'admin-token')
    await ensureToken(store, tokenFile)
    const self = localSender(store)
    let heardLogs: HeardLogs | undefined
    const metrics = makeMetrics(store)
    const logins = new Logins(store)
    const bundles = new BundleIntake(store)
    const threads = new Threads()
    const app = await buildApp({
      metrics,
      logins,
      bundles,
      threads,
      store,
      version,
      log,
      web: webFolder(),
      ...{ publicUrl, provider, proxies },
      ...(tls === undefined ? {} : { tls }),
    })
    await listen(app, host, port, orNext ? PORTS_TRIED : 1)
    const alerts = new AlertSender(store, publicUrl, message => log(message, undefined))
    const address = app.server.address()
    const actual = typeof address === 'object' && address !== null ? address.port : port
    const url = `${tls === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${actual}/`
    return {
      url,
      tokenFile,
      hears: async level => {
        const alive = signsOfLife(store, self)
        if (level === undefined) return ({ host: name }) => void (name !== undefined && alive(name))
        const logs = await HeardLogs.open({ store, own: hostname(), hearer: self, level, say: log })
        heardLogs = logs
        metrics.heard.add(() => logs.counts())
        return record => {
          if (record.host === undefined) return
          alive(record.host)
          logs.take(record)
        }
      },
      receives: counts => void metrics.receivers.add(counts),
      take: async (name, copy) => {
        const bootOf: Sender['bootOf'] = async (tx, { id, name: heard }, at) =>
          heardLogs?.bootOf(heard, at) ?? heardBootAt(tx, id, at)
        const taken = await bundles.take({ ...(await self()), bootOf }, name, copy)
        metrics.bundles.inc({ result: taken.what })
        return taken
      },
      ask: localFetch(app),
      codeFor: async (name, token) => {
        const known = token === undefined ? undefined : await identify(store, `Bearer ${token}`)
        return known?.host?.name === name ? undefined : (await newCode(store, name)).code
      },
      takeLog: async (bytes, name) => {
        metrics.bundles.inc({ result: (await takeLog(store, threads, [bytes], name)).what })
      },
      // What stands behind the # is not sent by browsers, nor kept in logs of proxies.
      loginUrl: () => `${url}#login=${logins.newCode()}`,
      close: async () => {
        await heardLogs?.close()
        await app.close()
        await alerts.close()
        await store.close()
      },
    }
  } catch (error) {
    await store.close()
    throw error
  }
}

const PORTS_TRIED = 20

async function listen(app: FastifyInstance, host: string, port: number, tries: number): Promise<void> {
  for (let tried = 1; ; tried++) {
    try {
      await app.listen({ host, port: port + tried - 1 })
      return
    } catch (error) {
      if (tried < tries && (error as NodeJS.ErrnoException).code === 'EADDRINUSE') continue
      // It has timers and threads, which use the store.
      await app.close()
      throw error
    }
  }
}

/** This machine as one of the hosts, once it is needed: what it hears of others is told by it. */
function localSender(store: Store): () => Promise<Sender> {
  const name = hostname()
  let sender: Sender | undefined
  return async () => {
    sender ??= { name, hostId: await store.write(tx => hostRow(tx, name, '', Date.now())) }
    return sender
  }
}

/** Looked up this seldom, however much a machine says. */
const HEARD_MS = 30_000
const MAX_HEARD = 10_000

function signsOfLife(store: Store, self: () => Promise<Sender>): (host: string) => void {
  const last = new Map<string, number>()
  const note = async (name: string, now: number): Promise<void> => {
    const { hostId } = await self()
    const rows = store.db.selectFrom('hosts').select('id').where('via', '=', hostId).where('name', '=', name)
    const host = await rows.executeTakeFirst()
    if (host !== undefined) await heard(store, host.id, now)
  }
  return name => {
    const now = Date.now()
    if (now - (last.get(name) ?? 0) < HEARD_MS) return
    last.delete(name)
    last.set(name, now)
    if (last.size > MAX_HEARD) last.delete(last.keys().next().value!)
    // A full disk is told of by those who bring something.
    note(name, now).catch(() => {})
  }
}

/** The token stays as it is while its file does; without the file there is a new one, and the old opens nothing. */
async function ensureToken(store: Store, file: string): Promise<void> {
  const kept = await readFile(file, 'utf8').catch(() => undefined)
  if (kept !== undefined && (await identify(store, `Bearer ${kept.trim()}`))?.role === 'admin') {
    await chmod(file, 0o600)
    return
  }
  const token = await newAdminToken(store)
  await replaceDurably(file, Buffer.from(`${token}\n`), 0o600)
}
