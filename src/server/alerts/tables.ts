// What the store keeps of alerts. `filter`, `channels`, `settings` and `told` are JSON; times are ms since 1970.

export interface AlertChannelTable {
  id: string
  name: string
  /** channels/index.ts */
  kind: string
  /** with its secrets: never given out again */
  settings: string
  created_at: number
}

export interface AlertRuleTable {
  id: string
  name: string
  /** rule.ts */
  occasion: string
  filter: string
  /** ids */
  channels: string
  /** reports that make a rate */
  count: number
  /** in which they come; of a dead host: the silence that makes it dead */
  window_ms: number
  /** 0: told at once; otherwise all of so long in one message */
  digest_ms: number
  enabled: number
  created_at: number
}

export interface AlertSilenceTable {
  id: string
  filter: string
  until: number
  note: string | null
  actor: string
  created_at: number
}

export interface AlertTable {
  id: string
  rule_id: string
  /** what it is about: one alert for one */
  subject: string
  at: number
  issue_id: string | null
  report_id: string | null
  host_id: string | null
  silence_id: string | null
  /** Told (message.ts) */
  told: string
}

export interface AlertSendTable {
  id: string
  alert_id: string
  rule_id: string
  channel_id: string
  state: 'waiting' | 'sent' | 'failed'
  due_at: number
  tries: number
  ended_at: number | null
  error: string | null
}

/** When a host, or one that is told of by another, last gave a sign of life. */
export interface HostHeardTable {
  host_id: string
  at: number
}

export interface AlertTables {
  alert_channels: AlertChannelTable
  alert_rules: AlertRuleTable
  alert_silences: AlertSilenceTable
  alerts: AlertTable
  alert_sends: AlertSendTable
  host_heard: HostHeardTable
}
