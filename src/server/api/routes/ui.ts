// The UI: files of our own build, and for every address that is none of them nor of the API, the app, which looks at the
// address itself.

import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import { say } from '../../../core/say.ts'
import { pageHeaders } from '../page-headers.ts'

/** The names of files in assets/ hold a hash of what is in them. */
const IMMUTABLE = 'public, max-age=31536000, immutable'

/** `folder`: dist/web. Where it is absent, only the API is served. */
export async function uiRoutes(app: FastifyInstance, folder: string | undefined): Promise<void> {
  app.setNotFoundHandler((request, reply) => {
    const page = folder !== undefined && isPage(request.method, request.url)
    if (!page) return reply.code(404).send({ error: say`there is nothing at this address` })
    return reply.headers({ ...pageHeaders, 'Cache-Control': 'no-cache' }).sendFile('index.html')
  })
  if (folder === undefined) return
  app.addHook('onRoute', route => {
    route.config = { ...route.config, who: 'anyone' }
  })
  await app.register(fastifyStatic, {
    root: folder,
    // A route for each file: what else is asked for does not touch the disk.
    wildcard: false,
    index: ['index.html'],
    cacheControl: false,
    setHeaders: (reply, path) => {
      const immutable = path.startsWith(join(folder, 'assets'))
      reply.headers({ ...pageHeaders, 'Cache-Control': immutable ? IMMUTABLE : 'no-cache' })
    },
  })
}

/** "/issues/0193…", not "/api/…" nor "/assets/gone.js". */
function isPage(method: string, url: string): boolean {
  const path = url.replace(/[?#].*$/, '')
  return (method === 'GET' || method === 'HEAD') && !path.startsWith('/api/') && !/\.\w+$/.test(path)
}
