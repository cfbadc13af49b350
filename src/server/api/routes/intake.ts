// What comes in: bundles of hosts, logs of people.

import type { z } from 'zod'
import type { UnpackLimits } from '../../../node/bundles/unpack.ts'
import type { Body } from '../../intake/body-pieces.ts'
import type { Sender, Taken } from '../../intake/bundle.ts'
import { takeLog } from '../../intake/log.ts'
import { bodyOf } from '../body.ts'
import { sendingHost } from '../guard.ts'
import { described, type Parts, type Routes } from '../route.ts'
import { bundleQuerySchema, logQuerySchema, takenLogSchema, takenSchema } from '../schemas.ts'

const MB = 1024 * 1024

const uploadLimits: UnpackLimits = { fileBytes: 64 * MB, entryBytes: 128 * MB, files: 1024, archiveBytes: 256 * MB }

export const archiveTypes = ['application/zstd', 'application/gzip', 'application/x-tar', 'application/octet-stream']
const logTypes = ['text/plain', ...archiveTypes]

export const intakeRoutes: Routes = (app, parts) => {
  const { store, metrics, threads, uploads } = parts
  // Bodies are read by the routes, as far as they are wanted.
  app.addContentTypeParser(logTypes, (_request, payload, done) => done(null, payload))

  app.post<{ Querystring: z.output<typeof bundleQuerySchema> }>(
    '/api/v1/bundles',
    {
      config: { who: 'host' },
      schema: described({
        summary: 'Bundles as `faultline bundles export` packs them. Sent again they are known again.',
        tags: ['intake'],
        querystring: bundleQuerySchema,
        consumes: archiveTypes,
        gives: takenSchema,
      }),
    },
    async request => {
      const host = sendingHost(request)
      const sender = { ...host, self: request.query.self }
      const take = () => takeArchive(parts, sender, bodyOf(request, archiveTypes))
      return { bundles: await uploads.pass(host.hostId, take) }
    },
  )

  app.post<{ Querystring: z.output<typeof logQuerySchema> }>(
    '/api/v1/logs',
    {
      config: { who: 'triager' },
      schema: described({
        summary: 'A log, plain or compressed: every kernel exception in it is filed.',
        tags: ['intake'],
        querystring: logQuerySchema,
        consumes: logTypes,
        gives: takenLogSchema,
      }),
    },
    request =>
      uploads.pass(request.identity?.actor ?? '', async () => {
        const taken = await takeLog(store, threads, bodyOf(request, logTypes), request.query.host)
        metrics.bundles.inc({ result: taken.what })
        return taken
      }),
  )
}

export const takeArchive = (
  { bundles, metrics }: Pick<Parts, 'bundles' | 'metrics'>,
  host: Sender,
  body: Body,
): Promise<Taken[]> =>
  bundles.takeArchive(host, body, uploadLimits, ({ what }) => metrics.bundles.inc({ result: what }))
