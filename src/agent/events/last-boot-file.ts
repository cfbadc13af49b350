// <data>/last-boot-events: what the kernel before this one left in the kept trace buffer, taken out of it once and kept for
// the bundles of its exceptions. The first line says which boot it was and which one read it, then one event a line.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { eventKinds, type KernelEvent } from '../../core/event.ts'
import { replaceDurablySync } from '../../node/durable.ts'
import { makeFoldersSync } from '../../node/make-folders.ts'
import { keptBuffer } from '../tracing/tracefs.ts'
import { thisBoot } from './boot-marks.ts'
import type { LastBoot } from './last-boot.ts'

const NAME = 'last-boot-events'

const head = z.object({ schema: z.literal('faultline.last-boot/1'), bootId: z.string().optional(), readBy: z.string() })
const eventLine = z.looseObject({ kind: z.enum(eventKinds), monotonicUs: z.number(), details: z.looseObject({}) })

/** Empties the kept buffer into the file; before it is written again. Throws what Node throws, and TracingError. */
export async function keepLastBoot(data: string): Promise<void> {
  const folder = keptBuffer()
  if (folder === undefined) return
  const { takeLastBoot } = await import('./last-boot.ts')
  const last = takeLastBoot(folder)
  if (last === undefined) return
  makeFoldersSync(data)
  const { bootId } = last
  const first = { schema: 'faultline.last-boot/1', ...(bootId === undefined ? {} : { bootId }), readBy: thisBoot() }
  const lines = [first, ...last.events].map(each => `${JSON.stringify(each)}\n`)
  replaceDurablySync(join(data, NAME), Buffer.from(lines.join('')))
}

/** Undefined when this boot found nothing of the one before. */
export function readLastBoot(data: string, boot = thisBoot()): LastBoot | undefined {
  let text: string
  try {
    text = readFileSync(join(data, NAME), 'utf8')
  } catch {
    return undefined
  }
  const [first, ...rest] = text.split('\n').map(parsed)
  const { data: told } = head.safeParse(first)
  // Of the boot before that one.
  if (told === undefined || told.readBy !== boot) return undefined
  const events = rest.filter(each => eventLine.safeParse(each).success) as KernelEvent[]
  return { ...(told.bootId === undefined ? {} : { bootId: told.bootId }), events }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

/** What came so long before an exception of that boot, and after it, as JSON lines; undefined when it was another boot. */
export function eventsOfLastBoot(
  last: LastBoot | undefined,
  {
    bootId,
    sinceBootUs,
    beforeMs,
  }: { bootId?: string | undefined; sinceBootUs?: number | undefined; beforeMs: number },
): Uint8Array | undefined {
  if (last?.bootId === undefined || last.bootId !== bootId) return undefined
  const from = (sinceBootUs ?? last.events.at(-1)?.monotonicUs ?? 0) - beforeMs * 1000
  const near = last.events.filter(({ monotonicUs }) => monotonicUs >= from)
  return near.length === 0 ? undefined : Buffer.from(near.map(each => `${JSON.stringify(each)}\n`).join(''))
}
