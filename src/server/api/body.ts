// The body of an upload, as it comes: bounded in size, and in how long its sender may take over it.

import type { Readable } from 'node:stream'
import type { FastifyRequest } from 'fastify'
import { say } from '../../core/say.ts'
import { Refusal } from '../intake/refusal.ts'

/** Of an upload as it comes over the wire. */
export const MAX_UPLOAD_BYTES = 64 * 1024 * 1024

/** So long a sender may be silent in all, and longer the more it has sent: a line of 64 kbit/s is fast enough. */
const PATIENCE_MS = 20_000
const BYTES_PER_MS = 8

/** `types`: what may come, for who sent nothing of them. Throws Refusal: 400, 408, 413, 415. */
export async function* bodyOf(
  request: FastifyRequest,
  types: readonly string[],
  most: number = MAX_UPLOAD_BYTES,
): AsyncGenerator<Uint8Array> {
  const body = request.body as Readable | undefined
  if (body === undefined || typeof body[Symbol.asyncIterator] !== 'function') {
    throw new Refusal(415, say`expected a body of type ${types.join(', ')}`)
  }
  let bytes = 0
  let waitedMs = 0
  const pieces = (body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]()
  try {
    for (;;) {
      const askedAt = Date.now()
      const next = await before(PATIENCE_MS + bytes / BYTES_PER_MS - waitedMs, pieces.next())
      // Only what the sender took counts: while we are busy its bytes wait here.
      waitedMs += Date.now() - askedAt
      if (next.done === true) return
      bytes += next.value.length
      if (bytes > most) throw new Refusal(413, say`more than ${most} bytes. Send it in parts.`)
      yield next.value
    }
  } catch (error) {
    if (error instanceof Refusal || !body.errored) throw error
    throw new Refusal(400, say`the upload broke off after ${bytes} bytes. Send it again.`)
  }
}

function before<T>(ms: number, next: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Refusal(408, say`the upload comes too slowly. Send it in smaller parts.`)), ms)
  })
  // What the body says after it was given up is nothing to anybody.
  next.catch(() => {})
  return Promise.race([next, late]).finally(() => clearTimeout(timer))
}
