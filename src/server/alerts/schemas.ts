// What the API takes and gives of alerts.

import { z } from 'zod'
import { channelKinds } from './channels/index.ts'
import { filterSchema, occasions } from './rule.ts'

const time = z.int().describe('ms since 1970')
const id = z.string().max(64)
const name = z.string().min(1).max(100)
const DAY_MS = 24 * 60 * 60 * 1000

export const channelBodySchema = z.object({
  name,
  kind: z.enum(channelKinds.map(each => each.name) as [string, ...string[]]),
  settings: z.record(z.string(), z.unknown()).describe('of its kind; a secret that is left out stays as it is'),
})

export const channelSchema = channelBodySchema.extend({ id, createdAt: time })
export const channelListSchema = z.object({
  channels: z.array(channelSchema),
  kinds: z.array(z.object({ name: z.string(), what: z.string(), settings: z.record(z.string(), z.unknown()) })),
})

export const ruleBodySchema = z.object({
  name,
  occasion: z.enum(occasions),
  filter: filterSchema.default({}),
  channels: z.array(id).max(20).describe('ids'),
  count: z.int().min(1).max(10_000).default(10).describe('of a rate: so many reports of one issue'),
  windowMs: z
    .int()
    .min(1000)
    .max(30 * DAY_MS)
    .default(3_600_000)
    .describe('of a rate: in so long; of host-dead: silent for so long'),
  digestMs: z.int().min(0).max(DAY_MS).default(0).describe('0: at once; otherwise all of so long in one message'),
  enabled: z.boolean().default(true),
})

export const ruleSchema = ruleBodySchema.extend({ id, createdAt: time })
export const ruleListSchema = z.object({ rules: z.array(ruleSchema) })

export const silenceBodySchema = z.object({
  filter: filterSchema,
  untilMs: time,
  note: z.string().max(1000).optional(),
})
export const silenceSchema = silenceBodySchema.extend({ id, actor: z.string(), createdAt: time })
export const silenceListSchema = z.object({ silences: z.array(silenceSchema) })

export const alertSchema = z.object({
  id,
  at: time,
  rule: z.string(),
  occasion: z.enum(occasions),
  why: z.string(),
  issue: id,
  report: id,
  title: z.string(),
  host: z.string(),
  release: z.string().optional(),
  silenced: z.boolean(),
  sends: z.array(
    z.object({
      channel: z.string(),
      state: z.enum(['waiting', 'sent', 'failed']),
      tries: z.int(),
      at: time.describe('when it ended, or is due'),
      error: z.string().optional(),
    }),
  ),
})
export const alertPageSchema = z.object({ alerts: z.array(alertSchema), next: z.string().optional() })
export const createdSchema = z.object({ id })
