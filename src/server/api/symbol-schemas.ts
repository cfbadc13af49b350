// Symbols over the API.

import { z } from 'zod'

export const symbolUploadQuerySchema = z.object({
  name: z.string().min(1).max(300).describe('of the file: vmlinux-6.1.0, nvme.ko.xz, linux-image-…-dbg_….deb'),
})
export const symbolTakenSchema = z.object({ id: z.string(), known: z.boolean().describe('it is here already') })

const objectSchema = z.object({ name: z.string(), buildId: z.string().optional() })

export const symbolFileSchema = z.object({
  id: z.string(),
  name: z.string(),
  sizeBytes: z.int(),
  receivedAt: z.int(),
  actor: z.string(),
  state: z.enum(['waiting', 'ready', 'failed']),
  kind: z.enum(['index', 'list', 'image']).optional(),
  release: z.string().optional(),
  problem: z.string().optional(),
  objects: z.int().describe('kernels and modules in it'),
})

export const symbolsSchema = z.object({
  files: z.array(symbolFileSchema).describe('the latest first'),
  coverage: z
    .array(
      z.object({
        release: z.string(),
        reports: z.int(),
        looked: z.int().describe('of its reports, those that were looked through with its symbols'),
        placed: z.int().describe('of those, the ones with a line of source'),
        has: z.int().describe('kernels and modules that there are symbols of'),
        missing: z.array(objectSchema.extend({ reports: z.int() })).describe('what its reports asked for in vain'),
      }),
    )
    .describe('releases that have reports, the most first'),
})

export const symbolObjectsSchema = z.object({ objects: z.array(objectSchema) })
