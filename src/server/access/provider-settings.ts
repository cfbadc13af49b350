// An OpenID provider that people may log in with, as a file says it:
//
//   {
//     "issuer": "https://login.example.com/realms/lab",
//     "clientId": "faultline",
//     "clientSecret": "…",
//     "label": "Example",
//     "rolesClaim": "groups",
//     "roles": { "kernel-team": "triager", "kernel-admins": "admin" },
//     "defaultRole": "viewer"
//   }

import { z } from 'zod'
import { roleNames } from './roles.ts'

const loopback = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/

/** Whoever sits between could say who anybody is. */
const isSafe = (text: string): boolean => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  return url?.protocol === 'https:' || (url?.protocol === 'http:' && loopback.test(url.hostname))
}

export const providerSchema = z.strictObject({
  issuer: z.string().refine(isSafe, 'expected https://…, the issuer as the provider calls itself'),
  clientId: z.string().min(1),
  /** a public client has none: PKCE is used either way */
  clientSecret: z.string().min(1).optional(),
  /** on the button */
  label: z.string().min(1).max(50).default('OpenID Connect'),
  scopes: z.array(z.string()).default(['openid', 'profile', 'email']),
  /** a claim of the ID token or of userinfo: a string or a list of them */
  rolesClaim: z.string().default('groups'),
  /** what a value of the claim means; the highest counts */
  roles: z.record(z.string(), z.enum(roleNames)).default({}),
  /** of those whom `roles` gives none; without it they are not let in */
  defaultRole: z.enum(roleNames).optional(),
  /** by which a user is known here; not every provider gives each */
  nameClaims: z.array(z.string()).default(['preferred_username', 'email']),
})
export type ProviderSettings = z.output<typeof providerSchema>

export class ProviderSettingsError extends Error {}

/** Throws ProviderSettingsError, which names what is wrong. */
export function readProvider(name: string, text: string): ProviderSettings {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new ProviderSettingsError(`${name}: no JSON: ${error instanceof Error ? error.message : error}`)
  }
  const { data, error } = providerSchema.safeParse(json)
  if (data !== undefined) return data
  const words = error.issues.map(({ path, message }) => `${path.join('.') || 'the whole'}: ${message}`)
  throw new ProviderSettingsError(`${name}: ${words.join('; ')}`)
}
