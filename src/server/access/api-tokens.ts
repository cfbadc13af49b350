// Tokens for programs: named, with a role, an end, and shown once.

import type { Kysely } from 'kysely'
import { say } from '../../core/say.ts'
import { Refusal } from '../intake/refusal.ts'
import { newId } from '../store/id.ts'
import type { Store } from '../store/store.ts'
import type { Tables } from '../store/tables.ts'
import { audit, type By, isoOf } from './audit.ts'
import { lower, type Role } from './roles.ts'
import { newSecret, secretHash } from './secret.ts'

export interface ApiToken {
  id: string
  name: string
  /** it may no more than its user, whatever it says */
  role: Role
  /** whose it is; "owner": of whoever runs the server */
  user: string
  createdAt: number
  lastUsed?: number
  expiresAt?: number
}

/** Of one user. */
const MAX_TOKENS = 100

export interface NewToken {
  name: string
  role: Role
  /** undefined: until somebody revokes it */
  expiresAt: number | undefined
  /** null: the owner's */
  userId: string | null
}

/** The secret, which is nowhere else. Throws Refusal 409. */
export const addToken = (
  store: Store,
  by: By,
  { name, role, expiresAt, userId }: NewToken,
): Promise<{ id: string; token: string }> =>
  store.write(async tx => {
    const others = await tokensOf(tx, userId).select('tokens.name').execute()
    if (others.some(each => each.name === name)) throw new Refusal(409, say`there is a token ${name} already`)
    if (others.length >= MAX_TOKENS) throw new Refusal(409, say`${MAX_TOKENS} tokens are there already: revoke some`)
    const [id, token] = [newId(), newSecret('flt')]
    const row = {
      id,
      hash: secretHash(token),
      role,
      name,
      user_id: userId,
      created_by: by.actor,
      created_at: Date.now(),
    }
    const rest = { host_id: null, last_used: null, expires_at: expiresAt ?? null, revoked_at: null }
    await tx
      .insertInto('tokens')
      .values({ ...row, ...rest })
      .execute()
    await audit(tx, by, { action: 'token.add', target: name, after: { role, until: isoOf(expiresAt) } })
    return { id, token }
  })

const tokensOf = (db: Kysely<Tables>, userId?: string | null) => {
  const all = db
    .selectFrom('tokens')
    .leftJoin('users', 'users.id', 'tokens.user_id')
    .where('tokens.name', 'is not', null)
    .where('tokens.revoked_at', 'is', null)
  return userId === undefined ? all : all.where('tokens.user_id', userId === null ? 'is' : '=', userId)
}

/** Those that are not revoked. `userId`: only that user's; null: only the owner's. */
export async function listTokens({ db }: Store, userId?: string | null): Promise<ApiToken[]> {
  const rows = await tokensOf(db, userId)
    .selectAll('tokens')
    .select(['users.name as user_name', 'users.role as user_role'])
    .orderBy('tokens.id', 'desc')
    .limit(1000)
    .execute()
  return rows.map(row => ({
    id: row.id,
    name: row.name ?? '',
    role: lower(row.role === 'host' ? 'viewer' : row.role, row.user_role ?? 'admin'),
    user: row.user_name ?? 'owner',
    createdAt: row.created_at,
    ...(row.last_used === null ? {} : { lastUsed: row.last_used }),
    ...(row.expires_at === null ? {} : { expiresAt: row.expires_at }),
  }))
}

/** `userId` as in listTokens. Throws Refusal 404. */
export const revokeToken = (store: Store, by: By, id: string, userId?: string | null): Promise<void> =>
  store.write(async tx => {
    const row = await tokensOf(tx, userId).select('tokens.name').where('tokens.id', '=', id).executeTakeFirst()
    if (row === undefined) throw new Refusal(404, say`there is no token ${id} of yours`)
    await tx.updateTable('tokens').set({ revoked_at: Date.now() }).where('id', '=', id).execute()
    await audit(tx, by, { action: 'token.revoke', target: row.name ?? id })
  })
