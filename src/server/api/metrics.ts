// What the server counts of itself, for Prometheus. No name of a host is in it: who may scrape need not know them.

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { issueStates } from '../issues/state.ts'
import type { Store } from '../store/store.ts'

export interface Metrics {
  registry: Registry
  bundles: Counter<'result'>
  reports: Counter<'kind' | 'severity'>
  refused: Counter<'status'>
  requests: Histogram<'route' | 'status'>
}

/** Seconds: what is promised is 0.1 at the median and 0.3 at the 99th percentile. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2.5, 5, 10, 30]

export function makeMetrics(store: Store): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry, prefix: 'faultline_' })
  new Gauge({
    name: 'faultline_issues',
    help: 'Issues by state',
    labelNames: ['state'],
    registers,
    async collect() {
      const rows = await store.db
        .selectFrom('issues')
        .select(each => ['state', each.fn.countAll<number>().as('count')])
        .where('merged_into', 'is', null)
        .groupBy('state')
        .execute()
      for (const state of issueStates) this.set({ state }, rows.find(each => each.state === state)?.count ?? 0)
    },
  })
  new Gauge({
    name: 'faultline_hosts',
    help: 'Hosts that ever reported',
    registers,
    async collect() {
      const hosts = store.db.selectFrom('hosts').select(each => each.fn.countAll<number>().as('count'))
      this.set((await hosts.executeTakeFirstOrThrow()).count)
    },
  })
  return {
    registry,
    bundles: new Counter({
      name: 'faultline_intake_bundles_total',
      help: 'Bundles and logs that came in: taken, known already, completed',
      labelNames: ['result'],
      registers,
    }),
    reports: new Counter({
      name: 'faultline_reports_total',
      help: 'Kernel exceptions that were filed',
      labelNames: ['kind', 'severity'],
      registers,
    }),
    refused: new Counter({
      name: 'faultline_refused_total',
      help: 'Requests that were refused, by HTTP status',
      labelNames: ['status'],
      registers,
    }),
    requests: new Histogram({
      name: 'faultline_http_request_seconds',
      help: 'Time from request to answer',
      labelNames: ['route', 'status'],
      buckets,
      registers,
    }),
  }
}
