// Who did what.

import type { z } from 'zod'
import { auditPageSchema, auditQuerySchema } from '../access-schemas.ts'
import { described, type Routes } from '../route.ts'

export const auditRoutes: Routes = (app, { store: { db } }) => {
  app.get<{ Querystring: z.output<typeof auditQuerySchema> }>(
    '/api/v1/audit',
    {
      config: { who: 'admin' },
      schema: described({
        summary: 'Who did what, when, from where; the latest first',
        tags: ['audit'],
        querystring: auditQuerySchema,
        gives: auditPageSchema,
      }),
    },
    async ({ query: { limit, after, actor, action, since, until } }) => {
      let query = db
        .selectFrom('audit')
        .selectAll()
        .orderBy('id', 'desc')
        .limit(limit + 1)
      if (after !== undefined) query = query.where('id', '<', after)
      if (actor !== undefined) query = query.where('actor', '=', actor)
      // "user" is all of user.add, user.role…
      if (action !== undefined) query = query.where('action', '>=', action).where('action', '<', `${action}\u{10ffff}`)
      if (since !== undefined) query = query.where('at', '>=', since)
      if (until !== undefined) query = query.where('at', '<=', until)
      const found = await query.execute()
      const entries = found.slice(0, limit).map(({ target, before, after, ...rest }) => ({
        ...rest,
        ...(target === null ? {} : { target }),
        ...(before === null ? {} : { before: JSON.parse(before) as unknown }),
        ...(after === null ? {} : { after: JSON.parse(after) as unknown }),
      }))
      return { entries, ...(found.length > limit ? { next: entries.at(-1)!.id } : {}) }
    },
  )
}
