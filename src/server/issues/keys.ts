// By what a report finds its issue. The surest first: the fingerprint (core/group/fingerprint.ts: kind, title and the first
// frames); then the title, since one bug is reached by many ways; then the titles that the same bug has with other kernels.

import type { Report } from '../../core/model.ts'

export const keyKinds = ['fingerprint', 'title', 'other-title'] as const
export type KeyKind = (typeof keyKinds)[number]

/** Why a report is in its issue: it began it, a key, or somebody put it there. */
export const joinReasons = ['first', ...keyKinds, 'hand'] as const
export type JoinReason = (typeof joinReasons)[number]

export interface IssueKey {
  kind: KeyKind
  value: string
}

export type Keyed = Pick<Report, 'fingerprint' | 'title' | 'altTitles'>

/** Titles kept of one report. */
const MAX_OTHER_TITLES = 16

/** "… in function": says where. "kernel panic: Fatal exception" or "… in corrupted" may be anything. */
export const tellsApart = (title: string): boolean =>
  /\b(?:in|at) [A-Za-z_][\w.:]*$/.test(title) && !/ (?:corrupted|unknown)$/.test(title)

const otherTitles = ({ title, altTitles }: Keyed): string[] =>
  altTitles.filter(each => each !== title && tellsApart(each)).slice(0, MAX_OTHER_TITLES)

/** Under which keys an issue is known once it has this report. */
export const keysOf = (report: Keyed): IssueKey[] => [
  { kind: 'fingerprint', value: report.fingerprint },
  ...(tellsApart(report.title) ? [{ kind: 'title' as const, value: report.title }] : []),
  ...otherTitles(report).map(value => ({ kind: 'other-title' as const, value })),
]

/** Where it is looked for, in this order, and what is then the reason. */
export const lookupsOf = (report: Keyed): (IssueKey & { reason: KeyKind })[] => [
  { kind: 'fingerprint', value: report.fingerprint, reason: 'fingerprint' },
  ...(tellsApart(report.title)
    ? [
        { kind: 'title' as const, value: report.title, reason: 'title' as const },
        { kind: 'other-title' as const, value: report.title, reason: 'other-title' as const },
      ]
    : []),
  ...otherTitles(report).map(value => ({ kind: 'title' as const, value, reason: 'other-title' as const })),
]
