// What the store keeps, a type for each table. Times are ms since 1970, booleans 0 or 1, ids UUIDv7 (id.ts).
// A column that may be null says "not known"; in JSON it is absent.

import type { SeverityName } from '../../core/model.ts'
import type { Role } from '../access/roles.ts'
import type { AlertTables } from '../alerts/tables.ts'
import type { SymbolTables } from '../symbols/tables.ts'

/** A machine. `via` is the host that told of it, '' for one that reports itself: nobody writes to another's row. */
export interface HostTable {
  id: string
  name: string
  via: string
  hardware: string | null
  arch: string | null
  /** the latest kernel seen on it */
  release: string | null
  /** and the latest firmware: its version and date, as issues/hardware.ts has them */
  firmware: string | null
  /** ModuleSetTable.hash of what it had loaded last */
  modules: string | null
  reports: number
  first_seen: number
  last_seen: number
}

export interface BootTable {
  id: string
  host_id: string
  /** kernel.random.boot_id; `heard-…` of a kernel that is only heard, as nobody knows it there */
  boot_id: string
  release: string | null
  firmware: string | null
  reports: number
  first_seen: number
  last_seen: number
  /** when the kernel started, and when it was seen to end */
  began: number | null
  ended: number | null
  /** of machines/facts.ts */
  ending: string | null
  /** why it is thought so, as JSON */
  detail: string | null
}

/** The kernel's log of one boot of a host. All records below `next_sequence` are here, or are counted in `missing`. */
export interface LogStreamTable {
  id: string
  host_id: string
  boot_id: string
  next_sequence: number
  records: number
  missing: number
  /** of the text */
  raw_bytes: number
  first_at: number
  last_at: number
}

/** A piece of a log, compressed in LogBodyTable. Open ones become one when there are enough. */
export interface LogChunkTable {
  id: string
  stream_id: string
  host_id: string
  open: number
  first_sequence: number
  last_sequence: number
  /** records that were lost right before it */
  missing_before: number
  first_at: number
  last_at: number
  records: number
  /** a bit for each level that is in it; 256: records without one */
  levels: number
  raw_bytes: number
  stored_bytes: number
}

export interface LogBodyTable {
  chunk_id: string
  body: Uint8Array
}

/** What a host said of itself last, by what it is about. */
export interface HostFactTable {
  host_id: string
  kind: 'doctor' | 'machine'
  at: number
  body: string
}

/** Boots of a kernel release that reported something. */
export interface ReleaseBootsTable {
  release: string
  boots: number
}

/** Boots of one model with a firmware and a kernel. */
export interface MachineBootsTable {
  model: string
  firmware: string
  release: string
  boots: number
}

/** Modules that were loaded together, as issues/modules.ts writes them; many hosts and reports have the same. */
export interface ModuleSetTable {
  hash: string
  names: string
}

/** How many hosts have a module loaded, of those of which it is known; also by its version. */
export interface ModuleHostsTable {
  module: string
  hosts: number
}

/** A bundle that was taken in, or a log that somebody uploaded. `sender_id` and `name` say whether it is known already. */
export interface BundleTable {
  id: string
  sender_id: string
  name: string
  received_at: number
}

/** The files of a bundle. Their bytes are in blobs.ts, by `hash`. */
export interface EvidenceTable {
  bundle_id: string
  /** in the bundle: 'excerpt.log', 'collect/ps.txt' */
  path: string
  /** SHA-256, hex */
  hash: string
  size_bytes: number
}

export interface ReportTable {
  id: string
  issue_id: string
  bundle_id: string
  host_id: string
  /** BootTable.id */
  boot_id: string | null
  at: number
  received_at: number
  kind: string
  severity: SeverityName
  title: string
  fatal: number
  arch: string | null
  release: string | null
  hardware: string | null
  firmware: string | null
  /** in which it happened */
  module: string | null
  /** ModuleSetTable.hash of those that were loaded */
  modules: string | null
  function: string | null
  fingerprint: string
  /** why it is in its issue: issues/keys.ts, or 'hand' */
  joined_by: string
  /** since when its evidence is gone and its body an outline (retention/) */
  outlined_at: number | null
  outlined_why: string | null
}

/** The whole report as JSON, apart from what lists and counts read. */
export interface ReportBodyTable {
  report_id: string
  body: string
}

export interface IssueTable {
  id: string
  title: string
  kind: string
  severity: SeverityName
  fatal: number
  /** issues/state.ts */
  state: string
  /** the release in which somebody said that it is mended */
  fixed_in: string | null
  note: string | null
  /** it went into that issue and has no reports of its own */
  merged_into: string | null
  reports: number
  hosts: number
  first_seen: number
  last_seen: number
}

/** By which a new report finds its issue. */
export interface IssueKeyTable {
  kind: string
  value: string
  issue_id: string
}

/** How often and when an issue was seen on a host, with a kernel, on a model, in a module. */
export interface IssueFacetTable {
  issue_id: string
  facet: string
  value: string
  reports: number
  first_seen: number
  last_seen: number
}

/** What was done to an issue, by whom. `detail` is JSON (issues/history.ts). */
export interface IssueHistoryTable {
  id: string
  issue_id: string
  /** the other issue, of a merge, a split or a move */
  other_id: string | null
  at: number
  actor: string
  action: string
  detail: string
  /** the entry that undid this one */
  undone_by: string | null
}

/** Which reports an entry of the history moved, and out of which issue. */
export interface IssueMoveTable {
  history_id: string
  report_id: string
  from_issue: string
  joined_by: string
}

/** Reports an hour, for charts: counting the reports themselves takes seconds when there are a million. */
export interface RollupTable {
  /** ms since 1970 at which the hour begins */
  hour: number
  issue_id: string
  kind: string
  /** '' where it is not known */
  release: string
  reports: number
}

/** Reports an hour of each kind and release, over all issues. */
export interface HourCountTable {
  what: 'kind' | 'release'
  hour: number
  /** '' where it is not known */
  value: string
  reports: number
}

export interface TokenTable {
  id: string
  /** SHA-256 of the secret, hex */
  hash: string
  role: 'host' | Role
  host_id: string | null
  /** of a person's; null of a host's and of the owner's, which is in a file beside the store */
  name: string | null
  /** whose it is: it may no more than they; null: the owner's */
  user_id: string | null
  created_by: string | null
  created_at: number
  last_used: number | null
  expires_at: number | null
  revoked_at: number | null
}

/** One-time codes by which a host gets its token. */
export interface EnrolmentTable {
  id: string
  hash: string
  /** only this host may use it; null: any */
  host_name: string | null
  created_by: string | null
  created_at: number
  expires_at: number
  used_at: number | null
}

export interface UserTable {
  id: string
  name: string
  role: Role
  /** PHC string (access/passwords.ts); null: an OpenID provider says who it is */
  password: string | null
  /** issuer and subject of the provider */
  subject: string | null
  created_at: number
  last_login: number | null
}

/** Of a user, or of the owner's token. */
export interface SessionTable {
  id: string
  /** SHA-256 of the cookie's secret, hex */
  hash: string
  user_id: string | null
  token_id: string | null
  created_at: number
  last_used: number
  expires_at: number
  address: string
  /** User-Agent, as the browser says it */
  agent: string
}

/** access/audit.ts. `before` and `after` are JSON. */
export interface AuditTable {
  id: string
  at: number
  actor: string
  address: string
  action: string
  target: string | null
  before: string | null
  after: string | null
}

/** What somebody set, as JSON. */
export interface SettingTable {
  name: string
  value: string
}

export interface Tables extends AlertTables, SymbolTables {
  settings: SettingTable
  hosts: HostTable
  boots: BootTable
  log_streams: LogStreamTable
  log_chunks: LogChunkTable
  log_bodies: LogBodyTable
  host_facts: HostFactTable
  release_boots: ReleaseBootsTable
  machine_boots: MachineBootsTable
  module_sets: ModuleSetTable
  module_hosts: ModuleHostsTable
  bundles: BundleTable
  evidence: EvidenceTable
  reports: ReportTable
  report_bodies: ReportBodyTable
  issues: IssueTable
  issue_keys: IssueKeyTable
  issue_facets: IssueFacetTable
  issue_history: IssueHistoryTable
  issue_moves: IssueMoveTable
  rollups: RollupTable
  hour_counts: HourCountTable
  /** the same for each twelve hours of UTC, by the first */
  half_day_counts: HourCountTable
  tokens: TokenTable
  enrolments: EnrolmentTable
  users: UserTable
  sessions: SessionTable
  audit: AuditTable
}
