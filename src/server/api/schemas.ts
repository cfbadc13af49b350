// What the API takes and gives, once: for checking, for types, and for the OpenAPI document.

import { z } from 'zod'
import { severityNames } from '../../core/vocabulary.ts'
import { joinReasons } from '../issues/keys.ts'
import { issueStates } from '../issues/state.ts'
import { outlineReasons } from '../retention/outline.ts'

/** JSON Schema of draft 7, which fastify checks by. */
export function jsonSchema(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { target: 'draft-7', io: 'input' })
  return rest
}

const time = z.int().describe('ms since 1970')
const id = z.string().max(64)
const text = z.string().max(500)

export const errorSchema = z.object({ error: z.string() })

export const issueQuerySchema = z.object({
  query: text.optional().describe('words that its reports have; the last may be the beginning of one'),
  state: z
    .string()
    .max(100)
    .optional()
    .describe(`one or more of ${issueStates.join(', ')}, separated by commas`),
  kind: text.optional(),
  severity: z.enum(severityNames).optional(),
  fatal: z.boolean().optional(),
  release: text.optional(),
  model: text.optional().describe('of the hardware'),
  firmware: text.optional().describe('its version and date'),
  arch: text.optional(),
  module: text.optional(),
  host: text.optional().describe('its name'),
  since: time.optional().describe('seen then or later, ms since 1970'),
  until: time.optional().describe('first seen then or earlier, ms since 1970'),
  sort: z.enum(['last-seen', 'first-seen', 'reports', 'hosts']).default('last-seen').describe('the most first'),
  limit: z.int().min(1).max(200).default(50),
  after: z.string().max(300).optional().describe('`next` of the page before'),
  trend: z.boolean().default(false).describe('with reports over the last week'),
  count: z.boolean().default(false).describe('with how many there are'),
})

export const pageQuerySchema = z.object({
  limit: z.int().min(1).max(200).default(50),
  after: id.optional().describe('`next` of the page before'),
})

export const issueSchema = z.object({
  id,
  title: z.string(),
  kind: z.string(),
  severity: z.enum(severityNames),
  fatal: z.boolean(),
  state: z.enum(issueStates),
  fixedIn: z.string().optional(),
  note: z.string().optional(),
  mergedInto: z.string().optional(),
  reports: z.int(),
  hosts: z.int(),
  firstSeen: time,
  lastSeen: time,
})

export const issuePageSchema = z.object({
  issues: z.array(
    issueSchema.extend({ trend: z.array(z.int()).optional().describe('reports in each six hours of the last week') }),
  ),
  next: z.string().optional(),
  count: z.int().optional().describe('of all pages; 10,000 says that many or more'),
})

const facetSchema = z.object({
  value: z.string(),
  /** of a host */
  name: z.string().optional(),
  reports: z.int(),
  firstSeen: time,
  lastSeen: time,
})

const conclusion = { confidence: z.enum(['likely', 'possible']), because: z.string() }

export const issueDetailSchema = issueSchema.extend({
  keys: z.array(z.object({ kind: z.string(), value: z.string() })).describe('by which reports find it'),
  facets: z.record(z.string(), z.array(facetSchema)).describe('the most frequent values of each'),
  verdict: z.object({ is: z.enum(['hardware', 'model', 'software', 'open']), ...conclusion }),
  began: z
    .array(
      z.object({
        what: z.enum(['kernel', 'firmware', 'module']),
        name: z.string(),
        lastGood: z.string().optional().describe('the latest before it, which does not have it'),
        ...conclusion,
      }),
    )
    .describe('what is new where it is seen'),
  chart: z.array(z.object({ hour: time, reports: z.int() })).describe('hours that have any, of the last 30 days'),
  history: z.array(
    z.object({
      id,
      at: time,
      actor: z.string(),
      action: z.string(),
      otherIssue: z.string().optional(),
      undoneBy: z.string().optional(),
      detail: z.record(z.string(), z.unknown()),
    }),
  ),
})

export const reportRowSchema = z.object({
  id,
  issue: id,
  host: z.object({ id, name: z.string() }),
  at: time,
  receivedAt: time,
  kind: z.string(),
  severity: z.enum(severityNames),
  title: z.string(),
  fatal: z.boolean(),
  release: z.string().optional(),
  hardware: z.string().optional(),
  firmware: z.string().optional(),
  arch: z.string().optional(),
  module: z.string().optional(),
  function: z.string().optional(),
  fingerprint: z.string(),
  outlined: z
    .object({ at: time, why: z.enum(outlineReasons) })
    .optional()
    .describe('its evidence was removed then, an outline is left of it'),
  joinedBy: z.enum(joinReasons).describe('why it is in its issue'),
})

export const reportPageSchema = z.object({ reports: z.array(reportRowSchema), next: z.string().optional() })

export const reportDetailSchema = reportRowSchema.extend({
  report: z.record(z.string(), z.unknown()).describe('faultline.report/1: docs/report.schema.json'),
  evidence: z.array(z.object({ path: z.string(), hash: z.string(), sizeBytes: z.int() })),
})

export const hostSchema = z.object({
  id,
  name: z.string(),
  via: z.string().optional().describe('the host that told of it, or "upload"'),
  hardware: z.string().optional(),
  firmware: z.string().optional(),
  arch: z.string().optional(),
  release: z.string().optional(),
  reports: z.int(),
  firstSeen: time,
  lastSeen: time,
})

export const hostPageSchema = z.object({ hosts: z.array(hostSchema), next: z.string().optional() })

export const stateBodySchema = z.object({
  state: z.enum(['open', 'fixed', 'known', 'ignored']).optional(),
  fixedIn: z.string().max(100).optional().describe('the release with the fix; `fixed` needs it'),
  note: z.string().max(10_000).optional(),
})

const chosen = {
  fingerprints: z.array(z.string().max(64)).min(1).max(1000).optional().describe('later ones follow'),
  reports: z.array(id).min(1).max(1000).optional().describe('only these'),
}
export const mergeBodySchema = z.object({ into: id })
export const splitBodySchema = z.object(chosen)
export const moveBodySchema = z.object({ into: id, ...chosen })
export const changedSchema = z.object({ history: id, issue: id.optional() })
export const samenessSchema = z.object({ same: z.array(z.string()), different: z.array(z.string()) })
export const samenessQuerySchema = z.object({ one: id, other: id })

const filedSchema = z.object({
  reportId: id,
  issueId: id,
  joinedBy: z.enum(joinReasons),
  change: z.enum(['new', 'regressed']).optional(),
})
export const takenSchema = z.object({
  bundles: z.array(
    z.object({
      name: z.string(),
      id,
      what: z.enum(['taken', 'known', 'completed']),
      filed: filedSchema.optional(),
    }),
  ),
})
export const uploadParamsSchema = z.object({ key: z.string().regex(/^[0-9a-f]{16,64}$/) })
export const uploadSchema = z.object({ offset: z.int().describe('so many bytes of it are here') })
const self = z
  .string()
  .max(253)
  .optional()
  .describe('what its own bundles call the sender, where it has another name here')
export const bundleQuerySchema = z.object({ self })
export const offsetQuerySchema = z.object({ offset: z.int().min(0), self })
export const takenLogSchema = z.object({ id, what: z.enum(['taken', 'known']), reports: z.array(filedSchema) })
export const logQuerySchema = z.object({
  host: z.string().max(253).optional().describe('for reports whose log does not name it'),
})

export const codeBodySchema = z.object({
  host: z.string().min(1).max(253).optional().describe('only a host of this name may use it'),
  validForS: z
    .int()
    .min(60)
    .max(30 * 24 * 3600)
    .optional(),
})
export const codeSchema = z.object({ code: z.string(), expiresAt: time })
export const enrolBodySchema = z.object({ code: z.string().min(1).max(200), host: z.string().min(1).max(253) })
export const tokenSchema = z.object({ token: z.string(), hostId: id })
export const idParamsSchema = z.object({ id })
