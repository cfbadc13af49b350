// What the server counts of itself, for Prometheus. No name of a host is in it: who may scrape need not know them.

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { issueStates } from '../issues/state.ts'
import type { Store } from '../store/store.ts'

export interface Metrics {
  registry: Registry
  /** what this process hears by itself: added by whoever listens */
  receivers: Set<() => readonly ReceivedCounts[]>
  /** what became of the logs of hosts that it hears */
  heard: Set<() => HeardCounts>
  bundles: Counter<'result'>
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
  countReports(store, registry)
  return {
    registry,
    receivers: countReceived(registry),
    heard: countHeard(registry),
    bundles: new Counter({
      name: 'faultline_intake_bundles_total',
      help: 'Bundles and logs that came in: taken, known already, completed',
      labelNames: ['result'],
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

/** What came by one of the roads that this process listens on. */
export interface ReceivedCounts {
  source: string
  records: number
  /** known to be lost on the way: gaps in the numbers that kernels give their records */
  lost: number
  /** came to this machine and found no room */
  dropped: number
}

/** Records of hosts that are heard. */
export interface HeardCounts {
  /** in the store */
  kept: number
  /** came faster than they could be written */
  dropped: number
  /** of hosts beyond those whose log is kept */
  strangers: number
}

function countHeard(registry: Registry): Metrics['heard'] {
  const heard: Metrics['heard'] = new Set()
  new Gauge({
    name: 'faultline_heard_log_records',
    help: 'Records of hosts that are heard: kept, dropped for want of room in memory, of hosts beyond the bound of hosts',
    labelNames: ['result'],
    registers: [registry],
    collect() {
      for (const counts of heard) for (const [result, count] of Object.entries(counts())) this.set({ result }, count)
    },
  })
  return heard
}

function countReceived(registry: Registry): Metrics['receivers'] {
  const receivers: Metrics['receivers'] = new Set()
  const words = {
    records: 'Records that were heard',
    lost: 'Records that did not come',
    dropped: 'Datagrams without room',
  }
  for (const [what, help] of Object.entries(words) as [keyof typeof words, string][]) {
    new Gauge({
      name: `faultline_received_${what}`,
      help,
      labelNames: ['source'],
      registers: [registry],
      collect() {
        for (const receiver of receivers) for (const each of receiver()) this.set({ source: each.source }, each[what])
      },
    })
  }
  return receivers
}

/** Asked for at most so often: it goes through all hours. */
const REPORTS_MS = 30_000

/** As node-problem-detector calls them (config/kernel-monitor.json), and by which kinds. */
const problems: Record<string, readonly string[]> = {
  OOMKilling: ['oom-kill'],
  TaskHung: ['hung-task'],
  KernelOops: ['null-dereference', 'page-fault', 'general-protection', 'bug-on', 'divide-error', 'double-fault'],
  IOError: ['io-error'],
  FilesystemError: ['filesystem'],
  HardwareError: ['machine-check', 'edac', 'aer'],
}

/** Since the store was begun: they go on when the server is started anew. */
function countReports(store: Store, registry: Registry): void {
  let at = 0
  let counts: { value: string; reports: number }[] = []
  const read = async (): Promise<typeof counts> => {
    if (Date.now() - at < REPORTS_MS) return counts
    counts = await store.db
      .selectFrom('hour_counts')
      .select(each => ['value', each.fn.sum<number>('reports').as('reports')])
      .where('what', '=', 'kind')
      .groupBy('value')
      .execute()
    at = Date.now()
    return counts
  }
  new Counter({
    name: 'faultline_reports_total',
    help: 'Kernel exceptions that were filed, by kind',
    labelNames: ['kind'],
    registers: [registry],
    async collect() {
      this.reset()
      for (const { value, reports } of await read()) this.inc({ kind: value }, reports)
    },
  })
  new Counter({
    name: 'problem_counter',
    help: 'As node-problem-detector counts them, over all hosts',
    labelNames: ['reason'],
    registers: [registry],
    async collect() {
      this.reset()
      const all = await read()
      for (const [reason, kinds] of Object.entries(problems)) {
        const count = all.reduce((sum, { value, reports }) => (kinds.includes(value) ? sum + reports : sum), 0)
        this.inc({ reason }, count)
      }
    },
  })
}
