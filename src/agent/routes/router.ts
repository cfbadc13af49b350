// Every record to the targets that want it. Nothing here waits for a target.

import type { LogRecord, Report } from '../../core/model.ts'
import type { RouteHost } from './host.ts'
import { recordMessage, reportMessage } from './message.ts'
import { Outlet, type OutletCounts } from './outlet.ts'
import type { Route } from './route.ts'
import { selects, selectsReport } from './selector.ts'

export interface RouteStatus extends OutletCounts {
  route: string
  target: string
}

export interface Router {
  /** Hands a record to the routes that select it; never blocks, never throws. */
  deliver(record: LogRecord): void
  /** Hands a decoded report to the routes that ask for its kind (`kind=`); never blocks, never throws. */
  report(report: Report): void
  /** Opens all targets anew: after others have rotated the files (SIGHUP). */
  reopen(): void
  status(): RouteStatus[]
  /** all routes together: delivered, lost, queued, failures, down */
  stats(): Record<string, number>
  /** Lets what waits go out until the deadline; what is left then is counted as lost. */
  close(deadlineMs: number): Promise<void>
}

export function createRouter(routes: readonly Route[], host: RouteHost): Router {
  const outlets = routes.map(route => ({ route, outlet: new Outlet(outletOptions(route), route.open(host), host) }))
  const records = outlets.filter(({ route }) => route.selector.kinds === undefined)
  const reports = outlets.filter(({ route }) => route.selector.kinds !== undefined)
  return {
    deliver(record) {
      for (const { route, outlet } of records) {
        if (selects(route.selector, record)) outlet.push(recordMessage(record, host.now()))
      }
    },
    report(report) {
      for (const { route, outlet } of reports) {
        if (selectsReport(route.selector, report)) outlet.push(reportMessage(report, host.now()))
      }
    },
    reopen() {
      for (const { outlet } of outlets) outlet.reopen()
    },
    status: () => outlets.map(({ route, outlet }) => ({ route: route.line, target: route.target, ...outlet.counts() })),
    stats() {
      const sum: Record<string, number> = { delivered: 0, lost: 0, queued: 0, failures: 0, down: 0 }
      for (const { outlet } of outlets) {
        for (const [name, value] of Object.entries(outlet.counts())) sum[name] = (sum[name] ?? 0) + value
      }
      return sum
    },
    async close(deadlineMs) {
      await Promise.all(outlets.map(({ outlet }) => outlet.close(deadlineMs)))
    },
  }
}

const outletOptions = ({ line, options }: Route) => ({ line, queue: options.queue, repeat: options.repeat })
