// People: a name, a role, and a password or the word of an OpenID provider.

import type { Kysely } from 'kysely'
import { say } from '../../core/say.ts'
import { Refusal } from '../intake/refusal.ts'
import { newId } from '../store/id.ts'
import type { Store } from '../store/store.ts'
import type { Tables, UserTable } from '../store/tables.ts'
import { audit, type By } from './audit.ts'
import { assertGood, type Passwords } from './passwords.ts'
import type { Role } from './roles.ts'
import { endSessionsOf } from './sessions.ts'

/** An "@" is only in names that a provider gave: no local user can be taken for one of those. */
const localName = /^[a-z0-9][a-z0-9._-]{0,62}$/

const MAX_USERS = 10_000

export interface User {
  id: string
  name: string
  role: Role
  /** how they log in */
  by: 'password' | 'provider'
  createdAt: number
  lastLogin?: number
}

export const userOf = (row: UserTable): User => ({
  id: row.id,
  name: row.name,
  role: row.role,
  by: row.password === null ? 'provider' : 'password',
  createdAt: row.created_at,
  ...(row.last_login === null ? {} : { lastLogin: row.last_login }),
})

export const listUsers = async ({ db }: Pick<Store, 'db'>): Promise<User[]> =>
  (await db.selectFrom('users').selectAll().orderBy('name').limit(MAX_USERS).execute()).map(userOf)

/** Throws Refusal 404. */
export async function userById(tx: Kysely<Tables>, id: string): Promise<UserTable> {
  const row = await tx.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst()
  if (row === undefined) throw new Refusal(404, say`there is no user ${id}`)
  return row
}

export const userByName = ({ db }: Pick<Store, 'db'>, name: string): Promise<UserTable | undefined> =>
  db.selectFrom('users').selectAll().where('name', '=', name.toLowerCase()).executeTakeFirst()

type Writes = Pick<Store, 'write'>

export interface NewUser {
  name: string
  password: string
  role: Role
}

/** Throws Refusal: 400 for a name or password that cannot be, 409 for a name that is taken. */
export async function addUser(
  store: Writes,
  passwords: Passwords,
  by: By,
  { name, password, role }: NewUser,
): Promise<User> {
  if (!localName.test(name)) {
    throw new Refusal(400, say`name: expected 1 to 63 of a-z 0-9 . _ -, beginning with a letter or digit`)
  }
  assertGood(password, name)
  const row = {
    id: newId(),
    name,
    role,
    password: await passwords.hash(password),
    subject: null,
    created_at: Date.now(),
  }
  return store.write(async tx => {
    const taken = await tx.selectFrom('users').select('id').where('name', '=', name).executeTakeFirst()
    if (taken !== undefined) throw new Refusal(409, say`there is a user ${name} already`)
    await tx
      .insertInto('users')
      .values({ ...row, last_login: null })
      .execute()
    await audit(tx, by, { action: 'user.add', target: name, after: { role } })
    return userOf({ ...row, last_login: null })
  })
}

/** What they hold open has the new role at once. Throws Refusal 404, 409 for one whose role the provider says. */
export const setRole = (store: Writes, by: By, id: string, role: Role): Promise<User> =>
  store.write(async tx => {
    const user = await userById(tx, id)
    if (user.password === null) throw new Refusal(409, say`the OpenID provider says what role ${user.name} has`)
    await tx.updateTable('users').set({ role }).where('id', '=', id).execute()
    const [before, after] = [{ role: user.role }, { role }]
    await audit(tx, by, { action: 'user.role', target: user.name, before, after })
    return userOf({ ...user, role })
  })

/** All their sessions end but `session`, in which it was asked. Throws Refusal. */
export async function setPassword(
  store: Pick<Store, 'db' | 'write'>,
  passwords: Passwords,
  by: By,
  id: string,
  password: string,
  session?: string,
): Promise<void> {
  const { name } = await userById(store.db, id)
  assertGood(password, name)
  const hash = await passwords.hash(password)
  await store.write(async tx => {
    const user = await userById(tx, id)
    if (user.password === null)
      throw new Refusal(409, say`${name} logs in with the OpenID provider and has no password here`)
    await tx.updateTable('users').set({ password: hash }).where('id', '=', id).execute()
    await endSessionsOf(tx, id, session)
    await audit(tx, by, { action: 'user.password', target: name })
  })
}

/** Their sessions and tokens end; what they did stays under their name. Throws Refusal 404. */
export const removeUser = (store: Writes, by: By, id: string): Promise<void> =>
  store.write(async tx => {
    const { name, role } = await userById(tx, id)
    await endSessionsOf(tx, id)
    await tx
      .updateTable('tokens')
      .set({ revoked_at: Date.now() })
      .where('user_id', '=', id)
      .where('revoked_at', 'is', null)
      .execute()
    await tx.deleteFrom('users').where('id', '=', id).execute()
    await audit(tx, by, { action: 'user.remove', target: name, before: { role } })
  })

/** The id of whom a provider vouches for: known by what never changes, with the name and role that it says today. */
export const vouchedUser = (
  store: Writes,
  by: By,
  { subject, name, role }: { subject: string; name: string; role: Role },
): Promise<string> =>
  store.write(async tx => {
    const known = await tx.selectFrom('users').selectAll().where('subject', '=', subject).executeTakeFirst()
    const other = await tx.selectFrom('users').select('id').where('name', '=', name).executeTakeFirst()
    // A name there may go to somebody else; what was done under it here stays with who did it.
    const free = other === undefined || other.id === known?.id ? name : `${name} (${newId().slice(-6)})`
    if (known === undefined) {
      const row = { id: newId(), name: free, role, password: null, subject, created_at: Date.now(), last_login: null }
      await tx.insertInto('users').values(row).execute()
      await audit(tx, by, { action: 'user.add', target: free, after: { role, subject } })
      return row.id
    }
    if (known.role !== role || (known.name !== name && free === name)) {
      const after = { role, name: free === name ? name : known.name }
      await tx.updateTable('users').set(after).where('id', '=', known.id).execute()
      const before = { role: known.role, name: known.name }
      await audit(tx, by, { action: 'user.role', target: known.name, before, after })
    }
    return known.id
  })
