// The server as one thing that is started and ended: the store, its owner's token, and HTTP.

import { chmod, open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { buildApp } from './api/app.ts'
import { identify, newAdminToken } from './intake/tokens.ts'
import { openStore, type Store } from './store/store.ts'

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
  close(): Promise<void>
}

/** Throws StoreHeld, and the system's errors: EADDRINUSE, EACCES… */
export async function serve({ data, host, port, version, tls, log }: ServeOptions): Promise<RunningServer> {
  const store = await openStore(data)
  try {
    const tokenFile = join(data, 'admin-token')
    await ensureToken(store, tokenFile)
    const app = await buildApp({ store, version, log, ...(tls === undefined ? {} : { tls }) })
    await app.listen({ host, port })
    const address = app.server.address()
    const actual = typeof address === 'object' && address !== null ? address.port : port
    return {
      url: `${tls === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${actual}/`,
      tokenFile,
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
