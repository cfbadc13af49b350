// What all routes have in common. A folder of them: routes/, a file for each subject, a line in app.ts.

import type { FastifyInstance } from 'fastify'
import type { z } from 'zod'
import type { Act } from '../access/audit.ts'
import type { Logins } from '../access/login.ts'
import type { Provider } from '../access/provider.ts'
import type { Identity, Who } from '../access/roles.ts'
import type { Gate } from '../gate.ts'
import type { BundleIntake } from '../intake/bundle.ts'
import type { Live } from '../live/live.ts'
import type { RetentionKeeper } from '../retention/keeper.ts'
import type { Store } from '../store/store.ts'
import type { Symbols } from '../symbols/symbols.ts'
import type { Threads } from '../threads/pool.ts'
import type { Metrics } from './metrics.ts'
import { errorSchema, jsonSchema } from './schemas.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** the least role that may; without it, admin */
    who?: Who
    /** it makes a session, and asks nothing of the one there is */
    login?: true
  }
  interface FastifyRequest {
    identity: Identity | undefined
    /** for the audit log, where the route knows more than its own name */
    act: Act | undefined
    /** the route has written it itself */
    audited: boolean
  }
}

export interface Parts {
  store: Store
  metrics: Metrics
  live: Live
  bundles: BundleIntake
  threads: Threads
  symbols: Symbols
  /** what is taken in at once, of all and of one sender */
  uploads: Gate
  logins: Logins
  retention: RetentionKeeper
  provider: Provider | undefined
  /** of this server, as people reach it */
  publicUrl: string | undefined
  /** what only the server's owner can mend */
  log: (message: string, error: unknown) => void
}

export type Routes = (app: FastifyInstance, parts: Parts) => void

interface Described {
  summary: string
  tags: string[]
  params?: z.ZodType
  querystring?: z.ZodType
  body?: z.ZodType
  /** of the answer 200 */
  gives?: z.ZodType
  consumes?: string[]
}

/** A route's schema for fastify and the OpenAPI document. */
export function described({ summary, tags, params, querystring, body, gives, consumes }: Described) {
  const failed = { description: 'what was wrong, and what to do', ...jsonSchema(errorSchema) }
  return {
    summary,
    tags,
    ...(params === undefined ? {} : { params: jsonSchema(params) }),
    ...(querystring === undefined ? {} : { querystring: jsonSchema(querystring) }),
    ...(body === undefined ? {} : { body: jsonSchema(body) }),
    ...(consumes === undefined ? {} : { consumes }),
    response: {
      ...(gives === undefined ? {} : { 200: { description: 'done', ...jsonSchema(gives) } }),
      '4xx': failed,
      '5xx': failed,
    },
  }
}

/** Who does it, in histories. */
export const actorOf = (identity: Identity | undefined): string => identity?.actor ?? 'nobody'
