// Tokens for programs.

import type { z } from 'zod'
import { say } from '../../../core/say.ts'
import { addToken, listTokens, revokeToken } from '../../access/api-tokens.ts'
import { may } from '../../access/roles.ts'
import { Refusal } from '../../intake/refusal.ts'
import { allQuerySchema, apiTokensSchema, newTokenSchema, tokenBodySchema } from '../access-schemas.ts'
import { byOf } from '../guard.ts'
import { described, type Routes } from '../route.ts'
import { idParamsSchema } from '../schemas.ts'
import { whoseOf } from './session.ts'

const tags = ['tokens']
const config = { who: 'viewer' } as const

export const tokenRoutes: Routes = (app, { store }) => {
  app.get<{ Querystring: z.output<typeof allQuerySchema> }>(
    '/api/v1/tokens',
    {
      config,
      schema: described({ summary: 'One’s own tokens', tags, querystring: allQuerySchema, gives: apiTokensSchema }),
    },
    async ({ identity, query: { all } }) => ({ tokens: await listTokens(store, whoseOf(identity, all)) }),
  )
  app.post<{ Body: z.output<typeof tokenBodySchema> }>(
    '/api/v1/tokens',
    {
      config,
      schema: described({
        summary: 'A token for a program; it is shown this once',
        tags,
        body: tokenBodySchema,
        gives: newTokenSchema,
      }),
    },
    request => {
      const { identity, body } = request
      // A token that leaks must not make others that outlive it.
      if (identity === undefined || (identity.session === undefined && identity.owner !== true)) {
        throw new Refusal(403, say`a token makes no tokens: log in`)
      }
      if (!may(identity.role, body.role))
        throw new Refusal(403, say`your role is ${identity.role}: the token can have no more`)
      request.audited = true
      const expiresAt = body.validForS === undefined ? undefined : Date.now() + body.validForS * 1000
      return addToken(store, byOf(request), { ...body, expiresAt, userId: identity.userId ?? null })
    },
  )
  app.delete<{ Params: z.output<typeof idParamsSchema> }>(
    '/api/v1/tokens/:id',
    { config, schema: described({ summary: 'It opens nothing any more', tags, params: idParamsSchema }) },
    async (request, reply) => {
      request.audited = true
      const whose = whoseOf(request.identity, request.identity?.role === 'admin')
      await revokeToken(store, byOf(request), request.params.id, whose)
      return reply.code(204).send()
    },
  )
}
