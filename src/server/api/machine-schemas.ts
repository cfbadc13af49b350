// What hosts say of themselves over the API, and what is given of it.

import { z } from 'zod'
import { hostSchema } from './schemas.ts'

const time = z.int().min(0).describe('ms since 1970')
const words = z.string().max(2000)
const name = z.string().min(1).max(200)

export const endings = ['restart', 'power-off', 'halt', 'panic', 'oops', 'watchdog', 'power-loss', 'unknown'] as const
const confidences = ['certain', 'likely', 'possible'] as const

const endingSchema = z.object({
  how: z.enum(endings),
  confidence: z.enum(confidences),
  title: words.optional().describe('of the exception that ended it'),
  because: z
    .array(z.object({ what: words, from: words, strength: name }))
    .max(100)
    .default([]),
})

export const bootFactSchema = z.object({
  bootId: z
    .string()
    .regex(/^[\w:.-]{1,64}$/)
    .describe('kernel.random.boot_id'),
  began: time.describe('when the kernel started, ms since 1970'),
  ended: time.optional().describe('when it was last seen alive, ms since 1970'),
  release: name.optional(),
  running: z.boolean().default(false),
  ending: endingSchema.optional().describe('absent: it runs, or nothing is known'),
})

export const checkedSchema = z.object({
  check: name,
  level: z.enum(['good', 'advice', 'problem', 'unknown']),
  found: words,
  means: words.optional(),
  fix: z.record(z.string(), z.unknown()).optional().describe('what `faultline doctor --fix` would write'),
})

const moduleSchema = z.object({
  name: z.string().min(1).max(64),
  version: z.string().max(200).optional().describe('/sys/module/NAME/version'),
})

export const machineSchema = z.object({
  hardware: name.optional().describe('as the kernel has it in "Hardware name", without the firmware'),
  firmware: name.optional().describe('its version and date'),
  arch: name.optional(),
  release: name.optional(),
  agent: name.optional().describe('its version'),
  blind: z.array(words).max(50).optional().describe('what the agent cannot read there, and why'),
})

export const factsBodySchema = z.object({
  boots: z.array(bootFactSchema).max(300).optional(),
  doctor: z.array(checkedSchema).max(300).optional(),
  machine: machineSchema
    .extend({ modules: z.array(moduleSchema).max(2000).optional().describe('that are loaded') })
    .optional(),
})
export const factsTakenSchema = z.object({ host: z.string() })

const logSchema = z.object({ records: z.int(), missing: z.int(), firstAt: time, lastAt: time })

export const hostQuerySchema = z.object({
  query: z.string().max(200).optional().describe('part of its name'),
  sort: z.enum(['id', 'last-seen', 'reports']).default('id').describe('as they came, or the most first'),
  limit: z.int().min(1).max(200).default(50),
  after: z.string().max(64).optional().describe('`next` of the page before'),
})

const bootSchema = z.object({
  bootId: z.string(),
  release: z.string().optional(),
  reports: z.int(),
  firstSeen: time,
  lastSeen: time,
  began: time.optional(),
  ended: time.optional(),
  ending: endingSchema.optional(),
  log: logSchema.optional().describe('what is kept of its kernel’s log'),
})

export const hostDetailSchema = hostSchema.extend({
  boots: z.array(bootSchema).describe('the latest first'),
  machine: machineSchema.extend({ at: time }).optional(),
  doctor: z
    .object({ at: time, checks: z.array(checkedSchema) })
    .optional()
    .describe('what it could not capture, as it said last'),
})

export const logRecordSchema = z.object({
  boot: z.string(),
  sequence: z.int().describe('the kernel’s number of it; where it is heard and says none, ours'),
  at: time,
  sinceBootUs: z.int().optional(),
  level: z.int().min(0).max(7).optional(),
  facility: z.int().optional(),
  caller: z.string().optional(),
  text: z.string(),
  missingBefore: z
    .int()
    .optional()
    .describe('records that the kernel overwrote before they could be read, or that did not come'),
})

const filters = {
  boot: z.string().max(64).optional().describe('of this boot alone'),
  level: z.int().min(0).max(7).optional().describe('this severe or more'),
  text: z.string().max(200).optional().describe('words that are all in it, whatever their case'),
  since: time.optional(),
  until: time.optional(),
}
const place = z.string().max(60)

export const hostLogQuerySchema = z.object({
  ...filters,
  before: place.optional().describe('`older` of a page'),
  after: place.optional().describe('`newer` of a page'),
  limit: z.int().min(1).max(2000).default(500),
})
export const hostLogLiveQuerySchema = z.object({
  ...filters,
  after: place.optional().describe('`newer` of a page; without it, from now on'),
})
export const hostLogPageSchema = z.object({
  records: z.array(logRecordSchema).describe('the oldest first'),
  older: place.optional().describe('`before` of the page with what is older'),
  newer: place.describe('`after` of the page with what comes later'),
  more: z.boolean().optional().describe('going forward: there is more already'),
})

export const pushLogQuerySchema = z.object({
  boot: z.string().max(64).describe('kernel.random.boot_id'),
  from: z.int().min(0).optional().describe('all below this number was sent before, or is lost'),
})
export const pushedLogSchema = z.object({
  next: z.int().optional().describe('all below this number is here; absent: nothing is'),
  taken: z.int(),
})
