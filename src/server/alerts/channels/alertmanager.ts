// Alertmanager of Prometheus: it groups, silences and passes on by its own rules.
// https://github.com/prometheus/alertmanager, api/v2/openapi.yaml, postAlerts

import { z } from 'zod'
import { say } from '../../../core/say.ts'
import { type Alert, line } from '../message.ts'
import { type ChannelKind, post } from './channel.ts'

const settings = z.strictObject({
  url: z
    .url({ protocol: /^https?$/ })
    .max(2000)
    .describe(say`of Alertmanager, without /api/v2`),
  token: z.string().min(1).max(2000).optional().describe(say`for Authorization: Bearer`),
})

/** An exception is a moment, an alert of Alertmanager a state: it ends by itself after so long. */
const LASTS_MS = 60 * 60 * 1000

const alertOf = (alert: Alert) => ({
  labels: {
    alertname: 'KernelException',
    occasion: alert.occasion,
    rule: alert.rule,
    issue: alert.issue,
    kind: alert.kind,
    severity: alert.severity,
    host: alert.host,
    ...(alert.release === undefined ? {} : { release: alert.release }),
    ...(alert.module === undefined ? {} : { module: alert.module }),
  },
  annotations: { summary: alert.title, description: line(alert) },
  startsAt: new Date(alert.at).toISOString(),
  endsAt: new Date(Date.now() + LASTS_MS).toISOString(),
  ...(alert.url === undefined ? {} : { generatorURL: alert.url }),
})

export const alertmanager: ChannelKind<z.output<typeof settings>> = {
  name: 'alertmanager',
  what: say`Alertmanager of Prometheus, API v2`,
  settings,
  secrets: ['token'],
  send: ({ url, token }, { alerts }) =>
    post(
      `${url.replace(/\/+$/, '')}/api/v2/alerts`,
      JSON.stringify(alerts.map(alertOf)),
      token === undefined ? {} : { Authorization: `Bearer ${token}` },
    ),
}
