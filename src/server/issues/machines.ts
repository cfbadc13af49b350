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
  const nothing = { hardware: null, firmware: null, arch: null, release: null, modules: null, reports: 0 }
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
  firmware: string | null
  arch: string | null
  release: string | null
}

/** A machine that is heard was seen when its log came, and its report is made of that a while later. */
const HEARD_LATE_MS = 60_000

/**
 * Counts one report of a host, and what it says of the machine. Gives the id of its boot's row; `latest`: nothing later is
 * known of the host.
 */
export async function countMachine(
  tx: Kysely<Tables>,
  machine: Machine,
): Promise<{ boot: string | null; latest: boolean }> {
  const { hostId, bootId, at, hardware, firmware, arch, release } = machine
  const hosts = tx.selectFrom('hosts').select(['last_seen', 'via']).where('id', '=', hostId)
  const host = await hosts.executeTakeFirstOrThrow()
  // Reports may come late: what is older does not say what the machine is now.
  const latest = at >= host.last_seen - (host.via === '' ? 0 : HEARD_LATE_MS)
  const said = latest ? definite({ hardware, firmware, arch, release }) : {}
  await tx
    .updateTable('hosts')
    .set({ ...seenAgain('hosts', at), ...said })
    .where('id', '=', hostId)
    .execute()
  if (bootId === undefined) return { boot: null, latest }
  const known = await tx
    .selectFrom('boots')
    .select(['release', 'firmware'])
    .where('host_id', '=', hostId)
    .where('boot_id', '=', bootId)
    .executeTakeFirst()
  const unsaid = { began: null, ended: null, ending: null, detail: null }
  const seen = { reports: 1, first_seen: at, last_seen: at }
  const boot = await tx
    .insertInto('boots')
    .values({ id: newId(), host_id: hostId, boot_id: bootId, release, firmware, ...seen, ...unsaid })
    .onConflict(conflict =>
      conflict
        .columns(['host_id', 'boot_id'])
        .doUpdateSet({ ...seenAgain('boots', at), ...definite({ release, firmware }) }),
    )
    .returning('id')
    .executeTakeFirstOrThrow()
  if (known?.release == null && release !== null) await countBoot(tx, release)
  if (known?.firmware == null) await countMachineBoot(tx, { hardware, firmware, release: release ?? known?.release })
  return { boot: boot.id, latest }
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

/** A boot counts for the firmware that is first said of it, where all of it is known. */
export async function countMachineBoot(
  tx: Kysely<Tables>,
  { hardware, firmware, release }: Pick<Machine, 'hardware' | 'firmware'> & { release: string | null | undefined },
): Promise<void> {
  if (hardware === null || firmware === null || release == null) return
  await tx
    .insertInto('machine_boots')
    .values({ model: hardware, firmware, release, boots: 1 })
    .onConflict(conflict =>
      conflict
        .columns(['model', 'firmware', 'release'])
        .doUpdateSet(each => ({ boots: each('machine_boots.boots', '+', 1) })),
    )
    .execute()
}

/** Without what is not known. */
const definite = <T extends Record<string, string | null>>(values: T): Partial<T> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null)) as Partial<T>
