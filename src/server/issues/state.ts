// What an issue is: by itself new, recurring, regressed; by somebody's word fixed, known, ignored.

import { compareReleases } from './release.ts'

export const issueStates = ['new', 'recurring', 'regressed', 'fixed', 'known', 'ignored'] as const
export type IssueState = (typeof issueStates)[number]

/** An issue is new for a day after its first report. */
export const NEW_MS = 24 * 60 * 60 * 1000

export interface Standing {
  state: IssueState
  fixedIn: string | null
  firstSeen: number
}

/** What it is when nobody has said anything. */
export const openState = (firstSeen: number, lastSeen: number): IssueState =>
  lastSeen - firstSeen > NEW_MS ? 'recurring' : 'new'

/** The state after one more report. A report of a kernel from before the fix, or of an unknown one, is no regression. */
export function stateAfter({ state, fixedIn, firstSeen }: Standing, at: number, release: string | null): IssueState {
  if (state === 'new') return openState(Math.min(firstSeen, at), Math.max(firstSeen, at))
  if (state !== 'fixed' || fixedIn === null || release === null) return state
  return compareReleases(release, fixedIn) >= 0 ? 'regressed' : state
}
