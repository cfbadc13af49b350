// The overview, and what the filters of lists offer.

import type { z } from 'zod'
import { Overviews } from '../overview.ts'
import { overviewQuerySchema, overviewSchema, valuesQuerySchema, valuesSchema } from '../overview-schema.ts'
import { described, type Routes } from '../route.ts'
import { valuesOf } from '../values.ts'

export const overviewRoutes: Routes = (app, { store }) => {
  const overviews = new Overviews(store)
  app.get<{ Querystring: z.output<typeof overviewQuerySchema> }>(
    '/api/v1/overview',
    {
      config: { who: 'viewer' },
      schema: described({
        summary: 'Counts over time by kind and release, the issues and hosts of the last day, the newest reports',
        tags: ['overview'],
        querystring: overviewQuerySchema,
        gives: overviewSchema,
      }),
    },
    ({ query: { hours } }) => overviews.get(hours),
  )
  app.get<{ Querystring: z.output<typeof valuesQuerySchema> }>(
    '/api/v1/values',
    {
      config: { who: 'viewer' },
      schema: described({
        summary: 'Values by which issues can be filtered',
        tags: ['overview'],
        querystring: valuesQuerySchema,
        gives: valuesSchema,
      }),
    },
    async ({ query: { of, begins } }) => ({ values: await valuesOf(store, of, begins ?? '') }),
  )
}
