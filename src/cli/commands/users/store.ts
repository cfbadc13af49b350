// What the sub-commands have in common: the server's tables, and who does it.

import { userInfo } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import type { By } from '../../../server/access/audit.ts'
import { type Role, roleNames } from '../../../server/access/roles.ts'
import { userByName } from '../../../server/access/users.ts'
import { Refusal } from '../../../server/intake/refusal.ts'
import { OtherVersion, openTables, type TablesOfStore } from '../../../server/store/beside.ts'
import type { UserTable } from '../../../server/store/tables.ts'
import { Trouble } from '../../exit.ts'

export const dataOption = (command: Command): Command =>
  command.option('--data <DIR>', 'the data of the server, as in faultline serve', '/var/lib/faultline')

/** Who has the files of the server may all; the audit log says who it was. */
export function byHand(): By {
  let name: string
  try {
    name = userInfo().username
  } catch {
    // No entry for this number in passwd(5).
    name = `uid ${process.getuid?.() ?? '?'}`
  }
  return { actor: `${name} at the command line`, address: 'local' }
}

/** Throws Trouble for all that the user can mend. */
export async function withTables<T>(command: Command, work: (store: TablesOfStore) => Promise<T>): Promise<T> {
  const folder = join(command.opts<{ data: string }>().data, 'server')
  let store: TablesOfStore | undefined
  try {
    store = await openTables(folder)
    return await work(store)
  } catch (error) {
    if (error instanceof Refusal || error instanceof OtherVersion) throw new Trouble(error.message)
    if (store !== undefined || !(error instanceof Error) || !('code' in error)) throw error
    throw new Trouble(`${folder}: ${error.message}. Is it the server's, and may this user write to it? See --data.`)
  } finally {
    await store?.close()
  }
}

/** Throws Trouble where there is no such user. */
export async function userNamed(store: TablesOfStore, name: string): Promise<UserTable> {
  const user = await userByName(store, name)
  if (user === undefined) throw new Trouble(`there is no user ${name}: faultline users list shows who there is.`)
  return user
}

/** Throws Trouble. */
export function roleOf(text: string): Role {
  const role = roleNames.find(each => each === text)
  if (role === undefined) throw new Trouble(`role ${text}: expected one of ${roleNames.join(', ')}`)
  return role
}
