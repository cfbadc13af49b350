// The server as one thing that is started and ended: the store, its owner's token, and HTTP.

import { chmod, open, readFile, rename } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { BundleCopy } from '../node/bundles/bundle.ts'
import { Logins } from './access/login.ts'
import { buildApp } from './api/app.ts'
import { makeMetrics } from './api/metrics.ts'
import { type Sender, type Taken, takeBundle } from './intake/bundle.ts'
import { identify, newAdminToken } from './intake/tokens.ts'
import { hostRow } from './issues/machines.ts'
import { openStore, type Store } from './store/store.ts'
import { webFolder } from './web-folder.ts'

export interface ServeOptions {
  /** made where it is not there */
  data: string
  host: string
  port: number
  version: string
  /** PEM; without it, plain HTTP */
  tls?: { cert: Buffer; key: Buffer }
  log: (message: string, error: unknown) => void
}

export interface RunningServer {
  /** where it listens now, http://127.0.0.1:8788/ */
  url: string
  /** the file that holds the owner's token */
  tokenFile: string
  /** Takes a bundle that this process has itself, of this machine or of one that it hears. Throws Refusal, StoreFull. */
  take(name: string, copy: BundleCopy): Promise<Taken>
  /** an address that opens the page logged in as the owner, once, within an hour */
  loginUrl(): string
  close(): Promise<void>
}

/** Throws StoreHeld, and the system's errors: EADDRINUSE, EACCES… */
export async function serve({ data, host, port, version, tls, log }: ServeOptions): Promise<RunningServer> {
  const store = await openStore(data)
  try {
    const tokenFile = join(data, 'admin-token')
    await ensureToken(store, tokenFile)
    const metrics = makeMetrics(store)
    const logins = new Logins(store)
    const app = await buildApp({
      metrics,
      logins,
      store,
      version,
      log,
      web: webFolder(),
      ...(tls === undefined ? {} : { tls }),
    })
    await app.listen({ host, port })
    const address = app.server.address()
    const actual = typeof address === 'object' && address !== null ? address.port : port
    const url = `${tls === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${actual}/`
    return {
      url,
      tokenFile,
      take: async (name, copy) => {
        const taken = await takeBundle(store, await localSender(store), name, copy)
        metrics.bundles.inc({ result: taken.what })
        return taken
      },
      // What stands behind the # is not sent by browsers, nor kept in logs of proxies.
      loginUrl: () => `${url}#login=${logins.newCode()}`,
      close: async () => {
        await app.close()
        await store.close()
      },
    }
  } catch (error) {
    await store.close()
    throw error
  }
}

/** This machine as one of the hosts: what it hears of others is told by it. */
async function localSender(store: Store): Promise<Sender> {
  const name = hostname()
  return { name, hostId: await store.write(tx => hostRow(tx, name, '', Date.now())) }
}

/** The token stays as it is while its file does; without the file there is a new one, and the old opens nothing. */
async function ensureToken(store: Store, file: string): Promise<void> {
  const kept = await readFile(file, 'utf8').catch(() => undefined)
  if (kept !== undefined && (await identify(store, `Bearer ${kept.trim()}`))?.role === 'admin') {
    await chmod(file, 0o600)
    return
  }
  const token = await newAdminToken(store)
  const draft = await open(`${file}.new`, 'w', 0o600)
  try {
    await draft.writeFile(`${token}\n`)
    await draft.sync()
  } finally {
    await draft.close()
  }
  await rename(`${file}.new`, file)
}
