// Who did what, when, from where, and what it was before and after. Rows are added and read, never changed.

import type { Kysely } from 'kysely'
import { newId } from '../store/id.ts'
import type { Tables } from '../store/tables.ts'

/** Who does something, and from where. */
export interface By {
  actor: string
  /** an IP address; 'local' for the command on the server's own machine */
  address: string
}

export interface Act {
  /** 'user.add', 'session.login'; of a route that says nothing of its own, method and path */
  action: string
  /** the name or id of what it was done to */
  target?: string | undefined
  before?: unknown
  after?: unknown
}

/** What is longer is cut: nobody fills the disk with one entry. */
const MAX_DETAIL = 16 * 1024
const MAX_WORDS = 300

const json = (value: unknown): string | undefined => {
  const text = JSON.stringify(value)
  return text === undefined || text.length <= MAX_DETAIL ? text : JSON.stringify({ cut: text.slice(0, MAX_DETAIL) })
}

/** A time as people read it, of a value that may be absent. */
export const isoOf = (ms: number | undefined): string | undefined =>
  ms === undefined ? undefined : new Date(ms).toISOString()

/** In the transaction of what it tells of, so that neither is there without the other. */
export async function audit(tx: Kysely<Tables>, by: By, { action, target, before, after }: Act): Promise<void> {
  await tx
    .insertInto('audit')
    .values({
      id: newId(),
      at: Date.now(),
      actor: by.actor.slice(0, MAX_WORDS),
      address: by.address,
      action,
      target: target?.slice(0, MAX_WORDS) ?? null,
      before: json(before) ?? null,
      after: json(after) ?? null,
    })
    .execute()
}
