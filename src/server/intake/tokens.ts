// Who may send and who may look: secrets of 256 bits, of which the store has only the hash.

import { createHash, randomBytes } from 'node:crypto'
import { visible } from '../../core/render/safe.ts'
import { hostRow } from '../issues/machines.ts'
import { newId } from '../store/id.ts'
import type { Store } from '../store/store.ts'
import type { TokenTable } from '../store/tables.ts'
import { Refusal } from './refusal.ts'

/** The prefix tells scanners of repositories what it is. */
const secret = (prefix: string): string => `${prefix}_${randomBytes(32).toString('base64url')}`
const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex')

export interface Identity {
  tokenId: string
  role: TokenTable['role']
  /** of a host */
  host?: { hostId: string; name: string }
}

/** Longer ones are none of ours. */
const MAX_SECRET = 200
/** How exactly it is kept when a token was used last. */
const USED_STEP_MS = 60 * 60 * 1000

/** Of an Authorization header; undefined where it opens nothing. */
export async function identify(store: Store, header: string | undefined): Promise<Identity | undefined> {
  const token = /^Bearer +(?<token>\S+)$/i.exec(header ?? '')?.groups?.['token']
  if (token === undefined || token.length > MAX_SECRET) return undefined
  const row = await store.db
    .selectFrom('tokens')
    .leftJoin('hosts', 'hosts.id', 'tokens.host_id')
    .select(['tokens.id', 'role', 'host_id', 'hosts.name', 'last_used'])
    .where('hash', '=', hashOf(token))
    .where('revoked_at', 'is', null)
    .executeTakeFirst()
  if (row === undefined) return undefined
  const now = Date.now()
  if ((row.last_used ?? 0) < now - USED_STEP_MS) {
    // Whether it can be noted is no matter of who somebody is: the disk may be full.
    await store.db
      .updateTable('tokens')
      .set({ last_used: now })
      .where('id', '=', row.id)
      .execute()
      .catch(() => {})
  }
  const host = row.host_id === null || row.name === null ? undefined : { hostId: row.host_id, name: row.name }
  return { tokenId: row.id, role: row.role, ...(host === undefined ? {} : { host }) }
}

/** A code lives so long unless it is said otherwise. */
export const CODE_MS = 24 * 60 * 60 * 1000

/** A code with which one host gets its token, once. `host`: only a host of that name. */
export async function newCode(
  store: Store,
  host: string | undefined,
  validMs: number = CODE_MS,
): Promise<{ code: string; expiresAt: number }> {
  const code = secret('fle')
  const now = Date.now()
  const expiresAt = now + validMs
  const row = { id: newId(), hash: hashOf(code), host_name: host ?? null, created_at: now, expires_at: expiresAt }
  await store.write(tx =>
    tx
      .insertInto('enrolments')
      .values({ ...row, used_at: null })
      .execute(),
  )
  return { code, expiresAt }
}

const NO_CODE = 'this code is not known, was used already, is too old or is for another host. Ask for a new one.'

/** Gives a host its token for a code. A host that was there under this name gets a new one and loses the old. */
export async function enrol(store: Store, code: string, name: string): Promise<{ token: string; hostId: string }> {
  if (name === '' || name !== visible(name) || name.length > 253) {
    throw new Refusal(400, 'host: expected a name of 1 to 253 characters that can be seen')
  }
  const now = Date.now()
  return store.write(async tx => {
    const used = await tx
      .updateTable('enrolments')
      .set({ used_at: now })
      .where('hash', '=', hashOf(code))
      .where('used_at', 'is', null)
      .where('expires_at', '>', now)
      .where(each => each.or([each('host_name', 'is', null), each('host_name', '=', name)]))
      .executeTakeFirst()
    if (used.numUpdatedRows !== 1n) throw new Refusal(403, NO_CODE)
    const hostId = await hostRow(tx, name, '', now)
    return { token: await renew(tx, 'host', hostId), hostId }
  })
}

/** A host's token for a new one; the old is good for nothing from then on. */
export const rotate = (store: Store, hostId: string): Promise<string> => store.write(tx => renew(tx, 'host', hostId))

/** From now on nothing that this host had opens anything. */
export const revoke = (store: Store, hostId: string): Promise<void> =>
  store.write(async tx => {
    await revokeAll(tx, 'host', hostId)
  })

/** The token of the one who runs the server; those before it are revoked. */
export const newAdminToken = (store: Store): Promise<string> => store.write(tx => renew(tx, 'admin', null))

async function renew(tx: Store['db'], role: TokenTable['role'], hostId: string | null): Promise<string> {
  await revokeAll(tx, role, hostId)
  const token = secret(role === 'host' ? 'flh' : 'fla')
  const row = { id: newId(), hash: hashOf(token), role, host_id: hostId, created_at: Date.now() }
  await tx
    .insertInto('tokens')
    .values({ ...row, last_used: null, revoked_at: null })
    .execute()
  return token
}

async function revokeAll(tx: Store['db'], role: TokenTable['role'], hostId: string | null): Promise<void> {
  await tx
    .updateTable('tokens')
    .set({ revoked_at: Date.now() })
    .where('role', '=', role)
    .where('host_id', hostId === null ? 'is' : '=', hostId)
    .where('revoked_at', 'is', null)
    .execute()
}
