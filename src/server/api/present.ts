// Rows of the store as the API gives them: absent where they are not known.

import type { HostTable, IssueTable, ReportTable } from '../store/tables.ts'

/** Without what is null. */
const known = <T extends Record<string, unknown>>(values: T): { [Key in keyof T]?: NonNullable<T[Key]> } =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null && value !== '')) as never

export const issueOf = (row: IssueTable) => ({
  id: row.id,
  title: row.title,
  kind: row.kind,
  severity: row.severity,
  fatal: row.fatal === 1,
  state: row.state,
  ...known({ fixedIn: row.fixed_in, note: row.note, mergedInto: row.merged_into }),
  reports: row.reports,
  hosts: row.hosts,
  firstSeen: row.first_seen,
  lastSeen: row.last_seen,
})

export const reportOf = (row: ReportTable & { host_name: string }) => ({
  id: row.id,
  issue: row.issue_id,
  host: { id: row.host_id, name: row.host_name },
  at: row.at,
  receivedAt: row.received_at,
  kind: row.kind,
  severity: row.severity,
  title: row.title,
  fatal: row.fatal === 1,
  ...known({
    release: row.release,
    hardware: row.hardware,
    firmware: row.firmware,
    arch: row.arch,
    module: row.module,
    function: row.function,
  }),
  fingerprint: row.fingerprint,
  ...(row.outlined_at === null ? {} : { outlined: { at: row.outlined_at, why: row.outlined_why } }),
  joinedBy: row.joined_by,
})

export const hostOf = (row: HostTable) => ({
  id: row.id,
  name: row.name,
  ...known({ via: row.via, hardware: row.hardware, firmware: row.firmware, arch: row.arch, release: row.release }),
  reports: row.reports,
  firstSeen: row.first_seen,
  lastSeen: row.last_seen,
})
