// How hosts get their tokens, change and lose them.

import type { z } from 'zod'
import { say } from '../../../core/say.ts'
import { Refusal } from '../../intake/refusal.ts'
import { CODE_MS, dropCode, enrol, enrolments, newCode, revoke, rotate } from '../../intake/tokens.ts'
import { enrolmentsSchema } from '../access-schemas.ts'
import { byOf } from '../guard.ts'
import { described, type Routes } from '../route.ts'
import { codeBodySchema, codeSchema, enrolBodySchema, idParamsSchema, tokenSchema } from '../schemas.ts'

const tags = ['access']

export const accessRoutes: Routes = (app, { store }) => {
  app.get(
    '/api/v1/enrolments',
    {
      config: { who: 'admin' },
      schema: described({ summary: 'Codes not used yet, and hosts with a token', tags, gives: enrolmentsSchema }),
    },
    () => enrolments(store),
  )

  app.delete<{ Params: z.output<typeof idParamsSchema> }>(
    '/api/v1/enrolments/:id',
    { config: { who: 'admin' }, schema: described({ summary: 'The code ends', tags, params: idParamsSchema }) },
    async (request, reply) => {
      request.audited = true
      await dropCode(store, request.params.id, byOf(request))
      return reply.code(204).send()
    },
  )

  app.post<{ Body: z.output<typeof codeBodySchema> }>(
    '/api/v1/enrolments',
    {
      config: { who: 'admin' },
      schema: described({
        summary: 'A code with which one host gets its token, once',
        tags,
        body: codeBodySchema,
        gives: codeSchema,
      }),
    },
    request => {
      const { host, validForS } = request.body
      request.audited = true
      return newCode(store, host, validForS === undefined ? CODE_MS : validForS * 1000, byOf(request))
    },
  )

  app.post<{ Body: z.output<typeof enrolBodySchema> }>(
    '/api/v1/enrol',
    {
      config: { who: 'anyone' },
      schema: described({ summary: 'A host’s token for a code', tags, body: enrolBodySchema, gives: tokenSchema }),
    },
    request => {
      request.audited = true
      return enrol(store, request.body.code, request.body.host, request.ip)
    },
  )

  app.post(
    '/api/v1/token/rotate',
    {
      config: { who: 'host' },
      schema: described({ summary: 'A new token for the host that asks; its old one ends', tags, gives: tokenSchema }),
    },
    async request => {
      const host = request.identity?.host
      if (host === undefined) throw new Refusal(403, say`only a host can change its token`)
      return { token: await rotate(store, host.hostId, byOf(request)), hostId: host.hostId }
    },
  )

  app.delete<{ Params: z.output<typeof idParamsSchema> }>(
    '/api/v1/hosts/:id/token',
    {
      config: { who: 'admin' },
      schema: described({ summary: 'The host’s token ends; what it sent stays', tags, params: idParamsSchema }),
    },
    async (request, reply) => {
      request.audited = true
      await revoke(store, request.params.id, byOf(request))
      return reply.code(204).send()
    },
  )
}
