// What the server answers (its schemas are in src/server/api/; tests/api-types.test.ts holds these to them).

import type { Report, SeverityName } from '../../core/model.ts'

export type IssueState = 'new' | 'recurring' | 'regressed' | 'fixed' | 'known' | 'ignored'

export interface Issue {
  id: string
  title: string
  kind: string
  severity: SeverityName
  fatal: boolean
  state: IssueState
  fixedIn?: string | undefined
  note?: string | undefined
  mergedInto?: string | undefined
  reports: number
  hosts: number
  /** ms since 1970, as all times */
  firstSeen: number
  lastSeen: number
}

export interface ListedIssue extends Issue {
  trend?: number[] | undefined
}

export interface IssuePage {
  issues: ListedIssue[]
  next?: string | undefined
  count?: number | undefined
}

export interface FacetValue {
  value: string
  /** of a host */
  name?: string | undefined
  reports: number
  firstSeen: number
  lastSeen: number
}

interface Conclusion {
  confidence: 'likely' | 'possible'
  because: string
}

export interface HistoryEntry {
  id: string
  at: number
  actor: string
  action: string
  otherIssue?: string | undefined
  undoneBy?: string | undefined
  detail: Record<string, unknown>
}

export interface IssueDetail extends Issue {
  keys: { kind: string; value: string }[]
  facets: Record<string, FacetValue[]>
  verdict: Conclusion & { is: 'hardware' | 'model' | 'software' | 'open' }
  began: (Conclusion & {
    what: 'kernel' | 'firmware' | 'module'
    name: string
    lastGood?: string | undefined
  })[]
  chart: { hour: number; reports: number }[]
  history: HistoryEntry[]
}

export type JoinReason = 'first' | 'fingerprint' | 'title' | 'other-title' | 'hand'

export interface ReportRow {
  id: string
  issue: string
  host: { id: string; name: string }
  at: number
  receivedAt: number
  kind: string
  severity: SeverityName
  title: string
  fatal: boolean
  release?: string | undefined
  hardware?: string | undefined
  firmware?: string | undefined
  arch?: string | undefined
  module?: string | undefined
  function?: string | undefined
  fingerprint: string
  joinedBy: JoinReason
  /** its evidence is gone, an outline of it is kept */
  outlined?: { at: number; why: string } | undefined
}

export interface ReportPage {
  reports: ReportRow[]
  next?: string | undefined
}

export interface ReportDetail extends ReportRow {
  report: Report
  evidence: { path: string; hash: string; sizeBytes: number }[]
}

export interface Host {
  id: string
  name: string
  /** the host that told of it, or "upload" */
  via?: string | undefined
  hardware?: string | undefined
  firmware?: string | undefined
  arch?: string | undefined
  release?: string | undefined
  reports: number
  firstSeen: number
  lastSeen: number
}

export interface Series {
  value: string
  counts: number[]
}

export interface Overview {
  at: number
  since: number
  bucketMs: number
  buckets: number[]
  kinds: Series[]
  releases: Series[]
  counts: {
    reports: number
    newIssues: number
    openIssues: number
    regressedIssues: number
    hosts: number
    troubledHosts: number
  }
  top: (Issue & { recent: number })[]
  trouble: (Host & { recent: number; fatal: number })[]
  latest: ReportRow[]
}

export interface Sameness {
  same: string[]
  different: string[]
}

export interface Changed {
  history: string
  issue?: string | undefined
}

export interface SessionAnswer {
  user?: { name: string; role: 'viewer' | 'triager' | 'admin'; owner?: boolean } | undefined
  csrf?: string | undefined
  login: { password: boolean; provider?: { label: string; url: string } | undefined }
}

export interface HostPage {
  hosts: Host[]
  next?: string | undefined
}

export type EndingName = 'restart' | 'power-off' | 'halt' | 'panic' | 'oops' | 'watchdog' | 'power-loss' | 'unknown'

export interface Boot {
  bootId: string
  release?: string | undefined
  reports: number
  firstSeen: number
  lastSeen: number
  began?: number | undefined
  ended?: number | undefined
  ending?:
    | {
        how: EndingName
        confidence: 'certain' | 'likely' | 'possible'
        title?: string | undefined
        because?: { what: string; from: string; strength: string }[] | undefined
      }
    | undefined
  log?: { records: number; missing: number; firstAt: number; lastAt: number } | undefined
}

export interface Checked {
  check: string
  level: 'good' | 'advice' | 'problem' | 'unknown'
  found: string
  means?: string | undefined
  fix?: Record<string, unknown> | undefined
}

export interface HostDetail extends Host {
  boots: Boot[]
  machine?: { agent?: string | undefined; blind?: string[] | undefined; at: number } | undefined
  doctor?: { at: number; checks: Checked[] } | undefined
}

export interface HostLogRecord {
  boot: string
  sequence: number
  at: number
  sinceBootUs?: number | undefined
  level?: number | undefined
  facility?: number | undefined
  caller?: string | undefined
  text: string
  missingBefore?: number | undefined
}

export interface HostLogPage {
  records: HostLogRecord[]
  older?: string | undefined
  newer: string
  more?: boolean | undefined
}

export interface SymbolFile {
  id: string
  name: string
  sizeBytes: number
  receivedAt: number
  actor: string
  state: 'waiting' | 'ready' | 'failed'
  kind?: 'index' | 'list' | 'image' | undefined
  release?: string | undefined
  problem?: string | undefined
  objects: number
}

export interface SymbolCoverage {
  release: string
  reports: number
  looked: number
  placed: number
  has: number
  missing: { name: string; buildId?: string | undefined; reports: number }[]
}

export interface SymbolsAnswer {
  files: SymbolFile[]
  coverage: SymbolCoverage[]
}
