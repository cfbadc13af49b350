// At the door of every request: who asks, whether they may, and whether it is their own page that asks for them.

import { timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { say } from '../../core/say.ts'
import type { By } from '../access/audit.ts'
import { may, type Who } from '../access/roles.ts'
import { sessionIdentity } from '../access/sessions.ts'
import { heard } from '../alerts/dead.ts'
import type { Sender } from '../intake/bundle.ts'
import { Refusal } from '../intake/refusal.ts'
import { identify } from '../intake/tokens.ts'
import type { Store } from '../store/store.ts'
import type { Rates } from './rates.ts'

export const csrfHeader = 'x-faultline-csrf'
const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Two servers on one machine, told apart by their ports alone, share a jar: each has its name. With __Host- no other
 * machine of the domain can plant one (RFC 6265bis §4.1.3.2).
 */
export function cookieName(request: FastifyRequest): string {
  const port = /:(?<port>\d{1,5})$/.exec(request.host)?.groups?.['port']
  return `${isSecure(request) ? '__Host-' : ''}faultline${port === undefined ? '' : `-${port}`}`
}

/** By TLS here, or in a proxy that is trusted to say so. */
export const isSecure = (request: FastifyRequest): boolean => request.protocol === 'https'

export function setCookie(reply: FastifyReply, secret: string, expiresAt: number): void {
  reply.setCookie(cookieName(reply.request), secret, {
    ...cookieOptions(reply.request),
    expires: new Date(expiresAt),
  })
}

export const clearCookie = (reply: FastifyReply): void => {
  reply.clearCookie(cookieName(reply.request), cookieOptions(reply.request))
}

const cookieOptions = (request: FastifyRequest) =>
  ({ path: '/', httpOnly: true, sameSite: 'strict', secure: isSecure(request) }) as const

/** Who does it, and from where, for the audit log. */
export const byOf = (request: FastifyRequest): By => ({
  actor: request.identity?.actor ?? 'nobody',
  address: request.ip,
})

/** Adds the hook. `who` of a route that does not say it is 'admin'. */
export function guard(app: FastifyInstance, store: Store, rates: Rates): void {
  app.decorateRequest('identity', undefined)
  app.addHook('onRequest', async (request, reply) => {
    const { who = whoElse(request), login = false } = request.routeOptions.config
    const { authorization } = request.headers
    const cookie = request.cookies[cookieName(request)]
    const changes = !safeMethods.has(request.method)
    const proof = authorization ?? cookie
    if (proof !== undefined) await rates.assertMayGuess(request)
    if (authorization !== undefined) request.identity = await identify(store, authorization)
    else if (cookie !== undefined) {
      request.identity = await sessionIdentity(store, cookie)
      if (request.identity === undefined) clearCookie(reply)
    }
    if (proof !== undefined && request.identity === undefined) await rates.countWrong(request)
    await rates.count(request)
    // A page of another site has neither this address nor the word that ours was given.
    if (changes && authorization === undefined) assertOwnPage(request)
    if (changes && !login && request.identity?.session !== undefined) assertCsrf(request, request.identity.session.csrf)
    if (who === 'anyone') return
    if (request.identity === undefined) {
      reply.header('WWW-Authenticate', 'Bearer')
      throw new Refusal(401, say`log in, or give a token: Authorization: Bearer TOKEN`)
    }
    const { host } = request.identity
    // Whether it can be noted is no matter of the request.
    if (host !== undefined) heard(store, host.hostId, Date.now()).catch(() => {})
    if (!may(request.identity.role, who)) throw new Refusal(403, refusalOf(request.identity.role, who))
  })
}

/** What is no address of the API is the UI's, which shows nothing of the store. */
const whoElse = ({ is404, url }: FastifyRequest): Who => (is404 && !url.startsWith('/api/') ? 'anyone' : 'admin')

function refusalOf(role: string, who: Who): string {
  if (role === 'host') return say`the token of a host only sends`
  return who === 'host'
    ? say`this is for hosts: enrol one and use its token`
    : say`this needs the role ${who}; yours is ${role}`
}

/** Fetch Metadata and Origin, where the browser says them. Throws Refusal. */
function assertOwnPage({ headers, host }: FastifyRequest): void {
  const site = headers['sec-fetch-site']
  const origin = headers.origin
  const own = origin === undefined || (URL.canParse(origin) && new URL(origin).host === host)
  if (!own || (site !== undefined && site !== 'same-origin')) {
    throw new Refusal(403, say`the page that asks for this is not of this server`)
  }
}

function assertCsrf(request: FastifyRequest, expected: string): void {
  const given = Buffer.from(String(request.headers[csrfHeader] ?? ''))
  const right = Buffer.from(expected)
  if (given.length !== right.length || !timingSafeEqual(given, right)) {
    throw new Refusal(
      403,
      say`the header ${csrfHeader} is missing or not that of this session: GET /api/v1/session has it`,
    )
  }
}

/** Who sends something of itself. Throws Refusal for those who are no host. */
export function sendingHost({ identity }: FastifyRequest): Sender {
  if (identity?.host === undefined)
    throw new Refusal(403, say`this is taken from hosts alone: enrol one and use its token`)
  return identity.host
}
