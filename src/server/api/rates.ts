// How much one may ask in a minute: far more than anybody needs, far less than would hold up the others.

import rateLimit, { normalizeIP } from '@fastify/rate-limit'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { say } from '../../core/say.ts'
import type { Identity } from '../access/roles.ts'
import { Refusal } from '../intake/refusal.ts'

export interface RateLimits {
  /** of one host: a spool that was full while the server was away is sent in minutes */
  host: number
  /** of one user, session or token */
  person: number
  /** of one address, by those who are nobody */
  address: number
  /** of one address, with a token or cookie that opens nothing */
  wrong: number
}

export const rateLimits: RateLimits = { host: 12_000, person: 3000, address: 3000, wrong: 120 }

const MINUTE_MS = 60 * 1000
/** Counters kept; the one that was used longest ago goes first. */
const MAX_COUNTERS = 20_000

export interface Rates {
  /** Throws Refusal 429. */
  count(request: FastifyRequest): Promise<void>
  /** Before a token or cookie is looked up. Throws Refusal 429. */
  assertMayGuess(request: FastifyRequest): Promise<void>
  countWrong(request: FastifyRequest): Promise<void>
}

const keyOf = ({ identity, ip }: FastifyRequest): string => {
  if (identity === undefined) return `address ${normalizeIP(ip)}`
  return `id ${identity.host?.hostId ?? identity.userId ?? identity.tokenId}`
}

const whatOf = (identity: Identity | undefined): keyof RateLimits =>
  identity === undefined ? 'address' : identity.role === 'host' ? 'host' : 'person'

export async function makeRates(app: FastifyInstance, limits: RateLimits): Promise<Rates> {
  await app.register(rateLimit, { global: false })
  const common = { timeWindow: MINUTE_MS, cache: MAX_COUNTERS }
  const all = app.createRateLimit({ ...common, keyGenerator: keyOf, max: ({ identity }) => limits[whatOf(identity)] })
  const wrong = app.createRateLimit({ ...common, max: limits.wrong })
  const refuse = (limit: Awaited<ReturnType<typeof all>>): void => {
    if (limit.isAllowed || !limit.isExceeded) return
    throw new Refusal(429, say`more than ${limit.max} requests in a minute. Come back later.`, limit.ttlInSeconds)
  }
  return {
    count: async request => refuse(await all(request)),
    assertMayGuess: async request => {
      const limit = await wrong(request, { increment: false })
      if (!limit.isAllowed && limit.remaining <= 0) {
        throw new Refusal(429, say`too many wrong tokens from this address. Come back later.`, limit.ttlInSeconds)
      }
    },
    countWrong: async request => {
      await wrong(request)
    },
  }
}
