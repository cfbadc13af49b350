// What happens, as it happens, by server-sent events.

import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { say } from '../../../core/say.ts'
import { Refusal } from '../../intake/refusal.ts'
import { EventStream } from '../../live/event-stream.ts'
import { described, type Routes } from '../route.ts'

/** Each needs a connection and what waits for it. */
const MAX_CLIENTS = 500

let streams = 0

/** The answer becomes a stream of events. Throws Refusal 503. */
export function streamOf(request: FastifyRequest, reply: FastifyReply): EventStream {
  if (streams >= MAX_CLIENTS) throw new Refusal(503, say`too many watch already. Look again later.`)
  streams++
  reply.hijack()
  reply.raw.on('close', () => streams--)
  request.raw.socket.setKeepAlive(true)
  return new EventStream(reply.raw, reply.getHeaders())
}

/** What the client saw last. EventSource sends it when it comes again; who begins may give it in the address. */
export const lastEventId = ({
  headers,
  query,
}: {
  headers: IncomingHttpHeaders
  query: { after?: string | undefined }
}): string | undefined => {
  const header = headers['last-event-id']
  return typeof header === 'string' && header !== '' ? header : query.after
}

export const liveRoutes: Routes = (app, { live }) => {
  app.get<{ Querystring: { after?: string } }>(
    '/api/v1/live',
    {
      config: { who: 'viewer' },
      schema: {
        ...described({
          summary:
            'Server-sent events: report, issue and host as the lists have them; reset: look at everything anew. Last-Event-ID goes on behind that one.',
          tags: ['live'],
        }),
        produces: ['text/event-stream'],
      },
    },
    async (request, reply) => {
      await live.join(streamOf(request, reply), lastEventId(request))
    },
  )
}
