// Archives of bundles over lines that break: a sender asks how much of one is here, and sends the rest.

import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { z } from 'zod'
import { Uploads } from '../../uploads/uploads.ts'
import { bodyOf, MAX_UPLOAD_BYTES } from '../body.ts'
import { failureOf } from '../failure.ts'
import { sendingHost } from '../guard.ts'
import { described, type Routes } from '../route.ts'
import { offsetQuerySchema, takenSchema, uploadParamsSchema, uploadSchema } from '../schemas.ts'
import { archiveTypes, takeArchive } from './intake.ts'

type Params = z.output<typeof uploadParamsSchema>

export const uploadRoutes: Routes = (app, parts) => {
  const kept = new Uploads(join(parts.store.folder, 'uploads'))

  app.get<{ Params: Params }>(
    '/api/v1/uploads/:key',
    {
      config: { who: 'host' },
      schema: described({
        summary: 'How much of an archive is here. `key` is the sender’s own: the same archive, the same key.',
        tags: ['intake'],
        params: uploadParamsSchema,
        gives: uploadSchema,
      }),
    },
    async request => ({ offset: await kept.offset(sendingHost(request).hostId, request.params.key) }),
  )

  app.patch<{ Params: Params; Querystring: z.output<typeof offsetQuerySchema> }>(
    '/api/v1/uploads/:key',
    {
      config: { who: 'host' },
      schema: described({
        summary: 'The rest of an archive, from `offset` on; then all of it is taken as by POST /api/v1/bundles.',
        tags: ['intake'],
        params: uploadParamsSchema,
        querystring: offsetQuerySchema,
        consumes: archiveTypes,
        gives: takenSchema,
      }),
    },
    async request => {
      const host = sendingHost(request)
      const { offset, self } = request.query
      const bundles = await kept.finish(
        {
          hostId: host.hostId,
          key: request.params.key,
          offset,
          body: bodyOf(request, archiveTypes, MAX_UPLOAD_BYTES - offset),
          cancel: () => void (request.body as Readable | undefined)?.destroy(),
        },
        archive => parts.uploads.pass(host.hostId, () => takeArchive(parts, { ...host, self }, archive)),
        error => failureOf(error).status < 500,
      )
      return { bundles }
    },
  )
}
