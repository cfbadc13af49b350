// Which modules a host has loaded: as a report's "Modules linked in" names them, and with their versions as its agent knows
// them from /sys/module/NAME/version. A set is kept once, however many hosts and reports have it.

import { createHash } from 'node:crypto'
import type { Kysely } from 'kysely'
import type { Report } from '../../core/model.ts'
import type { Tables } from '../store/tables.ts'

/** "zfs", and "zfs 2.1.11-1" where its version is known: then both are in the set. */
export type LoadedModules = readonly string[]

/** include/linux/moduleparam.h: names have less than 56 bytes (64 bits), and no kernel loads so many. */
const nameShape = /^[\w.+-]{1,64}$/
const versionShape = /^[!-~]{1,60}$/
const MAX_MODULES = 1000

export interface ModuleFact {
  name: string
  version?: string | undefined
}

export function loadedModules(modules: readonly ModuleFact[]): LoadedModules {
  const names = modules
    .filter(({ name }) => nameShape.test(name))
    .slice(0, MAX_MODULES)
    .flatMap(({ name, version = '' }) => (versionShape.test(version) ? [name, `${name} ${version}`] : [name]))
  return [...new Set(names)].sort()
}

export const nameOf = (loaded: string): string => loaded.split(' ', 1)[0]!

/** undefined: the report does not say it */
export const loadedOf = ({ modules }: Report): LoadedModules | undefined => modules && loadedModules(modules)

/** What a report names, with the versions that the host said of them. */
export async function withVersions(
  tx: Kysely<Tables>,
  hostId: string,
  loaded: LoadedModules | undefined,
): Promise<LoadedModules | undefined> {
  if (loaded === undefined) return undefined
  const names = new Set(loaded)
  const said = await modulesOf(tx, await setOf(tx, hostId))
  return [...loaded, ...said.filter(each => each !== nameOf(each) && names.has(nameOf(each)))].sort()
}

/** The host has these loaded now, or nobody knows any more. Gives the hash of the set. */
export async function setModules(
  tx: Kysely<Tables>,
  hostId: string,
  loaded: LoadedModules | undefined,
): Promise<string | null> {
  const was = await setOf(tx, hostId)
  const hash = loaded === undefined ? null : await keep(tx, loaded)
  if (hash === was) return hash
  const before = new Set(await modulesOf(tx, was))
  const now = new Set(loaded)
  await count(
    tx,
    [...now].filter(each => !before.has(each)),
    1,
  )
  await count(
    tx,
    [...before].filter(each => !now.has(each)),
    -1,
  )
  await tx.updateTable('hosts').set({ modules: hash }).where('id', '=', hostId).execute()
  return hash
}

export async function keep(tx: Kysely<Tables>, loaded: LoadedModules): Promise<string> {
  const names = loaded.join('\n')
  const hash = createHash('sha256').update(names).digest('hex').slice(0, 32)
  await tx
    .insertInto('module_sets')
    .values({ hash, names })
    .onConflict(conflict => conflict.doNothing())
    .execute()
  return hash
}

/** Those of a set; none where it is not known. */
export async function modulesOf(db: Kysely<Tables>, hash: string | null): Promise<LoadedModules> {
  if (hash === null) return []
  const set = await db.selectFrom('module_sets').select('names').where('hash', '=', hash).executeTakeFirst()
  return (set?.names ?? '').split('\n').filter(each => each !== '')
}

async function setOf(tx: Kysely<Tables>, hostId: string): Promise<string | null> {
  const host = await tx.selectFrom('hosts').select('modules').where('id', '=', hostId).executeTakeFirst()
  return host?.modules ?? null
}

async function count(tx: Kysely<Tables>, modules: readonly string[], by: 1 | -1): Promise<void> {
  if (modules.length === 0) return
  await tx
    .insertInto('module_hosts')
    .values(modules.map(module => ({ module, hosts: Math.max(0, by) })))
    .onConflict(conflict =>
      conflict.column('module').doUpdateSet(each => ({ hosts: each('module_hosts.hosts', '+', by) })),
    )
    .execute()
  if (by < 0) await tx.deleteFrom('module_hosts').where('module', 'in', modules).where('hosts', '<=', 0).execute()
}
