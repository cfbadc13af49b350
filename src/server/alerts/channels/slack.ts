// Slack's incoming webhooks, which Mattermost, Rocket.Chat and Discord (/slack) take too by their own documentation.
// https://api.slack.com/messaging/webhooks

import { z } from 'zod'
import { say } from '../../../core/say.ts'
import { type Alert, headline, line } from '../message.ts'
import { type ChannelKind, post } from './channel.ts'

const settings = z.strictObject({
  url: z
    .url({ protocol: /^https?$/ })
    .max(2000)
    .describe(say`the incoming webhook; it is a secret`),
  channel: z.string().min(1).max(100).optional().describe(say`where the webhook leaves it open`),
})

/** Three characters mean something: https://api.slack.com/reference/surfaces/formatting#escaping */
const plain = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

const linked = (alert: Alert): string =>
  alert.url === undefined ? plain(line(alert)) : `${plain(line(alert))} <${plain(alert.url)}|open>`

/** Alerts of one message that are shown; Slack cuts a text at 40,000 characters. */
const MAX_SHOWN = 30

export const slack: ChannelKind<z.output<typeof settings>> = {
  name: 'slack',
  what: say`a message in a channel of Slack or of what understands its webhooks`,
  settings,
  secrets: ['url'],
  send: ({ url, channel }, message) => {
    const shown = message.alerts.slice(0, MAX_SHOWN).map(linked)
    const more = message.alerts.length - shown.length
    const text = [`*${plain(headline(message))}*`, ...shown, ...(more > 0 ? [`and ${more} more`] : [])].join('\n')
    return post(url, JSON.stringify({ text, ...(channel === undefined ? {} : { channel }) }))
  },
}
