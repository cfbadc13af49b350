// The kernel log of hosts: how it comes, how it is read, how it is followed.

import type { FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { type KeptRecord, recordOfLine } from '../../../core/log/kept-record.ts'
import { say } from '../../../core/say.ts'
import { decompress } from '../../../node/decompress.ts'
import { appendLog, nextOf } from '../../hostlog/append.ts'
import { LogFollower } from '../../hostlog/follow.ts'
import { readBackward, readForward } from '../../hostlog/read.ts'
import { Refusal } from '../../intake/refusal.ts'
import type { Database } from '../../store/store.ts'
import { bodyOf } from '../body.ts'
import { sendingHost } from '../guard.ts'
import {
  hostLogLiveQuerySchema,
  hostLogPageSchema,
  hostLogQuerySchema,
  pushedLogSchema,
  pushLogQuerySchema,
} from '../machine-schemas.ts'
import { described, type Routes } from '../route.ts'
import { idParamsSchema } from '../schemas.ts'
import { archiveTypes } from './intake.ts'
import { lastEventId, streamOf } from './live.ts'

const tags = ['log']
type Params = z.output<typeof idParamsSchema>

/** Text of one push; agents send at most a quarter of it. */
const MAX_PUSHED_BYTES = 4 * 1024 * 1024

export const hostLogRoutes: Routes = (app, { store }) => {
  app.get<{ Querystring: z.output<typeof pushLogQuerySchema> }>(
    '/api/v1/log',
    {
      config: { who: 'host' },
      schema: described({
        summary: 'How far the log of one of its boots is here',
        tags,
        querystring: pushLogQuerySchema,
        gives: pushedLogSchema,
      }),
    },
    async request => {
      const { boot } = request.query
      const next = await nextOf(store.db, sendingHost(request).hostId, boot)
      return { ...(next === undefined ? {} : { next }), taken: 0 }
    },
  )

  app.post<{ Querystring: z.output<typeof pushLogQuerySchema> }>(
    '/api/v1/log',
    {
      config: { who: 'host' },
      schema: described({
        summary:
          'Records of its kernel, perhaps compressed: a line of JSON each, [sequence, at, sinceBootUs, level, facility, text, caller]. Sent again they are passed over.',
        tags,
        querystring: pushLogQuerySchema,
        consumes: archiveTypes,
        gives: pushedLogSchema,
      }),
    },
    async request => {
      const { boot, from } = request.query
      return appendLog(store, sendingHost(request).hostId, boot, await recordsOf(request), from)
    },
  )

  app.get<{ Params: Params; Querystring: z.output<typeof hostLogQuerySchema> }>(
    '/api/v1/hosts/:id/log',
    {
      config: { who: 'viewer' },
      schema: described({
        summary: 'Its kernel’s log, the latest page first',
        tags,
        params: idParamsSchema,
        querystring: hostLogQuerySchema,
        gives: hostLogPageSchema,
      }),
    },
    async ({ params: { id }, query: { before, after, limit, ...filter } }) => {
      await assertHost(store.db, id)
      if (before !== undefined && after !== undefined) throw new Refusal(400, say`give before or after, one of them`)
      return after === undefined
        ? readBackward(store.db, id, filter, limit, before)
        : readForward(store.db, id, filter, limit, after)
    },
  )

  const follower = new LogFollower(store)
  app.addHook('preClose', async () => follower.close())
  app.get<{ Params: Params; Querystring: z.output<typeof hostLogLiveQuerySchema> }>(
    '/api/v1/hosts/:id/log/live',
    {
      config: { who: 'viewer' },
      schema: described({
        summary: 'Server-sent events: log, with records as the pages have them. Last-Event-ID goes on behind that one.',
        tags,
        params: idParamsSchema,
        querystring: hostLogLiveQuerySchema,
      }),
    },
    async (request, reply) => {
      const { after: _, ...filter } = request.query
      const { id } = request.params
      await assertHost(store.db, id)
      const after = lastEventId(request) ?? (await readBackward(store.db, id, {}, 1)).newer
      await readForward(store.db, id, filter, 1, after)
      await follower.follow(streamOf(request, reply), id, filter, after)
    },
  )
}

async function assertHost(db: Database, id: string): Promise<void> {
  const host = await db.selectFrom('hosts').select('id').where('id', '=', id).executeTakeFirst()
  if (host === undefined) throw new Refusal(404, say`there is no host ${id}`)
}

async function recordsOf(request: FastifyRequest): Promise<KeptRecord[]> {
  const pieces: Uint8Array[] = []
  let length = 0
  for await (const piece of decompress(bodyOf(request, archiveTypes), () => {})) {
    length += piece.length
    if (length > MAX_PUSHED_BYTES) throw new Refusal(413, say`more than ${MAX_PUSHED_BYTES} bytes. Send them in parts.`)
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
    .toString()
    .split('\n')
    .flatMap((line, index) => {
      if (line === '') return []
      const record = recordOfLine(line)
      if (record === undefined) throw new Refusal(422, say`line ${index + 1} is no record of a kernel log`)
      return [record]
    })
}
