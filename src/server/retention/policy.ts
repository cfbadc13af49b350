// How long evidence is kept. A report itself stays, as a row that counts and as an outline: title, place, trace, machine.

import { z } from 'zod'
import type { Store } from '../store/store.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const GB = 1024 ** 3

export const policySchema = z.object({
  perIssue: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(200)
    .describe('reports of one issue that stay whole: its first ones and its latest, half of each'),
  maxAgeMs: z
    .int()
    .min(0)
    .max(100 * 366 * DAY_MS)
    .default(0)
    .describe('evidence of older reports goes; 0: none goes by age'),
  maxBytes: z
    .int()
    .min(0)
    .max(2 ** 50)
    .default(0)
    .describe(`bytes of evidence, as it was sent: beyond, the oldest goes; 0: no limit (${50 * GB} are 50 GB)`),
  ignoredAgeMs: z
    .int()
    .min(0)
    .max(100 * 366 * DAY_MS)
    .default(30 * DAY_MS)
    .describe('the same as maxAgeMs for issues that somebody ignores; 0: as the others'),
  logAgeMs: z
    .int()
    .min(0)
    .max(100 * 366 * DAY_MS)
    .default(0)
    .describe('kernel logs of hosts that are older go; 0: none goes by age'),
  logBytes: z
    .int()
    .min(0)
    .max(2 ** 50)
    .default(10 * GB)
    .describe('bytes of kernel logs, as they are kept: beyond, the oldest of the hosts with the most go; 0: no limit'),
  symbolAgeMs: z
    .int()
    .min(0)
    .max(100 * 366 * DAY_MS)
    .default(0)
    .describe('uploaded symbols of kernels that no report came from for so long go; 0: none goes by age'),
})

export type Policy = z.output<typeof policySchema>

const NAME = 'retention'

export async function readPolicy({ db }: Pick<Store, 'db'>): Promise<Policy> {
  const row = await db.selectFrom('settings').select('value').where('name', '=', NAME).executeTakeFirst()
  return policySchema.parse(row === undefined ? {} : JSON.parse(row.value))
}

export const writePolicy = (store: Store, policy: Policy): Promise<void> =>
  store.write(async tx => {
    const value = JSON.stringify(policy)
    await tx
      .insertInto('settings')
      .values({ name: NAME, value })
      .onConflict(conflict => conflict.column('name').doUpdateSet({ value }))
      .execute()
  })
