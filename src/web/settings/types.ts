// What the server answers of people and hosts: src/server/api/access-schemas.ts (tests/api-types.test.ts holds these to it).

import type { Role } from '../api/session.ts'

export interface User {
  id: string
  name: string
  role: Role
  by: 'password' | 'provider'
  createdAt: number
  lastLogin?: number | undefined
}

export interface OpenSession {
  id: string
  name: string
  role: Role
  createdAt: number
  lastUsed: number
  expiresAt: number
  address: string
  agent: string
  current: boolean
}

export interface ApiToken {
  id: string
  name: string
  role: Role
  user: string
  createdAt: number
  lastUsed?: number | undefined
  expiresAt?: number | undefined
}

export interface Enrolments {
  codes: {
    id: string
    host?: string | undefined
    createdAt: number
    createdBy?: string | undefined
    expiresAt: number
  }[]
  hosts: { id: string; name: string; since: number; lastUsed?: number | undefined }[]
}

export interface AuditEntry {
  id: string
  at: number
  actor: string
  address: string
  action: string
  target?: string | undefined
  before?: unknown
  after?: unknown
}

export interface AuditPage {
  entries: AuditEntry[]
  next?: string | undefined
}
