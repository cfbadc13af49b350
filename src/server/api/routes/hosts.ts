// Hosts: what they are, their boots and how each ended, what they could not capture.

import { sql } from 'kysely'
import type { z } from 'zod'
import { say } from '../../../core/say.ts'
import { Refusal } from '../../intake/refusal.ts'
import { hostDetail } from '../../machines/detail.ts'
import { takeFacts } from '../../machines/facts.ts'
import { removeHost } from '../../machines/remove.ts'
import { likeItself } from '../../store/like.ts'
import { sendingHost } from '../guard.ts'
import { factsBodySchema, factsTakenSchema, hostDetailSchema, hostQuerySchema } from '../machine-schemas.ts'
import { hostOf } from '../present.ts'
import { described, type Routes } from '../route.ts'
import { hostPageSchema, idParamsSchema } from '../schemas.ts'

const tags = ['hosts']
const params = idParamsSchema
type Params = z.output<typeof idParamsSchema>

export const hostRoutes: Routes = (app, { store }) => {
  app.get<{ Querystring: z.output<typeof hostQuerySchema> }>(
    '/api/v1/hosts',
    {
      config: { who: 'viewer' },
      schema: described({ summary: 'Hosts', tags, querystring: hostQuerySchema, gives: hostPageSchema }),
    },
    async ({ query: { limit, after, query, sort } }) => {
      let rows = store.db
        .selectFrom('hosts')
        .selectAll()
        .limit(limit + 1)
      if (query !== undefined) {
        const pattern = `%${likeItself(query.toLowerCase())}%`
        rows = rows.where(sql<boolean>`lower(name) like ${pattern} escape '\\'`)
      }
      if (sort === 'id') rows = rows.where('id', '>', after ?? '').orderBy('id')
      else {
        const column = sort === 'reports' ? 'reports' : 'last_seen'
        rows = rows.orderBy(column, 'desc').orderBy('id', 'desc')
        const place = after === undefined ? undefined : placeOf(after)
        if (place !== undefined) {
          rows = rows.where(each =>
            each.or([
              each(column, '<', place.value),
              each.and([each(column, '=', place.value), each('id', '<', place.id)]),
            ]),
          )
        }
      }
      const found = await rows.execute()
      const last = found.length > limit ? found[limit - 1]! : undefined
      const value = sort === 'reports' ? last?.reports : last?.last_seen
      const next = last && (sort === 'id' ? last.id : `${value}.${last.id}`)
      return { hosts: found.slice(0, limit).map(hostOf), ...(next === undefined ? {} : { next }) }
    },
  )
  app.get<{ Params: Params }>(
    '/api/v1/hosts/:id',
    { config: { who: 'viewer' }, schema: described({ summary: 'One host', tags, params, gives: hostDetailSchema }) },
    ({ params: { id } }) => hostDetail(store.db, id),
  )
  app.delete<{ Params: Params }>(
    '/api/v1/hosts/:id',
    { schema: described({ summary: 'It goes, with its reports, its log and its token', tags, params }) },
    async ({ params: { id } }, reply) => {
      await removeHost(store, id)
      return reply.code(204).send()
    },
  )
  app.post<{ Body: z.output<typeof factsBodySchema> }>(
    '/api/v1/facts',
    {
      config: { who: 'host' },
      schema: described({
        summary: 'What a host says of itself: boots, what it could not capture, what it is',
        tags,
        body: factsBodySchema,
        gives: factsTakenSchema,
      }),
    },
    async request => {
      const { hostId } = sendingHost(request)
      await takeFacts(store, hostId, factsBodySchema.parse(request.body))
      return { host: hostId }
    },
  )
}

/** Throws Refusal. */
function placeOf(text: string): { value: number; id: string } {
  const { value, id } = /^(?<value>\d{1,16})\.(?<id>[0-9a-f-]{36})$/.exec(text)?.groups ?? {}
  if (value === undefined || id === undefined) {
    throw new Refusal(400, say`after: expected what \`next\` of the page before said`)
  }
  return { value: Number(value), id }
}
