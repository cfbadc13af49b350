// Whatever somebody changes is in the audit log before they are told that it is done: by the route itself, in the
// transaction of the change, or else from here, by the name of the route.

import type { FastifyInstance, FastifyRequest } from 'fastify'
import { audit } from '../access/audit.ts'
import type { Store } from '../store/store.ts'
import { byOf } from './guard.ts'

const changing = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])

export function auditing(app: FastifyInstance, store: Store): void {
  app.decorateRequest('act', undefined)
  app.decorateRequest('audited', false)
  app.addHook('onSend', async (request, reply) => {
    if (!changing.has(request.method) || reply.statusCode >= 400 || request.audited) return
    // What hosts send is evidence, not somebody's doing.
    if (request.routeOptions.config.who === 'host') return
    request.audited = true
    await store.write(tx => audit(tx, byOf(request), request.act ?? actOf(request)))
  })
}

const actOf = ({ method, routeOptions, params }: FastifyRequest) => ({
  action: `${method} ${routeOptions.url ?? ''}`,
  target: (params as { id?: string } | undefined)?.id,
})
