// What the API takes and gives of people: users, sessions, tokens, the audit log.

import { z } from 'zod'
import { roleNames } from '../access/roles.ts'

const time = z.int().describe('ms since 1970')
const id = z.string().max(64)
const role = z.enum(roleNames)
const name = z.string().min(1).max(200)
const password = z.string().max(1024)

export const loginBodySchema = z.object({
  name: name.optional(),
  password: password.optional(),
  token: z.string().max(200).optional().describe('the owner’s, instead of a name'),
  code: z.string().max(200).optional().describe('of the address that the server printed, instead of a name'),
})

export const sessionSchema = z.object({
  user: z.object({ name: z.string(), role, owner: z.boolean() }).optional().describe('absent: not logged in'),
  csrf: z.string().optional().describe('for the header x-faultline-csrf of each request that changes something'),
  expiresAt: time.optional(),
  login: z.object({
    password: z.boolean().describe('there are users who have one'),
    provider: z.object({ label: z.string(), url: z.string() }).optional().describe('go there to log in with it'),
  }),
})

export const userSchema = z.object({
  id,
  name: z.string(),
  role,
  by: z.enum(['password', 'provider']).describe('how they log in'),
  createdAt: time,
  lastLogin: time.optional(),
})
export const usersSchema = z.object({ users: z.array(userSchema) })
export const userBodySchema = z.object({ name, password, role })
export const roleBodySchema = z.object({ role })
export const passwordBodySchema = z.object({ password })
export const ownPasswordBodySchema = z.object({ current: password, password })

export const sessionsSchema = z.object({
  sessions: z.array(
    z.object({
      id,
      name: z.string(),
      role,
      createdAt: time,
      lastUsed: time,
      expiresAt: time,
      address: z.string(),
      agent: z.string(),
      current: z.boolean().describe('the one that asks'),
    }),
  ),
})
export const allQuerySchema = z.object({ all: z.boolean().default(false).describe('those of everybody; for admins') })

export const apiTokensSchema = z.object({
  tokens: z.array(
    z.object({
      id,
      name: z.string(),
      role,
      user: z.string().describe('whose it is; "owner": of whoever runs the server'),
      createdAt: time,
      lastUsed: time.optional().describe('to the hour'),
      expiresAt: time.optional(),
    }),
  ),
})
export const tokenBodySchema = z.object({
  name,
  role,
  validForS: z
    .int()
    .min(60)
    .max(10 * 366 * 24 * 3600)
    .optional()
    .describe('without it, until it is revoked'),
})
export const newTokenSchema = z.object({ id, token: z.string() })

export const enrolmentsSchema = z.object({
  codes: z
    .array(
      z.object({
        id,
        host: z.string().optional().describe('only a host of this name may use it'),
        createdAt: time,
        createdBy: z.string().optional(),
        expiresAt: time,
      }),
    )
    .describe('that can still be used'),
  hosts: z
    .array(z.object({ id, name: z.string(), since: time, lastUsed: time.optional().describe('to the hour') }))
    .describe('that have a token'),
})

export const auditQuerySchema = z.object({
  actor: name.optional(),
  action: z.string().max(100).optional().describe('or how it begins: "user"'),
  since: time.optional(),
  until: time.optional(),
  limit: z.int().min(1).max(500).default(100),
  after: id.optional().describe('`next` of the page before'),
})
export const auditPageSchema = z.object({
  entries: z.array(
    z.object({
      id,
      at: time,
      actor: z.string(),
      address: z.string(),
      action: z.string(),
      target: z.string().optional(),
      before: z.unknown().optional(),
      after: z.unknown().optional(),
    }),
  ),
  next: id.optional(),
})
