// PagerDuty's events v2, and what takes them too. https://developer.pagerduty.com/docs/events-api-v2/trigger-events/

import { z } from 'zod'
import type { SeverityName } from '../../../core/model.ts'
import { say } from '../../../core/say.ts'
import { type Alert, line } from '../message.ts'
import { type ChannelKind, post } from './channel.ts'

const settings = z.strictObject({
  routingKey: z.string().min(1).max(100).describe(say`of the integration`),
  url: z
    .url({ protocol: /^https?$/ })
    .max(2000)
    .default('https://events.pagerduty.com/v2/enqueue'),
})

const severities: Record<SeverityName, 'critical' | 'error' | 'warning' | 'info'> = {
  panic: 'critical',
  oops: 'error',
  bug: 'error',
  hardware: 'error',
  stall: 'warning',
  warning: 'warning',
  oom: 'warning',
  user: 'info',
  notice: 'info',
}

/** The summary's bound. */
const MAX_SUMMARY = 1024

const eventOf = (routingKey: string, alert: Alert) => ({
  routing_key: routingKey,
  event_action: 'trigger',
  dedup_key: `faultline ${alert.rule} ${alert.subject}`.slice(0, 255),
  payload: {
    summary: line(alert).slice(0, MAX_SUMMARY),
    source: alert.host,
    severity: severities[alert.severity as SeverityName] ?? 'error',
    timestamp: new Date(alert.at).toISOString(),
    component: alert.module ?? 'kernel',
    class: alert.kind,
    custom_details: alert,
  },
  ...(alert.url === undefined ? {} : { links: [{ href: alert.url, text: 'the issue' }] }),
})

export const pagerduty: ChannelKind<z.output<typeof settings>> = {
  name: 'pagerduty',
  what: say`an event of PagerDuty’s API v2; the same issue is the same incident`,
  settings,
  secrets: ['routingKey'],
  send: async ({ url, routingKey }, { alerts }) => {
    for (const alert of alerts) await post(url, JSON.stringify(eventOf(routingKey, alert)))
  },
}
