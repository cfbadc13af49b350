// How long evidence is kept, and what has gone.

import type { z } from 'zod'
import { policySchema, readPolicy, writePolicy } from '../../retention/policy.ts'
import { retentionResultSchema, retentionSchema } from '../retention-schemas.ts'
import { described, type Routes } from '../route.ts'

const tags = ['retention']

export const retentionRoutes: Routes = (app, { store, retention }) => {
  app.get(
    '/api/v1/retention',
    {
      schema: described({ summary: 'What is kept for how long, and what went last', tags, gives: retentionSchema }),
    },
    async () => ({
      policy: await readPolicy(store),
      ...(retention.last === undefined ? {} : { last: retention.last }),
    }),
  )
  app.put<{ Body: z.output<typeof policySchema> }>(
    '/api/v1/retention',
    { schema: described({ summary: 'Another policy, from the next hour on', tags, body: policySchema }) },
    async ({ body }, reply) => {
      await writePolicy(store, policySchema.parse(body))
      return reply.code(204).send()
    },
  )
  app.post(
    '/api/v1/retention/run',
    { schema: described({ summary: 'Holds the policy now', tags, gives: retentionResultSchema }) },
    () => retention.run(),
  )
}
