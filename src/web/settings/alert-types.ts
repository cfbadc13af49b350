// What the server answers of alerts and retention: src/server/alerts/schemas.ts, src/server/api/retention-schemas.ts
// (tests/api-types.test.ts holds these to them).

export interface Channel {
  id: string
  name: string
  kind: string
}

export interface ChannelKind {
  name: string
  what: string
  /** JSON Schema of an object with texts and lists of texts */
  settings: {
    properties?: Record<string, { type?: string; description?: string; default?: unknown }>
    required?: string[]
  }
}

export interface Channels {
  channels: Channel[]
  kinds: ChannelKind[]
}

export interface Rule {
  id: string
  name: string
  occasion: string
  filter: Record<string, unknown>
  channels: string[]
  count: number
  windowMs: number
  digestMs: number
  enabled: boolean
}

export interface Silence {
  id: string
  filter: Record<string, unknown>
  untilMs: number
  note?: string | undefined
  actor: string
}

export interface AlertRow {
  id: string
  at: number
  rule: string
  why: string
  issue: string
  title: string
  host: string
  silenced: boolean
  sends: { channel: string; state: string; error?: string | undefined }[]
}

export interface Policy {
  perIssue: number
  maxAgeMs: number
  ignoredAgeMs: number
  maxBytes: number
  logAgeMs: number
  logBytes: number
  symbolAgeMs: number
}

export interface RetentionResult {
  outlined: Record<string, number>
  symbolFiles: number
  swept: { files: number; bytes: number }
}

export interface Retention {
  policy: Policy
  last?: (RetentionResult & { at: number }) | undefined
}
