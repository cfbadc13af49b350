// What the server answers of people and hosts: src/server/api/access-schemas.ts.

import type { Role } from '../api/session.ts'

export interface User {
  id: string
  name: string
  role: Role
  by: 'password' | 'provider'
  createdAt: number
  lastLogin?: number
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
  lastUsed?: number
  expiresAt?: number
}

export interface Enrolments {
  codes: { id: string; host?: string; createdAt: number; createdBy?: string; expiresAt: number }[]
  hosts: { id: string; name: string; since: number; lastUsed?: number }[]
}

export interface AuditEntry {
  id: string
  at: number
  actor: string
  address: string
  action: string
  target?: string
  before?: unknown
  after?: unknown
}
