// Mail by SMTP.

import nodemailer from 'nodemailer'
import { z } from 'zod'
import { say } from '../../../core/say.ts'
import { bodyText, headline } from '../message.ts'
import { ChannelError, type ChannelKind } from './channel.ts'

const settings = z.strictObject({
  server: z
    .url({ protocol: /^smtps?$/ })
    .max(2000)
    .describe('smtp://user:password@host:587, smtps://host'),
  from: z.string().min(3).max(300),
  to: z.array(z.string().min(3).max(300)).min(1).max(50),
})

const TIMEOUT_MS = 10_000

export const email: ChannelKind<z.output<typeof settings>> = {
  name: 'email',
  what: say`mail by SMTP, encrypted where the server can`,
  settings,
  secrets: ['server'],
  send: async ({ server, from, to }, message) => {
    const timeouts = { connectionTimeout: TIMEOUT_MS, greetingTimeout: TIMEOUT_MS, socketTimeout: TIMEOUT_MS }
    // No file and no address that a text names is ever read.
    const transport = nodemailer.createTransport({
      url: server,
      disableFileAccess: true,
      disableUrlAccess: true,
      ...timeouts,
    })
    try {
      await transport.sendMail({
        from,
        to,
        subject: `[faultline] ${headline(message)}`,
        text: `${bodyText(message)}\n\n-- \nrule "${message.rule}"\n`,
        messageId: `<${message.alerts[0].id}@faultline>`,
        headers: { 'Auto-Submitted': 'auto-generated' },
      })
    } catch (error) {
      const { responseCode = 0 } = error as { responseCode?: number }
      // 5xx: it will not be taken later either. RFC 5321, 4.2.1
      throw new ChannelError(error instanceof Error ? error.message : String(error), responseCode >= 500)
    } finally {
      transport.close()
    }
  },
}
