// For those who watch the watcher.

import { described, type Routes } from '../route.ts'

export const healthRoutes: Routes = (app, { store, metrics }) => {
  app.get(
    '/healthz',
    { config: { who: 'anyone' }, schema: described({ summary: '200 while the store answers', tags: ['health'] }) },
    async (_request, reply) => {
      await store.db.selectFrom('issues').select('id').limit(1).execute()
      return reply.type('text/plain; charset=utf-8').send('ok\n')
    },
  )
  app.get(
    '/metrics',
    { config: { who: 'anyone' }, schema: described({ summary: 'Counts for Prometheus', tags: ['health'] }) },
    async (_request, reply) => reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  )
  app.get(
    '/api/v1/openapi.json',
    { config: { who: 'anyone' }, schema: described({ summary: 'This document', tags: ['health'] }) },
    async () => app.swagger(),
  )
}
