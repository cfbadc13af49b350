// uReport 2, what ABRT's reporter-ureport sends of a kernel oops: https://abrt.readthedocs.io, "uReport";
// satyr/lib/report.c and lib/koops.c write it.

import { z } from 'zod'
import { decodeBytes } from '../../core/decoder.ts'
import { fingerprintOf } from '../../core/group/fingerprint.ts'
import { say } from '../../core/say.ts'
import { type Summary, summaryOf } from '../issues/summary.ts'
import type { Store } from '../store/store.ts'
import type { Threads } from '../threads/pool.ts'
import type { Body } from './body-pieces.ts'
import { BY_HAND, type TakenLog, takeUpload } from './log.ts'
import { Refusal } from './refusal.ts'

export const MAX_UREPORT_BYTES = 4 * 1024 * 1024

const text = z.string().max(MAX_UREPORT_BYTES)

/** What is looked at of it; the rest is kept as it came. */
const ureportSchema = z.object({
  ureport_version: z.literal(2),
  os: z.object({ architecture: z.string().max(100).optional() }).optional(),
  problem: z.object({
    type: z.string().max(100),
    version: z.string().max(300).optional(),
    raw_oops: text.optional(),
  }),
})

/** It has no time of its own: sent again within so long, it is a repetition of the request, and later another exception. */
const SAME_MS = 60 * 1000

export interface UreportSender {
  hostId: string
  name: string
}

/** Durable when it returns. `sender`: the host whose token it came with. Throws Refusal, StoreFull. */
export function takeUreport(
  store: Store,
  threads: Threads,
  body: Body,
  sender: UreportSender | undefined,
): Promise<TakenLog> {
  const turn = Math.floor(Date.now() / SAME_MS)
  return takeUpload(store, threads, body, {
    kind: { what: 'ureport' },
    nameOf: hash => `ureport-${hash}-${turn}`,
    senderId: sender?.hostId ?? BY_HAND,
    path: 'ureport.json',
    host: sender?.name,
    own: sender !== undefined,
  })
}

/** Throws Refusal. */
export function reportOfUreport(bytes: Uint8Array): Summary {
  const { problem } = parsed(bytes)
  if (problem.type !== 'kerneloops') {
    throw new Refusal(
      422,
      say`a uReport of the type "${problem.type}": only those of the kernel (kerneloops) are taken`,
    )
  }
  if (problem.raw_oops === undefined) {
    throw new Refusal(422, say`the uReport has no raw_oops. Set what ABRT sends to include it.`)
  }
  const [found] = decodeBytes(Buffer.from(problem.raw_oops))
  if (found === undefined) throw new Refusal(422, say`there is no kernel exception in its raw_oops`)
  const release = found.kernel?.release ?? problem.version
  const kernel = release === undefined ? {} : { kernel: { ...found.kernel, release } }
  const report = { ...found, ...kernel }
  return summaryOf({ ...report, fingerprint: fingerprintOf(report) })
}

function parsed(bytes: Uint8Array): z.output<typeof ureportSchema> {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw new Refusal(422, say`the uReport is no JSON`)
  }
  const checked = ureportSchema.safeParse(value)
  if (checked.success) return checked.data
  const said = checked.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')
  throw new Refusal(422, say`no uReport of version 2: ${said}`)
}
