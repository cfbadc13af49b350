// What the watch is given.

import type { LogRecord } from '../../core/model.ts'
import type { ServiceNotifier } from '../../node/service-notify.ts'
import type { Draft } from '../bundles/bundle.ts'
import type { Spool } from '../bundles/spool.ts'
import type { Config } from '../config/keys.ts'
import type { Status } from './status.ts'

export interface WatchOptions {
  config: Config
  version: string
  /** false: no bundles are kept */
  spool?: boolean
  /** one line for the service's log */
  tell(message: string): void
  /** all sources have ended, or the agent cannot go on: `problem` says why */
  ended(problem?: string): void
  /** another machine, which is named, said something */
  heard?(record: LogRecord): void
  /** a bundle is durable */
  bundled?(bundle: { name: string; path: string }, draft: Draft, spool: Spool): void
  /** something was added to the spool */
  spoolChanged?(): void
  /** what the status says besides */
  more?(): Partial<Status>
  /** the spool is open, the sources too */
  ready?(spool: Spool): void
  notifier?: ServiceNotifier
  bootId?: string
}
