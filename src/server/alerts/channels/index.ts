import { alertmanager } from './alertmanager.ts'
import type { ChannelKind } from './channel.ts'
import { email } from './email.ts'
import { pagerduty } from './pagerduty.ts'
import { slack } from './slack.ts'
import { webhook } from './webhook.ts'

export { ChannelError } from './channel.ts'

export const channelKinds = [webhook, slack, email, alertmanager, pagerduty] as const

export const channelKind = (name: string): ChannelKind<unknown> | undefined =>
  channelKinds.find(each => each.name === name) as ChannelKind<unknown> | undefined
