// What a host says of itself: its boots and how each ended, what it could not capture, what it is. It is believed of
// itself and of nothing else.

import type { Kysely, Transaction } from 'kysely'
import type { z } from 'zod'
import type { bootFactSchema, factsBodySchema, machineSchema } from '../api/machine-schemas.ts'
import { modelOf } from '../issues/hardware.ts'
import { countBoot, countMachineBoot, type Machine } from '../issues/machines.ts'
import { loadedModules, setModules } from '../issues/modules.ts'
import { changesOf } from '../store/changes.ts'
import { newId } from '../store/id.ts'
import type { Store } from '../store/store.ts'
import type { BootTable, HostFactTable, Tables } from '../store/tables.ts'

type Facts = z.output<typeof factsBodySchema>
type BootFact = z.output<typeof bootFactSchema>

/** Durable when it returns. Throws StoreFull. */
export const takeFacts = (store: Store, hostId: string, facts: Facts): Promise<void> =>
  store.write(async tx => {
    const at = Date.now()
    for (const boot of facts.boots ?? []) await takeBoot(tx, hostId, boot, at, facts.machine)
    if (facts.doctor !== undefined) await keep(tx, hostId, 'doctor', at, facts.doctor)
    if (facts.machine !== undefined) {
      const { modules, ...machine } = facts.machine
      await keep(tx, hostId, 'machine', at, machine)
      await describe(tx, hostId, machine)
      if (modules !== undefined) await setModules(tx, hostId, loadedModules(modules))
    }
    await tx.updateTable('hosts').set({ last_seen: at }).where('id', '=', hostId).where('last_seen', '<', at).execute()
    changesOf(tx).hosts.add(hostId)
  })

/** What was said last, and when; undefined where nothing was. */
export async function factOf(
  db: Kysely<Tables>,
  hostId: string,
  kind: HostFactTable['kind'],
): Promise<{ at: number; body: unknown } | undefined> {
  const facts = db.selectFrom('host_facts').select(['at', 'body']).where('host_id', '=', hostId)
  const row = await facts.where('kind', '=', kind).executeTakeFirst()
  return row && { at: row.at, body: JSON.parse(row.body) }
}

async function keep(
  tx: Transaction<Tables>,
  hostId: string,
  kind: HostFactTable['kind'],
  at: number,
  said: unknown,
): Promise<void> {
  const body = JSON.stringify(said)
  await tx
    .insertInto('host_facts')
    .values({ host_id: hostId, kind, at, body })
    .onConflict(conflict => conflict.columns(['host_id', 'kind']).doUpdateSet({ at, body }))
    .execute()
}

async function describe(tx: Transaction<Tables>, hostId: string, machine: z.output<typeof machineSchema>) {
  const { firmware, arch, release } = machine
  const hardware = modelOf(machine.hardware)
  const said: Partial<Pick<Machine, 'hardware' | 'firmware' | 'arch' | 'release'>> = Object.fromEntries(
    Object.entries({ hardware, firmware, arch, release }).filter(([, value]) => value !== undefined),
  )
  if (Object.keys(said).length > 0) await tx.updateTable('hosts').set(said).where('id', '=', hostId).execute()
}

/** What is known of a boot's end stays when a later word does not know it any more. */
async function takeBoot(
  tx: Transaction<Tables>,
  hostId: string,
  boot: BootFact,
  at: number,
  machine: Facts['machine'],
): Promise<void> {
  const known = await tx
    .selectFrom('boots')
    .selectAll()
    .where('host_id', '=', hostId)
    .where('boot_id', '=', boot.bootId)
    .executeTakeFirst()
  const end = endOf(known, boot)
  const release = boot.release ?? known?.release ?? null
  // What the machine is now, it was when it booted last.
  const { hardware, firmware: now = null } = (boot.running ? machine : undefined) ?? {}
  const firmware = now ?? known?.firmware ?? null
  if (known === undefined) {
    const seen = { reports: 0, first_seen: boot.began, last_seen: boot.ended ?? (boot.running ? at : boot.began) }
    const row = {
      id: newId(),
      host_id: hostId,
      boot_id: boot.bootId,
      release,
      firmware,
      began: boot.began,
      ...seen,
      ...end,
    }
    await tx.insertInto('boots').values(row).execute()
  } else {
    await tx
      .updateTable('boots')
      .set({ began: boot.began, release, firmware, ...end })
      .where('id', '=', known.id)
      .execute()
  }
  if (release !== null && known?.release == null) await countBoot(tx, release)
  if (known?.firmware == null) {
    await countMachineBoot(tx, { hardware: modelOf(hardware) ?? null, firmware, release })
  }
}

function endOf(known: BootTable | undefined, boot: BootFact): Pick<BootTable, 'ended' | 'ending' | 'detail'> {
  const ended = boot.ended ?? known?.ended ?? null
  if (boot.ending === undefined) return { ended, ending: known?.ending ?? null, detail: known?.detail ?? null }
  const { how, ...detail } = boot.ending
  if (how === 'unknown' && known?.ending != null) return { ended, ending: known.ending, detail: known.detail }
  return { ended, ending: how, detail: JSON.stringify(detail) }
}
