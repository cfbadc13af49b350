// Tokens: who is behind one, and how hosts and the owner get theirs.

import { visible } from '../../core/render/safe.ts'
import { say } from '../../core/say.ts'
import { audit, type By, isoOf } from '../access/audit.ts'
import { type Identity, lower } from '../access/roles.ts'
import { MAX_SECRET, newSecret, secretHash } from '../access/secret.ts'
import { hostRow } from '../issues/machines.ts'
import { newId } from '../store/id.ts'
import type { Store } from '../store/store.ts'
import { Refusal } from './refusal.ts'

/** How exactly it is kept when a token was used last. */
const USED_STEP_MS = 60 * 60 * 1000

/** Programs that know passwords only, as ABRT does, give the token as one; the user's name is no matter. RFC 7617. */
function tokenIn(header: string): string | undefined {
  const { scheme, rest } = /^(?<scheme>bearer|basic) +(?<rest>\S{1,600})$/i.exec(header)?.groups ?? {}
  if (rest === undefined || scheme?.toLowerCase() === 'bearer') return rest
  const pair = Buffer.from(rest, 'base64').toString('latin1')
  return pair.includes(':') ? pair.slice(pair.indexOf(':') + 1) : undefined
}

/** Of an Authorization header; undefined where it opens nothing. */
export async function identify(store: Store, header: string | undefined): Promise<Identity | undefined> {
  const token = tokenIn(header ?? '')
  if (token === undefined || token.length > MAX_SECRET) return undefined
  const now = Date.now()
  const row = await store.db
    .selectFrom('tokens')
    .leftJoin('hosts', 'hosts.id', 'tokens.host_id')
    .leftJoin('users', 'users.id', 'tokens.user_id')
    .select(['tokens.id', 'tokens.role', 'tokens.name', 'tokens.host_id', 'tokens.user_id', 'tokens.last_used'])
    .select(['hosts.name as host_name', 'users.name as user_name', 'users.role as user_role'])
    .where('tokens.hash', '=', secretHash(token))
    .where('tokens.revoked_at', 'is', null)
    .where(each => each.or([each('tokens.expires_at', 'is', null), each('tokens.expires_at', '>', now)]))
    .executeTakeFirst()
  // One whose user is gone is revoked with the user; without the user's role it is nothing either.
  if (row === undefined || (row.user_id !== null && row.user_role === null)) return undefined
  if ((row.last_used ?? 0) < now - USED_STEP_MS) {
    // Whether it can be noted is no matter of who somebody is: the disk may be full.
    await store.db
      .updateTable('tokens')
      .set({ last_used: now })
      .where('id', '=', row.id)
      .execute()
      .catch(() => {})
  }
  if (row.role === 'host') {
    if (row.host_id === null || row.host_name === null) return undefined
    const host = { hostId: row.host_id, name: row.host_name }
    return { role: 'host', tokenId: row.id, actor: `host ${host.name}`, host }
  }
  const whose = row.user_name ?? 'owner'
  return {
    role: row.user_role === null ? row.role : lower(row.role, row.user_role),
    tokenId: row.id,
    actor: row.name === null ? whose : `${whose} (token ${row.name})`,
    ...(row.user_id === null ? {} : { userId: row.user_id }),
    ...(row.name === null ? { owner: true as const } : {}),
  }
}

/** The program itself, or the command on its machine. */
const local: By = { actor: 'owner', address: 'local' }

/** A code lives so long unless it is said otherwise. */
export const CODE_MS = 24 * 60 * 60 * 1000

/** A code with which one host gets its token, once. `host`: only a host of that name. */
export async function newCode(
  store: Store,
  host: string | undefined,
  validMs: number = CODE_MS,
  by: By = local,
): Promise<{ code: string; expiresAt: number }> {
  const code = newSecret('fle')
  const now = Date.now()
  const expiresAt = now + validMs
  const row = { id: newId(), hash: secretHash(code), host_name: host ?? null, created_at: now, expires_at: expiresAt }
  await store.write(async tx => {
    await tx
      .insertInto('enrolments')
      .values({ ...row, created_by: by.actor, used_at: null })
      .execute()
    await audit(tx, by, { action: 'enrolment.add', target: host, after: { until: isoOf(expiresAt) } })
  })
  return { code, expiresAt }
}

const NO_CODE = say`this code is not known, was used already, is too old or is for another host. Ask for a new one.`

/** Gives a host its token for a code. A host that was there under this name gets a new one and loses the old. */
export async function enrol(
  store: Store,
  code: string,
  name: string,
  address = 'local',
): Promise<{ token: string; hostId: string }> {
  if (name === '' || name !== visible(name) || name.length > 253) {
    throw new Refusal(400, say`host: expected a name of 1 to 253 characters that can be seen`)
  }
  const now = Date.now()
  return store.write(async tx => {
    const used = await tx
      .updateTable('enrolments')
      .set({ used_at: now })
      .where('hash', '=', secretHash(code))
      .where('used_at', 'is', null)
      .where('expires_at', '>', now)
      .where(each => each.or([each('host_name', 'is', null), each('host_name', '=', name)]))
      .executeTakeFirst()
    if (used.numUpdatedRows !== 1n) throw new Refusal(403, NO_CODE)
    const hostId = await hostRow(tx, name, '', now)
    await audit(tx, { actor: `host ${name}`, address }, { action: 'host.enrol', target: name })
    return { token: await renew(tx, 'host', hostId), hostId }
  })
}

/** A host's token for a new one; the old is good for nothing from then on. */
export const rotate = (store: Store, hostId: string, by: By = local): Promise<string> =>
  store.write(async tx => {
    await audit(tx, by, { action: 'host.rotate', target: await nameOf(tx, hostId) })
    return renew(tx, 'host', hostId)
  })

/** From now on nothing that this host had opens anything. */
export const revoke = (store: Store, hostId: string, by: By = local): Promise<void> =>
  store.write(async tx => {
    await revokeAll(tx, 'host', hostId)
    await audit(tx, by, { action: 'host.revoke', target: await nameOf(tx, hostId) })
  })

/** Throws Refusal 404. */
async function nameOf(tx: Store['db'], hostId: string): Promise<string> {
  const host = await tx.selectFrom('hosts').select('name').where('id', '=', hostId).executeTakeFirst()
  if (host === undefined) throw new Refusal(404, say`there is no host ${hostId}`)
  return host.name
}

const MAX_LISTED = 1000

/** Codes that can still be used, and hosts that have a token; the latest first. */
export async function enrolments({ db }: Store) {
  const codes = await db
    .selectFrom('enrolments')
    .selectAll()
    .where('used_at', 'is', null)
    .where('expires_at', '>', Date.now())
    .orderBy('id', 'desc')
    .limit(MAX_LISTED)
    .execute()
  const hosts = await db
    .selectFrom('tokens')
    .innerJoin('hosts', 'hosts.id', 'tokens.host_id')
    .select(['hosts.id', 'hosts.name', 'tokens.created_at', 'tokens.last_used'])
    .where('tokens.revoked_at', 'is', null)
    .orderBy('tokens.id', 'desc')
    .limit(MAX_LISTED)
    .execute()
  return {
    codes: codes.map(({ id, host_name, created_at, created_by, expires_at }) => ({
      id,
      ...(host_name === null ? {} : { host: host_name }),
      createdAt: created_at,
      ...(created_by === null ? {} : { createdBy: created_by }),
      expiresAt: expires_at,
    })),
    hosts: hosts.map(({ id, name, created_at, last_used }) => ({
      id,
      name,
      since: created_at,
      ...(last_used === null ? {} : { lastUsed: last_used }),
    })),
  }
}

/** Nobody can use the code any more. Throws Refusal 404. */
export const dropCode = (store: Store, id: string, by: By = local): Promise<void> =>
  store.write(async tx => {
    const code = tx.updateTable('enrolments').set({ expires_at: 0 }).where('id', '=', id).where('used_at', 'is', null)
    if ((await code.executeTakeFirst()).numUpdatedRows !== 1n) throw new Refusal(404, say`there is no code ${id}`)
    await audit(tx, by, { action: 'enrolment.revoke', target: id })
  })

/** The token of the one who runs the server; those before it are revoked. */
export const newAdminToken = (store: Store): Promise<string> => store.write(tx => renew(tx, 'admin', null))

async function renew(tx: Store['db'], role: 'host' | 'admin', hostId: string | null): Promise<string> {
  await revokeAll(tx, role, hostId)
  const token = newSecret(role === 'host' ? 'flh' : 'fla')
  const row = { id: newId(), hash: secretHash(token), role, host_id: hostId, created_at: Date.now() }
  await tx
    .insertInto('tokens')
    .values({
      ...row,
      name: null,
      user_id: null,
      created_by: null,
      last_used: null,
      expires_at: null,
      revoked_at: null,
    })
    .execute()
  return token
}

async function revokeAll(tx: Store['db'], role: 'host' | 'admin', hostId: string | null): Promise<void> {
  await tx
    .updateTable('tokens')
    .set({ revoked_at: Date.now() })
    .where('role', '=', role)
    .where('host_id', hostId === null ? 'is' : '=', hostId)
    .where('name', 'is', null)
    .where('revoked_at', 'is', null)
    .execute()
}
