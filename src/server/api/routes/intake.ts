// What comes in: bundles of hosts, logs of people.

import type { z } from 'zod'
import { type UnpackLimits, unpackBundles } from '../../../node/bundles/unpack.ts'
import { Gate } from '../../gate.ts'
import { type Taken, takeBundle } from '../../intake/bundle.ts'
import { decodeLog } from '../../intake/decode-log.ts'
import { logLimits, takeLog } from '../../intake/log.ts'
import { Refusal } from '../../intake/refusal.ts'
import { bodyOf } from '../body.ts'
import { described, type Parts, type Routes } from '../route.ts'
import { logQuerySchema, takenLogSchema, takenSchema } from '../schemas.ts'

const MB = 1024 * 1024

const uploadLimits: UnpackLimits = { fileBytes: 64 * MB, entryBytes: 128 * MB, files: 1024, archiveBytes: 256 * MB }

export const archiveTypes = ['application/zstd', 'application/gzip', 'application/x-tar', 'application/octet-stream']
const logTypes = ['text/plain', ...archiveTypes]

export const intakeRoutes: Routes = (app, parts) => {
  const gate = new Gate()
  // Bodies are read by the routes, as far as they are wanted.
  app.addContentTypeParser(logTypes, (_request, payload, done) => done(null, payload))

  app.post(
    '/api/v1/bundles',
    {
      config: { who: 'host' },
      schema: described({
        summary: 'Bundles as `faultline bundles export` packs them. Sent again they are known again.',
        tags: ['intake'],
        consumes: archiveTypes,
        gives: takenSchema,
      }),
    },
    async request => {
      const host = request.identity?.host
      if (host === undefined) throw new Refusal(403, 'bundles are taken from hosts: enrol one and use its token')
      return { bundles: await gate.pass(host.hostId, () => takeArchive(parts, host, bodyOf(request, archiveTypes))) }
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
      gate.pass(request.identity?.actor ?? '', async () => {
        const pieces: Uint8Array[] = []
        for await (const piece of bodyOf(request, logTypes)) pieces.push(piece)
        const taken = await takeLog(
          parts.store,
          Buffer.concat(pieces),
          request.query.host,
          logLimits,
          decodeWith(parts),
        )
        parts.metrics.bundles.inc({ result: taken.what })
        return taken
      }),
  )
}

/** A log that is decoded in a few milliseconds is not sent to a thread for it. */
const THREAD_BYTES = 64 * 1024

const decodeWith =
  ({ threads }: Parts): typeof decodeLog =>
  (bytes, limits) =>
    bytes.length < THREAD_BYTES ? decodeLog(bytes, limits) : threads.run('decodeLog', bytes, limits)

/** Each is acknowledged, or none: what was taken before a fault is known when it is sent again. */
export async function takeArchive(
  { store, metrics }: Parts,
  host: { hostId: string; name: string },
  body: AsyncIterable<Uint8Array>,
): Promise<Taken[]> {
  const taken: Taken[] = []
  for await (const unpacked of unpackBundles('the archive', body, uploadLimits)) {
    // Symbols of a host's boots have no place here yet; the host keeps its own.
    if (unpacked.what !== 'bundle') continue
    const each = await takeBundle(store, host, unpacked.name, unpacked.copy)
    taken.push(each)
    metrics.bundles.inc({ result: each.what })
  }
  if (taken.length === 0) throw new Refusal(422, 'there is no bundle in the archive')
  return taken
}
