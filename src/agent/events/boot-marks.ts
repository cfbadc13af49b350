// What a trace buffer that outlives its kernel says of itself, so that the next boot can read it: which boot it was, the wall
// clock, and what the probes' events were, whose numbers are given anew at each boot. Written as the kernel's markers.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { eventKinds } from '../../core/event.ts'

const WORD = 'faultline '

const field = z.object({
  name: z.string(),
  type: z.string(),
  offset: z.number().int().min(0),
  size: z.number().int().min(0),
  signed: z.boolean(),
  place: z.enum(['inline', 'data_loc', 'rel_loc']),
  elementBytes: z.number().int().min(1).optional(),
})
const boot = z.object({ boot: z.string(), wallOffsetUs: z.number() })
const probed = z.object({ id: z.number().int(), kind: z.enum(eventKinds), source: z.string(), fields: z.array(field) })
const mark = z.union([boot, probed])

export type BootMark = z.infer<typeof boot>
export type ProbedMark = z.infer<typeof probed>

/** A kernel takes no more in one marker (TRACE_BUF_SIZE before 6.6). */
const MARKER_BYTES = 1024
/** What every event has in front. */
const common = /^common_(?!pid$)/

export const thisBoot = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()

export function writeMarks(folder: string, events: readonly ProbedMark[]): void {
  const wallOffsetUs = Date.now() * 1000 - Number(process.hrtime.bigint() / 1000n)
  const marks = [
    { boot: thisBoot(), wallOffsetUs } satisfies BootMark,
    ...events.map(({ fields, ...rest }) => ({ ...rest, fields: fields.filter(({ name }) => !common.test(name)) })),
  ]
  for (const text of marks.map(each => `${WORD}${JSON.stringify(each)}`)) {
    if (text.length < MARKER_BYTES) writeFileSync(join(folder, 'trace_marker'), text)
  }
}

/** Undefined when it is somebody else's marker. */
export function readMark(text: string): BootMark | ProbedMark | undefined {
  if (!text.startsWith(WORD)) return undefined
  try {
    return mark.safeParse(JSON.parse(text.slice(WORD.length))).data
  } catch {
    return undefined
  }
}
