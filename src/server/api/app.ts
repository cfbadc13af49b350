// The server's HTTP side: who asks, what goes wrong, and the routes.

import cookie from '@fastify/cookie'
import swagger, { type SwaggerTransform } from '@fastify/swagger'
import { type FastifyInstance, fastify } from 'fastify'
import { Logins } from '../access/login.ts'
import { Provider } from '../access/provider.ts'
import type { ProviderSettings } from '../access/provider-settings.ts'
import { Gate } from '../gate.ts'
import { BUNDLES_AT_ONCE, BundleIntake } from '../intake/bundle.ts'
import { Refusal } from '../intake/refusal.ts'
import { Live } from '../live/live.ts'
import { RetentionKeeper } from '../retention/keeper.ts'
import type { Store } from '../store/store.ts'
import { Symbols } from '../symbols/symbols.ts'
import { Threads } from '../threads/pool.ts'
import { auditing } from './auditing.ts'
import { failureOf } from './failure.ts'
import { guard, isSecure } from './guard.ts'
import { type Metrics, makeMetrics } from './metrics.ts'
import { makeRates, type RateLimits, rateLimits } from './rates.ts'
import type { Routes } from './route.ts'
import { accessRoutes } from './routes/access.ts'
import { alertRoutes } from './routes/alerts.ts'
import { auditRoutes } from './routes/audit.ts'
import { exportRoutes } from './routes/exports.ts'
import { healthRoutes } from './routes/health.ts'
import { hostLogRoutes } from './routes/host-log.ts'
import { hostRoutes } from './routes/hosts.ts'
import { intakeRoutes } from './routes/intake.ts'
import { issueRoutes } from './routes/issues.ts'
import { liveRoutes } from './routes/live.ts'
import { overviewRoutes } from './routes/overview.ts'
import { providerRoutes } from './routes/provider.ts'
import { reportRoutes } from './routes/reports.ts'
import { retentionRoutes } from './routes/retention.ts'
import { sessionRoutes } from './routes/session.ts'
import { symbolRoutes } from './routes/symbols.ts'
import { tokenRoutes } from './routes/tokens.ts'
import { uiRoutes } from './routes/ui.ts'
import { uploadRoutes } from './routes/uploads.ts'
import { ureportRoutes } from './routes/ureport.ts'
import { userRoutes } from './routes/users.ts'

/** To add a subject: its file in routes/, a place here. */
const routes: readonly Routes[] = [
  healthRoutes,
  intakeRoutes,
  uploadRoutes,
  sessionRoutes,
  providerRoutes,
  userRoutes,
  tokenRoutes,
  auditRoutes,
  accessRoutes,
  issueRoutes,
  reportRoutes,
  hostRoutes,
  hostLogRoutes,
  symbolRoutes,
  liveRoutes,
  overviewRoutes,
  exportRoutes,
  alertRoutes,
  retentionRoutes,
  ureportRoutes,
]

/** A body that is JSON: what somebody says of an issue. */
const MAX_JSON_BYTES = 256 * 1024
/** A request that takes longer to come is given up; 64 MB at 2 Mbit/s take five minutes. */
const REQUEST_MS = 5 * 60 * 1000
/** Who has not said by then what is wanted is one that only holds the line. */
const HEADERS_MS = 15 * 1000
/** More are closed at once, before they cost anything. */
const MAX_CONNECTIONS = 16_384
/** Asked to come back: when. */
const RETRY_AFTER_S = 30

/** Two years: what lists of such sites ask for. */
const HSTS_S = 2 * 365 * 24 * 60 * 60
/** How often the owner is told that the disk is full, however many hosts send. */
const TELL_MS = 60 * 1000

const headers = {
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
} as const

export interface AppOptions {
  store: Store
  /** shared with what this process takes by itself; without them, the app's own. They are closed with the app. */
  bundles?: BundleIntake
  threads?: Threads
  /** what else the process counts there */
  metrics?: Metrics
  version: string
  tls?: { cert: Buffer; key: Buffer }
  /** the folder of the built UI (web-folder.ts); without it, only the API is served */
  web?: string | undefined
  /** where what only the server's owner can mend is said */
  log: (message: string, error: unknown) => void
  /** shared with what makes addresses that open logged in; without it, the app's own */
  logins?: Logins
  /** requests in a minute */
  rates?: RateLimits
  /** of this server, as people reach it; without it, as each request says */
  publicUrl?: string | undefined
  /** an OpenID provider that people may log in with */
  provider?: ProviderSettings | undefined
  /** addresses and networks of proxies that say truly who asks and by which protocol */
  proxies?: readonly string[] | undefined
}

export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const { store, version, tls, web, log, logins = new Logins(store) } = options
  const app: FastifyInstance = fastify({
    bodyLimit: MAX_JSON_BYTES,
    requestTimeout: REQUEST_MS,
    forceCloseConnections: true,
    ...(tls === undefined ? {} : { https: tls }),
    ...(options.proxies === undefined ? {} : { trustProxy: [...options.proxies] }),
    ajv: { customOptions: { removeAdditional: false, coerceTypes: true, useDefaults: true } },
  })
  app.server.headersTimeout = HEADERS_MS
  app.server.maxConnections = MAX_CONNECTIONS
  // Answers are made by our own types; a schema is for readers, and what it does not name is still given.
  app.setSerializerCompiler(() => data => JSON.stringify(data))
  const metrics = options.metrics ?? makeMetrics(store)
  const live = new Live(store, error => log('live events', error))
  const threads = options.threads ?? new Threads()
  const bundles = options.bundles ?? new BundleIntake(store)
  const symbols = new Symbols(store, threads, log)
  app.addHook('onClose', async () => {
    await Promise.all([threads.close(), bundles.close(), symbols.close()])
  })
  const retention = new RetentionKeeper(store, message => log(message, undefined))
  app.addHook('preClose', async () => {
    live.close()
    await retention.close()
  })
  let toldAt = 0
  await app.register(swagger, { openapi: document(version), transform: withRole })
  await app.register(cookie)
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(headers)
    if (isSecure(request)) reply.header('Strict-Transport-Security', `max-age=${HSTS_S}`)
  })
  guard(app, store, await makeRates(app, options.rates ?? rateLimits))
  auditing(app, store)
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none'
    metrics.requests.observe({ route, status: String(reply.statusCode) }, reply.elapsedTime / 1000)
  })
  app.setErrorHandler((error, request, reply) => {
    const { status, message, ours } = failureOf(error)
    const about = `${request.method} ${request.routeOptions.url ?? ''}: ${message}`
    if (ours === 'fault') log(about, error)
    else if (ours === 'state' && Date.now() - toldAt > TELL_MS) {
      toldAt = Date.now()
      log(about, undefined)
    }
    metrics.refused.inc({ status: String(status) })
    // What is still on its way is not read to its end.
    if (request.method !== 'GET') reply.header('Connection', 'close')
    const retry = (error instanceof Refusal ? error.retryAfterS : undefined) ?? RETRY_AFTER_S
    if (status === 429 || status === 503 || status === 507) reply.header('Retry-After', retry)
    return reply.code(status).send({ error: message })
  })
  await app.register(async inner => {
    const { publicUrl } = options
    const provider = options.provider && new Provider(options.provider)
    const uploads = new Gate({ atOnce: BUNDLES_AT_ONCE })
    const parts = {
      store,
      metrics,
      live,
      logins,
      bundles,
      threads,
      symbols,
      retention,
      provider,
      publicUrl,
      uploads,
      log,
    }
    for (const add of routes) add(inner, parts)
  })
  await app.register(inner => uiRoutes(inner, web))
  return app
}

const document = (version: string) => ({
  openapi: '3.0.3',
  info: { title: 'Faultline', version, description: 'Kernel exceptions of a fleet. Times are ms since 1970.' },
  components: { securitySchemes: { token: { type: 'http' as const, scheme: 'bearer' } } },
  security: [{ token: [] }],
})

/** The document says of each route the least role that may use it. */
const withRole: SwaggerTransform = ({ schema, url, route }) => ({
  schema: { ...schema, 'x-faultline-role': route.config?.who ?? 'admin' } as typeof schema,
  url,
})
