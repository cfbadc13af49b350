// What the overview gives, and the values that filters offer.

import { z } from 'zod'
import { hostSchema, issueSchema, reportRowSchema } from './schemas.ts'

const time = z.int().describe('ms since 1970')

export const overviewQuerySchema = z.object({
  hours: z
    .int()
    .min(1)
    .max(366 * 24)
    .default(7 * 24)
    .describe('how far back the chart goes'),
})

const seriesSchema = z.object({
  value: z.string().describe('of the kind or release; "" where it is not known'),
  counts: z.array(z.int()).describe('reports in each bucket'),
})

export const overviewSchema = z.object({
  at: time,
  since: time,
  bucketMs: z.int(),
  buckets: z.array(time).describe('when each begins'),
  kinds: z.array(seriesSchema).describe('the most frequent first, the rest as "…"'),
  releases: z.array(seriesSchema),
  counts: z.object({
    reports: z.int().describe('since'),
    newIssues: z.int().describe('first seen since'),
    openIssues: z.int().describe('new, recurring or regressed, whenever'),
    regressedIssues: z.int(),
    hosts: z.int().describe('that the server knows'),
    troubledHosts: z.int().describe('with a report in the last day'),
  }),
  top: z.array(issueSchema.extend({ recent: z.int() })).describe('issues with the most reports in the last day'),
  trouble: z
    .array(hostSchema.extend({ recent: z.int(), fatal: z.int() }))
    .describe('hosts with the most reports in the last day, fatal ones first'),
  latest: z.array(reportRowSchema),
})

export const valueNames = ['kind', 'release', 'model', 'firmware', 'arch', 'module', 'host'] as const
export const valuesQuerySchema = z.object({
  of: z.enum(valueNames),
  begins: z.string().max(200).optional(),
})
export const valuesSchema = z.object({ values: z.array(z.string()).describe('the most frequent; hosts by name') })
