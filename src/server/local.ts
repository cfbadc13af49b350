// The server for the process that it is in: requests as from the network, without one.

import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import type { FastifyInstance } from 'fastify'

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** As `fetch`, whatever host the URL names. */
export const localFetch =
  (app: FastifyInstance) =>
  async (url: URL, { method, headers, body }: RequestInit): Promise<Response> => {
    const payload = body instanceof globalThis.ReadableStream ? Readable.fromWeb(body as ReadableStream) : body
    const answer = await app.inject({
      method: (method ?? 'GET') as Method,
      url: `${url.pathname}${url.search}`,
      headers: headers as Record<string, string>,
      ...(payload == null ? {} : { payload: payload as Buffer }),
    })
    const { statusCode: status, rawPayload } = answer
    const type = answer.headers['content-type']
    const empty = status === 204 || status === 304
    return new Response(empty ? null : new Uint8Array(rawPayload), {
      status,
      headers: type === undefined ? {} : { 'content-type': type },
    })
  }
