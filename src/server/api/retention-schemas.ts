import { z } from 'zod'
import { outlineReasons } from '../retention/outline.ts'
import { policySchema } from '../retention/policy.ts'

export const retentionResultSchema = z.object({
  outlined: z.record(z.enum(outlineReasons), z.int()).describe('reports whose evidence went, by reason'),
  logChunks: z.int().describe('pieces of kernel logs that went'),
  symbolFiles: z.int().describe('files of uploaded symbols that went'),
  swept: z.object({ files: z.int(), bytes: z.int() }).describe('what that freed on the disk'),
  evidenceBytes: z.int().describe('of all evidence that stays, as it was sent'),
})

export const retentionSchema = z.object({
  policy: policySchema,
  last: retentionResultSchema.extend({ at: z.int().describe('ms since 1970') }).optional(),
})
