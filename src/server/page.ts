// The web page over HTTP: a handful of files read once, nothing else reachable, nothing sent anywhere.

import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { extname, join, relative, sep } from 'node:path'

/** What the page may do in the browser: run and draw its own files. WebAssembly for the decompressors. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  // data: is no request: the zstd decoder carries its WebAssembly that way.
  "connect-src 'self' data:",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** With every file of it. */
export const pageHeaders = {
  'Content-Security-Policy': contentSecurityPolicy,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), usb=()',
} as const

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
  '.txt': 'text/plain; charset=utf-8',
  '.log': 'text/plain; charset=utf-8',
}

interface Asset {
  bytes: Uint8Array
  type: string
  tag: string
  /** its name holds a hash of its content */
  immutable: boolean
}

/** All files below a folder by their URL path. The folder is our own build, a few hundred kilobytes. */
export async function readAssets(folder: string): Promise<Map<string, Asset>> {
  const assets = new Map<string, Asset>()
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const file = join(entry.parentPath, entry.name)
    const path = `/${relative(folder, file).split(sep).join('/')}`
    const bytes = await readFile(file)
    assets.set(path, {
      bytes,
      type: types[extname(file)] ?? 'application/octet-stream',
      tag: tagOf(bytes),
      immutable: path.startsWith('/assets/'),
    })
  }
  return assets
}

/** The app with nothing behind it: it has one page (src/web/pages/decode.tsx), and asks no server for anything. */
function alone(assets: Map<string, Asset>): void {
  const index = assets.get('/index.html')
  if (index === undefined) return
  const bytes = Buffer.from(Buffer.from(index.bytes).toString().replace('<html', '<html data-alone'))
  assets.set('/decode', { ...index, bytes, tag: tagOf(bytes) })
  assets.delete('/index.html')
}

const tagOf = (bytes: Uint8Array): string => `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`

function answer(assets: ReadonlyMap<string, Asset>, request: IncomingMessage, response: ServerResponse): void {
  const plain = (status: number, text: string, extra: Record<string, string> = {}): void => {
    response.writeHead(status, { ...pageHeaders, 'Content-Type': 'text/plain; charset=utf-8', ...extra })
    response.end(request.method === 'HEAD' ? undefined : `${text}\n`)
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    plain(405, 'GET or HEAD only', { Allow: 'GET, HEAD' })
    return
  }
  const path = (request.url ?? '/').replace(/[?#].*$/, '')
  if (path === '/') {
    plain(302, 'the page is at /decode', { Location: '/decode' })
    return
  }
  const asset = assets.get(path)
  if (asset === undefined) {
    plain(404, 'no such page')
    return
  }
  const about = {
    ...pageHeaders,
    'Content-Type': asset.type,
    ETag: asset.tag,
    'Cache-Control': asset.immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
  }
  if (request.headers['if-none-match'] === asset.tag) {
    response.writeHead(304, about)
    response.end()
    return
  }
  response.writeHead(200, { ...about, 'Content-Length': asset.bytes.length })
  response.end(request.method === 'HEAD' ? undefined : asset.bytes)
}

export interface PageServer {
  /** where it listens now, http://127.0.0.1:8787/ */
  url: string
  close(): Promise<void>
}

/** Further ports that are tried when the first is taken. */
const portsTried = 20

/**
 * Serves the page. `orNext` takes the next free port when `port` is taken. Throws the system's error, such as
 * EADDRINUSE or EACCES.
 */
export async function servePage(options: {
  folder: string
  host: string
  port: number
  orNext: boolean
}): Promise<PageServer> {
  const assets = await readAssets(options.folder)
  alone(assets)
  const server = createServer((request, response) => answer(assets, request, response))
  let port = options.port
  for (let tries = 0; ; tries++, port++) {
    try {
      await listen(server, options.host, port)
      break
    } catch (error) {
      const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
      if (!taken || !options.orNext || tries >= portsTried) throw error
    }
  }
  const address = server.address()
  const actual = typeof address === 'object' && address !== null ? address.port : port
  const host = options.host.includes(':') ? `[${options.host}]` : options.host
  return {
    url: `http://${host}:${actual}/`,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const listen = (server: Server, host: string, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
