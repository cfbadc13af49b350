// What is done to issues: each says what it did, with a way back.

import { post } from '../api/client.ts'
import type { Changed } from '../api/types.ts'
import { t } from '../i18n/index.ts'
import { wordsOf } from '../shell/failed.tsx'
import { say } from '../shell/toasts.tsx'

export interface StateChange {
  state?: 'open' | 'fixed' | 'known' | 'ignored'
  fixedIn?: string
  note?: string
}

/** The latest first, as the server wants it. False where one of them could not be. */
export async function undo(histories: readonly string[]): Promise<boolean> {
  try {
    for (const id of histories.toReversed()) await post(`/api/v1/history/${id}/undo`)
    say(t().shell.undone)
    return true
  } catch (error) {
    say(wordsOf(error), { tone: 'problem' })
    return false
  }
}

/** Does one thing after the other; what was done before one failed stays, and can be undone. */
async function each(work: readonly (() => Promise<Changed>)[], done: string, after: () => void): Promise<Changed[]> {
  const changed: Changed[] = []
  try {
    for (const one of work) changed.push(await one())
    const histories = changed.map(({ history }) => history)
    say(done, { action: { label: t().shell.undo, run: () => void undo(histories).then(after) } })
  } catch (error) {
    say(wordsOf(error), { tone: 'problem' })
  }
  after()
  return changed
}

/** `after`: what is shown is looked at anew, now and after an undo. */
export function changeState(ids: readonly string[], change: StateChange, after: () => void): Promise<Changed[]> {
  const words = t().issues.changed
  const { state, fixedIn = '' } = change
  const done = state === undefined ? words.note : state === 'fixed' ? words.fixed(fixedIn) : words[state](ids.length)
  return each(
    ids.map(id => () => post<Changed>(`/api/v1/issues/${id}/state`, change)),
    done,
    after,
  )
}

export const mergeInto = (ids: readonly string[], into: string, after: () => void): Promise<Changed[]> =>
  each(
    ids.map(id => () => post<Changed>(`/api/v1/issues/${id}/merge`, { into })),
    t().issues.changed.merged(ids.length + 1),
    after,
  )

export type Chosen = { fingerprints: readonly string[] } | { reports: readonly string[] }

export const splitOff = (id: string, chosen: Chosen, after: () => void): Promise<Changed[]> =>
  each([() => post<Changed>(`/api/v1/issues/${id}/split`, chosen)], t().issues.changed.split, after)

export const moveInto = (id: string, into: string, chosen: Chosen, after: () => void): Promise<Changed[]> =>
  each([() => post<Changed>(`/api/v1/issues/${id}/move`, { into, ...chosen })], t().issues.changed.moved, after)
