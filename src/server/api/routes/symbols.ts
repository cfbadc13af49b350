// Symbols: how they come, what there is, what is missing.

import type { Readable } from 'node:stream'
import type { z } from 'zod'
import { symbolObjects, symbolsOverview } from '../../symbols/overview.ts'
import { MAX_SYMBOL_BYTES } from '../../symbols/symbols.ts'
import { bodyOf } from '../body.ts'
import { actorOf, described, type Routes } from '../route.ts'
import { idParamsSchema } from '../schemas.ts'
import { symbolObjectsSchema, symbolsSchema, symbolTakenSchema, symbolUploadQuerySchema } from '../symbol-schemas.ts'

const tags = ['symbols']
const type = 'application/octet-stream'
type Params = z.output<typeof idParamsSchema>

export const symbolRoutes: Routes = (app, { store, symbols }) => {
  if (!app.hasContentTypeParser(type)) {
    app.addContentTypeParser(
      type,
      (_request: unknown, payload: Readable, done: (error: null, body: Readable) => void) => done(null, payload),
    )
  }
  app.get(
    '/api/v1/symbols',
    {
      config: { who: 'viewer' },
      schema: described({
        summary: 'Symbols that there are, and which releases lack them',
        tags,
        gives: symbolsSchema,
      }),
    },
    () => symbolsOverview(store.db),
  )
  app.get<{ Params: Params }>(
    '/api/v1/symbols/:id/objects',
    {
      config: { who: 'viewer' },
      schema: described({
        summary: 'Kernels and modules of a file, with their build IDs',
        tags,
        params: idParamsSchema,
        gives: symbolObjectsSchema,
      }),
    },
    ({ params: { id } }) => symbolObjects(store.db, id),
  )
  app.post<{ Querystring: z.output<typeof symbolUploadQuerySchema> }>(
    '/api/v1/symbols',
    {
      config: { who: 'triager' },
      bodyLimit: MAX_SYMBOL_BYTES,
      schema: described({
        summary:
          'vmlinux, System.map, kernel image, module debug file, Debian package or index; reports gain lines by it',
        tags,
        querystring: symbolUploadQuerySchema,
        consumes: [type],
        gives: symbolTakenSchema,
      }),
    },
    request => symbols.take(bodyOf(request, [type], MAX_SYMBOL_BYTES), request.query.name, actorOf(request.identity)),
  )
  app.delete<{ Params: Params }>(
    '/api/v1/symbols/:id',
    {
      config: { who: 'triager' },
      schema: described({ summary: 'They go; lines that reports have by them stay', tags, params: idParamsSchema }),
    },
    async ({ params: { id } }, reply) => {
      await symbols.remove(id)
      return reply.code(204).send()
    },
  )
}
