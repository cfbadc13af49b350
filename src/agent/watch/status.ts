// What the agent says of itself: status.json in the runtime folder, replaced as a whole.

import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeFoldersSync } from '../../node/make-folders.ts'
import type { UplinkStatus } from '../push/uplink.ts'
import type { KernelCounts } from './kernel-counts.ts'

export const statusName = 'status.json'

export interface Status {
  schema: 'faultline.status/1'
  version: string
  pid: number
  bootId: string
  /** ISO 8601 */
  started: string
  updated: string
  /** `running`; `ended`: orderly, nothing waits */
  state: 'running' | 'ended'
  spool: string
  sources: SourceStatus[]
  /** found: cut out of the logs; bundled: durable; repeated: only counted; known: in the spool from before a restart */
  reports: Record<string, number>
  /** the last bundle's name */
  lastBundle?: string
  kernel: KernelCounts
  /** of the flight recorder, where it runs: recorded, dropped for newer ones, lost in the kernel's buffer, kept now */
  events?: Record<string, number>
  routes: { route: string; [count: string]: string | number }[]
  /** the server that bundles are sent to, where one is configured */
  server?: UplinkStatus
  /** what a person should know, the latest last */
  troubles: { at: string; message: string }[]
  memory: { rssBytes: number }
}

export interface SourceStatus {
  source: string
  state: 'open' | 'ended' | 'failed'
  records: number
  userSpace: number
  lost: number
  /** 1: a report is under way */
  pending: number
  streams: number
  /** the source's own counts */
  stats: Record<string, number>
}

/** Throws what Node throws. */
export function writeStatus(folder: string, status: Status): void {
  makeFoldersSync(folder, 0o755)
  const path = join(folder, statusName)
  writeFileSync(`${path}.tmp`, `${JSON.stringify(status)}\n`)
  renameSync(`${path}.tmp`, path)
}

/** Undefined where no agent has run since the boot. Throws what Node throws for other reasons. */
export function readStatus(folder: string): Status | undefined {
  try {
    const status = JSON.parse(readFileSync(join(folder, statusName), 'utf8')) as Status
    return status.schema === 'faultline.status/1' ? status : undefined
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/** The process that wrote it is there. */
export function isAlive({ pid, state }: Status): boolean {
  if (state === 'ended') return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
