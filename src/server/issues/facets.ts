// What an issue is counted by: which hosts, kernels, models, firmware, architectures and modules have it.

import type { Report } from '../../core/model.ts'
import type { ReportTable } from '../store/tables.ts'
import { firmwareOf, modelOf } from './hardware.ts'

/** A facet and the column of a report that it counts. To add one: a line, and in `facts` what it says. */
export const facets = {
  host: 'host_id',
  release: 'release',
  model: 'hardware',
  firmware: 'firmware',
  arch: 'arch',
  module: 'module',
} as const satisfies Record<string, keyof ReportTable>

export type FacetName = keyof typeof facets

/** Counted too, but not for people: by which sets of loaded modules it was seen (modules.ts). */
export const countedFacets = { ...facets, loaded: 'modules' } as const satisfies Record<string, keyof ReportTable>

/** Names longer than this are cut: they are keys of an index. */
const MAX_NAME = 200

const name = (text: string | undefined): string | null =>
  text === undefined || text === '' ? null : text.slice(0, MAX_NAME)

/** What a report says of itself in the columns of its row. */
export function factsOf(report: Report) {
  const frame = report.pc ?? report.traces?.[0]?.frames[0]
  return {
    kind: report.kind,
    severity: report.severity,
    title: report.title.slice(0, 1000),
    fatal: report.fatal ? 1 : 0,
    arch: name(report.arch),
    release: name(report.kernel?.release),
    hardware: name(modelOf(report.kernel?.hardware)),
    firmware: name(firmwareOf(report.kernel?.hardware)),
    module: name(report.pc?.module ?? report.traces?.[0]?.frames.find(each => each.module !== undefined)?.module),
    function: name(frame?.symbol),
    fingerprint: report.fingerprint,
  } satisfies Partial<ReportTable>
}
