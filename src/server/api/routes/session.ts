// Logging in and out, and which sessions are open.

import type { z } from 'zod'
import { say } from '../../../core/say.ts'
import { audit } from '../../access/audit.ts'
import type { Identity } from '../../access/roles.ts'
import { endSession, listSessions, type Opened, sessionIdentity } from '../../access/sessions.ts'
import { setPassword, userById } from '../../access/users.ts'
import { Refusal } from '../../intake/refusal.ts'
import {
  allQuerySchema,
  loginBodySchema,
  ownPasswordBodySchema,
  sessionSchema,
  sessionsSchema,
} from '../access-schemas.ts'
import { byOf, clearCookie, setCookie } from '../guard.ts'
import { described, type Routes } from '../route.ts'
import { idParamsSchema } from '../schemas.ts'
import { providerPath } from './provider.ts'

const tags = ['session']

export const sessionRoutes: Routes = (app, { store, logins, provider }) => {
  /** How one can log in; the owner's token is always good. */
  const ways = async () => {
    const users = store.db.selectFrom('users').select('id').where('password', 'is not', null).limit(1)
    const way = provider && { provider: { label: provider.settings.label, url: providerPath } }
    return { password: (await users.executeTakeFirst()) !== undefined, ...way }
  }
  const sessionOf = async (identity: Identity | undefined) => ({
    ...(identity === undefined || identity.role === 'host'
      ? {}
      : { user: { name: identity.actor, role: identity.role, owner: identity.owner === true } }),
    ...(identity?.session === undefined ? {} : { csrf: identity.session.csrf, expiresAt: identity.session.expiresAt }),
    login: await ways(),
  })

  app.get(
    '/api/v1/session',
    {
      config: { who: 'anyone' },
      schema: described({ summary: 'Who asks, and how one can log in', tags, gives: sessionSchema }),
    },
    async ({ identity }) => sessionOf(identity),
  )

  app.post<{ Body: z.output<typeof loginBodySchema> }>(
    '/api/v1/session',
    {
      config: { who: 'anyone', login: true },
      schema: described({
        summary: 'Logs in; the cookie has the session, the answer its csrf',
        tags,
        body: loginBodySchema,
        gives: sessionSchema,
      }),
    },
    async (request, reply) => {
      const { name, password, token, code } = request.body
      const from = {
        address: request.ip,
        agent: request.headers['user-agent'] ?? '',
        before: request.identity?.session?.id,
      }
      let opened: Opened
      if (name !== undefined && password !== undefined) opened = await logins.withPassword(from, name, password)
      else if (token !== undefined) opened = await logins.asOwner(from, { token })
      else if (code !== undefined) opened = await logins.asOwner(from, { code })
      else throw new Refusal(400, say`expected name and password, the owner’s token, or a code`)
      request.audited = true
      setCookie(reply, opened.secret, opened.expiresAt)
      return sessionOf(await sessionIdentity(store, opened.secret))
    },
  )

  app.delete(
    '/api/v1/session',
    { config: { who: 'anyone' }, schema: described({ summary: 'Logs out', tags }) },
    async (request, reply) => {
      const session = request.identity?.session
      if (session !== undefined) {
        await store.write(async tx => {
          await endSession(tx, session.id)
          await audit(tx, byOf(request), { action: 'session.logout', target: request.identity?.actor })
        })
      }
      request.audited = true
      clearCookie(reply)
      // What of this site the browser still has is for nobody who comes after.
      return reply.header('Clear-Site-Data', '"cache"').code(204).send()
    },
  )

  app.put<{ Body: z.output<typeof ownPasswordBodySchema> }>(
    '/api/v1/session/password',
    {
      config: { who: 'viewer' },
      schema: described({
        summary: 'Changes one’s own password; other sessions end',
        tags,
        body: ownPasswordBodySchema,
      }),
    },
    async (request, reply) => {
      const { identity } = request
      if (identity?.session === undefined || identity.userId === undefined) {
        throw new Refusal(403, say`only who has logged in as a user has a password to change`)
      }
      const user = await userById(store.db, identity.userId)
      const from = { address: request.ip, agent: request.headers['user-agent'] ?? '' }
      await logins.confirm(from, user, request.body.current)
      await setPassword(store, logins.passwords, byOf(request), user.id, request.body.password, identity.session.id)
      request.audited = true
      return reply.code(204).send()
    },
  )

  app.get<{ Querystring: z.output<typeof allQuerySchema> }>(
    '/api/v1/sessions',
    {
      config: { who: 'viewer' },
      schema: described({ summary: 'Who is logged in', tags, querystring: allQuerySchema, gives: sessionsSchema }),
    },
    async ({ identity, query: { all } }) => {
      const sessions = await listSessions(store, whoseOf(identity, all))
      return { sessions: sessions.map(each => ({ ...each, current: each.id === identity?.session?.id })) }
    },
  )

  app.delete<{ Params: z.output<typeof idParamsSchema> }>(
    '/api/v1/sessions/:id',
    { config: { who: 'viewer' }, schema: described({ summary: 'A session ends', tags, params: idParamsSchema }) },
    async (request, reply) => {
      const { id } = request.params
      const whose = whoseOf(request.identity, request.identity?.role === 'admin')
      await store.write(async tx => {
        const name = await endSession(tx, id, whose)
        if (name === undefined) throw new Refusal(404, say`there is no session ${id} of yours`)
        await audit(tx, byOf(request), { action: 'session.end', target: name })
      })
      request.audited = true
      return reply.code(204).send()
    },
  )
}

/** Of whom things are listed: undefined: of everybody; null: of the owner. Throws Refusal. */
export function whoseOf(identity: Identity | undefined, all: boolean): string | null | undefined {
  if (!all) return identity?.userId ?? null
  if (identity?.role !== 'admin') throw new Refusal(403, say`those of everybody are for the role admin`)
  return undefined
}
