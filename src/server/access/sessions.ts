// Who is logged in. The browser has a secret in a cookie, the store its hash; each login makes a new one, whatever the
// browser brought along.

import { createHmac } from 'node:crypto'
import type { Kysely } from 'kysely'
import { newId } from '../store/id.ts'
import type { Store } from '../store/store.ts'
import type { Tables } from '../store/tables.ts'
import type { Identity, Role } from './roles.ts'
import { MAX_SECRET, newSecret, secretHash } from './secret.ts'

/** Without a request for so long it ends. */
export const IDLE_MS = 2 * 24 * 60 * 60 * 1000
/** And after so long in any case. */
export const SESSION_MS = 14 * 24 * 60 * 60 * 1000
/** Of one that a provider vouched for: what it says of role and leave is asked again the next day. */
export const VOUCHED_MS = 24 * 60 * 60 * 1000
/** How exactly it is kept when a session was used last. */
const USED_STEP_MS = 60 * 1000
/** Of one user or token; the oldest ends. */
const MAX_SESSIONS = 50
const MAX_AGENT = 200

/** Whose session: a user's, or that of the owner's token. */
export type Holder = { userId: string } | { tokenId: string }

export interface Opened {
  id: string
  /** for the cookie */
  secret: string
  csrf: string
  expiresAt: number
}

/** For the header of each request that changes something: no other site can know it, nor make a browser send it. */
const csrfOf = (secret: string): string => createHmac('sha256', secret).update('csrf').digest('base64url')

export async function openSession(
  tx: Kysely<Tables>,
  holder: Holder,
  from: { address: string; agent: string },
  forMs: number = SESSION_MS,
): Promise<Opened> {
  const [id, secret, now] = [newId(), newSecret('fls'), Date.now()]
  const [column, value] =
    'userId' in holder ? (['user_id', holder.userId] as const) : (['token_id', holder.tokenId] as const)
  await removeEnded(tx, now)
  const before = await tx.selectFrom('sessions').select('id').where(column, '=', value).orderBy('last_used').execute()
  const over = before.slice(0, Math.max(0, before.length + 1 - MAX_SESSIONS)).map(each => each.id)
  if (over.length > 0) await tx.deleteFrom('sessions').where('id', 'in', over).execute()
  await tx
    .insertInto('sessions')
    .values({
      id,
      hash: secretHash(secret),
      user_id: null,
      token_id: null,
      [column]: value,
      created_at: now,
      last_used: now,
      expires_at: now + forMs,
      address: from.address,
      agent: from.agent.slice(0, MAX_AGENT),
    })
    .execute()
  return { id, secret, csrf: csrfOf(secret), expiresAt: now + forMs }
}

const removeEnded = (tx: Kysely<Tables>, now: number) =>
  tx
    .deleteFrom('sessions')
    .where(each => each.or([each('expires_at', '<=', now), each('last_used', '<=', now - IDLE_MS)]))
    .execute()

/** Of a cookie; undefined where it opens nothing (any more). */
export async function sessionIdentity(store: Store, secret: string): Promise<Identity | undefined> {
  if (secret.length > MAX_SECRET) return undefined
  const now = Date.now()
  const row = await store.db
    .selectFrom('sessions')
    .leftJoin('users', 'users.id', 'sessions.user_id')
    .leftJoin('tokens', join => join.onRef('tokens.id', '=', 'sessions.token_id').on('tokens.revoked_at', 'is', null))
    .select(['sessions.id', 'sessions.user_id', 'sessions.token_id', 'sessions.last_used', 'sessions.expires_at'])
    .select(['users.role as user_role', 'users.name as user_name', 'tokens.role as token_role'])
    .where('sessions.hash', '=', secretHash(secret))
    .where('sessions.expires_at', '>', now)
    .where('sessions.last_used', '>', now - IDLE_MS)
    .executeTakeFirst()
  const role = row?.user_role ?? row?.token_role
  if (row === undefined || role == null || role === 'host') return undefined
  if (row.last_used < now - USED_STEP_MS) {
    // Whether it can be noted is no matter of who somebody is: the disk may be full.
    await store.db
      .updateTable('sessions')
      .set({ last_used: now })
      .where('id', '=', row.id)
      .execute()
      .catch(() => {})
  }
  return {
    role,
    actor: row.user_name ?? 'owner',
    ...(row.user_id === null ? { owner: true as const } : { userId: row.user_id }),
    ...(row.token_id === null ? {} : { tokenId: row.token_id }),
    session: { id: row.id, csrf: csrfOf(secret), expiresAt: row.expires_at },
  }
}

export interface SessionRow {
  id: string
  name: string
  role: Role
  createdAt: number
  lastUsed: number
  expiresAt: number
  address: string
  agent: string
}

/** Those that are open, the latest used first. `userId`: only that user's; null: only the owner's. */
export async function listSessions({ db }: Store, userId?: string | null): Promise<SessionRow[]> {
  const now = Date.now()
  let query = db
    .selectFrom('sessions')
    .leftJoin('users', 'users.id', 'sessions.user_id')
    .selectAll('sessions')
    .select(['users.name', 'users.role'])
    .where('expires_at', '>', now)
    .where('last_used', '>', now - IDLE_MS)
    .orderBy('last_used', 'desc')
    .limit(500)
  if (userId !== undefined) query = query.where('user_id', userId === null ? 'is' : '=', userId)
  return (await query.execute()).map(row => ({
    id: row.id,
    name: row.name ?? 'owner',
    role: row.role ?? 'admin',
    createdAt: row.created_at,
    lastUsed: row.last_used,
    expiresAt: row.expires_at,
    address: row.address,
    agent: row.agent,
  }))
}

/** Whose it was, or undefined where there is none of that id. `userId` as in listSessions. */
export async function endSession(tx: Kysely<Tables>, id: string, userId?: string | null): Promise<string | undefined> {
  let query = tx
    .selectFrom('sessions')
    .leftJoin('users', 'users.id', 'sessions.user_id')
    .select(['sessions.id', 'users.name'])
    .where('sessions.id', '=', id)
  if (userId !== undefined) query = query.where('user_id', userId === null ? 'is' : '=', userId)
  const row = await query.executeTakeFirst()
  if (row === undefined) return undefined
  await tx.deleteFrom('sessions').where('id', '=', id).execute()
  return row.name ?? 'owner'
}

/** All of a user, but for the one in which it was asked. */
export const endSessionsOf = (tx: Kysely<Tables>, userId: string, but?: string) =>
  tx
    .deleteFrom('sessions')
    .where('user_id', '=', userId)
    .where('id', '!=', but ?? '')
    .execute()
