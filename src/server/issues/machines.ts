// The hosts and boots that reports are of.

import type { Kysely } from 'kysely'
import { newId } from '../store/id.ts'
import type { Tables } from '../store/tables.ts'
import { seenAgain } from './count.ts'

/** The id of a host; its row is made where it is not there yet. `via`: the host that told of it, '' for itself. */
export async function hostRow(tx: Kysely<Tables>, name: string, via: string, at: number): Promise<string> {
  const known = await tx
    .selectFrom('hosts')
    .select('id')
    .where('via', '=', via)
    .where('name', '=', name)
    .executeTakeFirst()
  if (known !== undefined) return known.id
  const id = newId()
  const nothing = { hardware: null, arch: null, release: null, reports: 0 }
  await tx
    .insertInto('hosts')
    .values({ id, name, via, ...nothing, first_seen: at, last_seen: at })
    .execute()
  return id
}

export interface Machine {
  hostId: string
  /** kernel.random.boot_id */
  bootId: string | undefined
  at: number
  hardware: string | null
  arch: string | null
  release: string | null
}

/** Counts one report of a host, and what it says of the machine; the id of its boot's row. */
export async function countMachine(tx: Kysely<Tables>, machine: Machine): Promise<string | null> {
  const { hostId, bootId, at, hardware, arch, release } = machine
  const host = await tx.selectFrom('hosts').select('last_seen').where('id', '=', hostId).executeTakeFirstOrThrow()
  // Reports may come late: what is older does not say what the machine is now.
  const said = at >= host.last_seen ? definite({ hardware, arch, release }) : {}
  await tx
    .updateTable('hosts')
    .set({ ...seenAgain('hosts', at), ...said })
    .where('id', '=', hostId)
    .execute()
  if (bootId === undefined) return null
  const known = await tx
    .selectFrom('boots')
    .select('release')
    .where('host_id', '=', hostId)
    .where('boot_id', '=', bootId)
    .executeTakeFirst()
  const unsaid = { began: null, ended: null, ending: null, detail: null }
  const seen = { reports: 1, first_seen: at, last_seen: at }
  const boot = await tx
    .insertInto('boots')
    .values({ id: newId(), host_id: hostId, boot_id: bootId, release, ...seen, ...unsaid })
    .onConflict(conflict =>
      conflict.columns(['host_id', 'boot_id']).doUpdateSet({ ...seenAgain('boots', at), ...definite({ release }) }),
    )
    .returning('id')
    .executeTakeFirstOrThrow()
  if (known?.release == null && release !== null) await countBoot(tx, release)
  return boot.id
}

/** A boot counts for the release that is first said of it. */
export async function countBoot(tx: Kysely<Tables>, release: string): Promise<void> {
  await tx
    .insertInto('release_boots')
    .values({ release, boots: 1 })
    .onConflict(conflict =>
      conflict.column('release').doUpdateSet(each => ({ boots: each('release_boots.boots', '+', 1) })),
    )
    .execute()
}

/** Without what is not known. */
const definite = <T extends Record<string, string | null>>(values: T): Partial<T> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null)) as Partial<T>
