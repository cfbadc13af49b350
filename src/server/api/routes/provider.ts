// Logging in with an OpenID provider: away, and back.

import type { FastifyReply, FastifyRequest } from 'fastify'
import { FLOW_MS, ProviderError } from '../../access/provider.ts'
import { Refusal } from '../../intake/refusal.ts'
import { isSecure, setCookie } from '../guard.ts'
import { described, type Routes } from '../route.ts'

const tags = ['session']
export const providerPath = '/api/v1/session/provider'
const callbackPath = `${providerPath}/callback`

/** SameSite=Lax: it must come along when the provider sends the browser back. */
const flowCookie = (request: FastifyRequest) => `${isSecure(request) ? '__Host-' : ''}faultline-provider`
const cookieOptions = (request: FastifyRequest) =>
  ({ path: '/', httpOnly: true, sameSite: 'lax', secure: isSecure(request) }) as const

export const providerRoutes: Routes = (app, { logins, provider, publicUrl, log }) => {
  if (provider === undefined) return
  const own = (request: FastifyRequest): string => publicUrl ?? `${request.protocol}://${request.host}/`
  /** Behind the "#", where the page looks; nothing of it is sent to anybody. */
  const back = (reply: FastifyReply, failed?: 'denied' | 'provider') =>
    reply.redirect(`${publicUrl ?? '/'}${failed === undefined ? '' : `#login-failed=${failed}`}`)

  app.get(
    providerPath,
    { config: { who: 'anyone' }, schema: described({ summary: 'Away to the OpenID provider', tags }) },
    async (request, reply) => {
      const { url, flow } = await provider.begin(new URL(callbackPath.slice(1), own(request)).href).catch(failedThere)
      reply.setCookie(flowCookie(request), flow, { ...cookieOptions(request), maxAge: FLOW_MS / 1000 })
      return reply.redirect(url)
    },
  )

  app.get(
    callbackPath,
    { config: { who: 'anyone' }, schema: described({ summary: 'Back from the OpenID provider', tags }) },
    async (request, reply) => {
      const flow = request.cookies[flowCookie(request)] ?? ''
      reply.clearCookie(flowCookie(request), cookieOptions(request))
      const came = new URL(callbackPath.slice(1), own(request))
      came.search = new URL(request.url, 'http://x').search
      const from = {
        address: request.ip,
        agent: request.headers['user-agent'] ?? '',
        before: request.identity?.session?.id,
      }
      try {
        const opened = await logins.withProvider(from, () => provider.finish(came, flow))
        if (opened === undefined) return back(reply, 'denied')
        setCookie(reply, opened.secret, opened.expiresAt)
        return back(reply)
      } catch (error) {
        if (!(error instanceof ProviderError)) throw error
        log(`login with the OpenID provider: ${error.message}`, undefined)
        return back(reply, 'provider')
      }
    },
  )
}

function failedThere(error: unknown): never {
  throw error instanceof ProviderError ? new Refusal(503, error.message) : error
}
