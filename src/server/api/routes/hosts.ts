// Hosts, and their boots as far as they reported in them.

import type { z } from 'zod'
import { Refusal } from '../../intake/refusal.ts'
import { hostOf } from '../present.ts'
import { described, type Routes } from '../route.ts'
import { hostDetailSchema, hostPageSchema, idParamsSchema, pageQuerySchema } from '../schemas.ts'

const tags = ['hosts']
/** The latest. */
const MAX_BOOTS = 200

export const hostRoutes: Routes = (app, { store: { db } }) => {
  app.get<{ Querystring: z.output<typeof pageQuerySchema> }>(
    '/api/v1/hosts',
    {
      config: { who: 'viewer' },
      schema: described({ summary: 'Hosts, as they came', tags, querystring: pageQuerySchema, gives: hostPageSchema }),
    },
    async ({ query: { limit, after } }) => {
      const found = await db
        .selectFrom('hosts')
        .selectAll()
        .where('id', '>', after ?? '')
        .orderBy('id')
        .limit(limit + 1)
        .execute()
      const hosts = found.slice(0, limit).map(hostOf)
      return { hosts, ...(found.length > limit ? { next: hosts.at(-1)!.id } : {}) }
    },
  )
  app.get<{ Params: z.output<typeof idParamsSchema> }>(
    '/api/v1/hosts/:id',
    {
      config: { who: 'viewer' },
      schema: described({ summary: 'One host', tags, params: idParamsSchema, gives: hostDetailSchema }),
    },
    async ({ params: { id } }) => {
      const host = await db.selectFrom('hosts').selectAll().where('id', '=', id).executeTakeFirst()
      if (host === undefined) throw new Refusal(404, `there is no host ${id}`)
      const boots = await db
        .selectFrom('boots')
        .selectAll()
        .where('host_id', '=', id)
        .orderBy('last_seen', 'desc')
        .limit(MAX_BOOTS)
        .execute()
      return {
        ...hostOf(host),
        boots: boots.map(({ boot_id, release, reports, first_seen, last_seen }) => ({
          bootId: boot_id,
          ...(release === null ? {} : { release }),
          reports,
          firstSeen: first_seen,
          lastSeen: last_seen,
        })),
      }
    },
  )
}
