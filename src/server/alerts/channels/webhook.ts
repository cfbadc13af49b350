// JSON to an address of yours, signed so that it can be told from others'.

import { createHmac } from 'node:crypto'
import { z } from 'zod'
import { say } from '../../../core/say.ts'
import { headline } from '../message.ts'
import { type ChannelKind, post } from './channel.ts'

const settings = z.strictObject({
  url: z.url({ protocol: /^https?$/ }).max(2000),
  secret: z.string().min(8).max(500).optional().describe(say`key of the signature`),
})

export const webhook: ChannelKind<z.output<typeof settings>> = {
  name: 'webhook',
  what: say`JSON, with X-Faultline-Signature: sha256=HMAC of the body where a secret is given`,
  settings,
  secrets: ['secret'],
  send: ({ url, secret }, message) => {
    const { rule, alerts } = message
    const body = JSON.stringify({ schema: 'faultline.alert/1', headline: headline(message), rule, alerts })
    return post(url, body, {
      // The same alert sent twice has the same key.
      'Idempotency-Key': alerts[0].id,
      ...(secret === undefined
        ? {}
        : { 'X-Faultline-Signature': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}` }),
    })
  },
}
