// What a host says of itself: its boots and how each ended, what it could not capture, what it is. It is believed of
// itself and of nothing else.

import type { Kysely, Transaction } from 'kysely'
import type { z } from 'zod'
import type { bootFactSchema, factsBodySchema, machineSchema } from '../api/machine-schemas.ts'
import { countBoot, type Machine } from '../issues/machines.ts'
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
    for (const boot of facts.boots ?? []) await takeBoot(tx, hostId, boot, at)
    if (facts.doctor !== undefined) await keep(tx, hostId, 'doctor', at, facts.doctor)
    if (facts.machine !== undefined) {
      await keep(tx, hostId, 'machine', at, facts.machine)
      await describe(tx, hostId, facts.machine)
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
  const said: Partial<Pick<Machine, 'hardware' | 'arch' | 'release'>> = {}
  for (const name of ['hardware', 'arch', 'release'] as const) {
    const value = machine[name]
    if (value !== undefined) said[name] = value
  }
  if (Object.keys(said).length > 0) await tx.updateTable('hosts').set(said).where('id', '=', hostId).execute()
}

/** What is known of a boot's end stays when a later word does not know it any more. */
async function takeBoot(tx: Transaction<Tables>, hostId: string, boot: BootFact, at: number): Promise<void> {
  const known = await tx
    .selectFrom('boots')
    .selectAll()
    .where('host_id', '=', hostId)
    .where('boot_id', '=', boot.bootId)
    .executeTakeFirst()
  const end = endOf(known, boot)
  const release = boot.release ?? known?.release ?? null
  if (known === undefined) {
    const seen = { reports: 0, first_seen: boot.began, last_seen: boot.ended ?? (boot.running ? at : boot.began) }
    const row = { id: newId(), host_id: hostId, boot_id: boot.bootId, release, began: boot.began, ...seen, ...end }
    await tx.insertInto('boots').values(row).execute()
  } else {
    await tx
      .updateTable('boots')
      .set({ began: boot.began, release, ...end })
      .where('id', '=', known.id)
      .execute()
  }
  if (release !== null && known?.release == null) await countBoot(tx, release)
}

function endOf(known: BootTable | undefined, boot: BootFact): Pick<BootTable, 'ended' | 'ending' | 'detail'> {
  const ended = boot.ended ?? known?.ended ?? null
  if (boot.ending === undefined) return { ended, ending: known?.ending ?? null, detail: known?.detail ?? null }
  const { how, ...detail } = boot.ending
  if (how === 'unknown' && known?.ending != null) return { ended, ending: known.ending, detail: known.detail }
  return { ended, ending: how, detail: JSON.stringify(detail) }
}
