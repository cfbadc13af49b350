// Users: who they are and what they may.

import type { z } from 'zod'
import { addUser, listUsers, removeUser, setPassword, setRole } from '../../access/users.ts'
import { passwordBodySchema, roleBodySchema, userBodySchema, userSchema, usersSchema } from '../access-schemas.ts'
import { byOf } from '../guard.ts'
import { described, type Routes } from '../route.ts'
import { idParamsSchema } from '../schemas.ts'

const tags = ['users']
const params = idParamsSchema
type Params = z.output<typeof idParamsSchema>
const config = { who: 'admin' } as const

export const userRoutes: Routes = (app, { store, logins: { passwords } }) => {
  app.get(
    '/api/v1/users',
    { config, schema: described({ summary: 'Users, by name', tags, gives: usersSchema }) },
    async () => ({ users: await listUsers(store) }),
  )
  app.post<{ Body: z.output<typeof userBodySchema> }>(
    '/api/v1/users',
    { config, schema: described({ summary: 'A new user', tags, body: userBodySchema, gives: userSchema }) },
    request => {
      request.audited = true
      return addUser(store, passwords, byOf(request), request.body)
    },
  )
  app.put<{ Params: Params; Body: z.output<typeof roleBodySchema> }>(
    '/api/v1/users/:id/role',
    { config, schema: described({ summary: 'What they may', tags, params, body: roleBodySchema, gives: userSchema }) },
    request => {
      request.audited = true
      return setRole(store, byOf(request), request.params.id, request.body.role)
    },
  )
  app.put<{ Params: Params; Body: z.output<typeof passwordBodySchema> }>(
    '/api/v1/users/:id/password',
    {
      config,
      schema: described({ summary: 'A new password; their sessions end', tags, params, body: passwordBodySchema }),
    },
    async (request, reply) => {
      request.audited = true
      await setPassword(
        store,
        passwords,
        byOf(request),
        request.params.id,
        request.body.password,
        request.identity?.session?.id,
      )
      return reply.code(204).send()
    },
  )
  app.delete<{ Params: Params }>(
    '/api/v1/users/:id',
    { config, schema: described({ summary: 'They log in no more; their sessions and tokens end', tags, params }) },
    async (request, reply) => {
      request.audited = true
      await removeUser(store, byOf(request), request.params.id)
      return reply.code(204).send()
    },
  )
}
