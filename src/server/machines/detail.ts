// One host as its page shows it.

import type { z } from 'zod'
import { say } from '../../core/say.ts'
import type { hostDetailSchema } from '../api/machine-schemas.ts'
import { hostOf } from '../api/present.ts'
import { Refusal } from '../intake/refusal.ts'
import type { Database } from '../store/store.ts'
import type { BootTable, LogStreamTable } from '../store/tables.ts'
import { factOf } from './facts.ts'

type Detail = z.input<typeof hostDetailSchema>
type Boot = Detail['boots'][number]

/** The latest. */
const MAX_BOOTS = 200

/** Throws Refusal. */
export async function hostDetail(db: Database, id: string): Promise<Detail> {
  const host = await db.selectFrom('hosts').selectAll().where('id', '=', id).executeTakeFirst()
  if (host === undefined) throw new Refusal(404, say`there is no host ${id}`)
  const boots = await db
    .selectFrom('boots')
    .selectAll()
    .where('host_id', '=', id)
    .orderBy('last_seen', 'desc')
    .orderBy('id', 'desc')
    .limit(MAX_BOOTS)
    .execute()
  const streams = await db.selectFrom('log_streams').selectAll().where('host_id', '=', id).execute()
  const byBoot = new Map(streams.map(stream => [stream.boot_id, stream]))
  const [machine, doctor] = await Promise.all([factOf(db, id, 'machine'), factOf(db, id, 'doctor')])
  return {
    ...hostOf(host),
    boots: boots.map(boot => bootOf(boot, byBoot.get(boot.boot_id))),
    ...(machine === undefined ? {} : { machine: { ...(machine.body as object), at: machine.at } }),
    ...(doctor === undefined ? {} : { doctor: { at: doctor.at, checks: doctor.body as never } }),
  }
}

const bootOf = (boot: BootTable, stream: LogStreamTable | undefined): Boot => ({
  bootId: boot.boot_id,
  ...(boot.release === null ? {} : { release: boot.release }),
  reports: boot.reports,
  firstSeen: boot.first_seen,
  lastSeen: boot.last_seen,
  ...(boot.began === null ? {} : { began: boot.began }),
  ...(boot.ended === null ? {} : { ended: boot.ended }),
  ...(boot.ending === null ? {} : { ending: { how: boot.ending as never, ...JSON.parse(boot.detail ?? '{}') } }),
  ...(stream === undefined
    ? {}
    : {
        log: {
          records: stream.records,
          missing: stream.missing,
          firstAt: stream.first_at,
          lastAt: stream.last_at,
        },
      }),
})
