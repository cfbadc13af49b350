// The server that a host sends its bundles to, as far as the host knows it: docs/server.md.

import { setTimeout as sleep } from 'node:timers/promises'

/** Why it was not taken: 'later': it may be when it is sent again; 'never': not this bundle; 'closed': nothing of this host. */
export class PushError extends Error {
  readonly when: 'later' | 'never' | 'closed'
  readonly afterMs: number | undefined
  constructor(when: PushError['when'], message: string, afterMs?: number) {
    super(message)
    this.when = when
    this.afterMs = afterMs
  }
}

export interface ServerAnswer {
  /** of each bundle of the archive */
  what: string[]
}

/** A server that has not answered by then is away. */
const ANSWER_MS = 5 * 60 * 1000
const MAX_WORDS = 500

/** How a request gets to the server: over the network, or, where it is this process itself, without one. */
export type Via = (url: URL, request: RequestInit & { duplex?: 'half' }) => Promise<Response>

/** A token for a one-time code. Throws PushError. */
export async function enrolAt(
  url: string,
  code: string,
  host: string,
  signal?: AbortSignal,
  via?: Via,
): Promise<string> {
  const headers = { 'content-type': 'application/json' }
  const request = { method: 'POST', headers, body: JSON.stringify({ code, host }) }
  const answer = await ask(new URL('/api/v1/enrol', url), request, signal, via)
  const { token } = answer as { token?: unknown }
  if (typeof token !== 'string') throw new PushError('closed', `${url} gave no token: is it a Faultline server?`)
  return token
}

/** To whom, and how. */
export interface Server {
  url: string
  token: string
  /** what this machine's bundles call it, where the server knows it by another name */
  self?: string | undefined
  signal?: AbortSignal | undefined
  via?: Via | undefined
}

/** Sends an archive; with what it returns the server has it durably. Throws PushError. */
export async function sendTo(server: Server, archive: AsyncIterable<Uint8Array>): Promise<ServerAnswer> {
  return takenBy(server, 'POST', new URL('/api/v1/bundles', server.url), archive)
}

/**
 * The same over a line that breaks: what came of it before stays there under `key`, and only the rest is sent. `archive` gives
 * the same bytes each time; where it did not, it is sent whole. Throws PushError.
 */
export async function sendRest(
  server: Server,
  key: string,
  archive: () => AsyncIterable<Uint8Array>,
): Promise<ServerAnswer> {
  const at = new URL(`/api/v1/uploads/${key}`, server.url)
  const headers = { authorization: `Bearer ${server.token}` }
  const { offset } = (await ask(at, { headers }, server.signal, server.via)) as { offset?: unknown }
  if (typeof offset !== 'number') throw notOurs(server.url)
  at.searchParams.set('offset', String(offset))
  try {
    return await takenBy(server, 'PATCH', at, skipping(archive(), offset))
  } catch (error) {
    // Its beginning was of other bytes, or of another request that went on meanwhile; the server has removed it.
    if (error instanceof PushError && error.when === 'never' && offset > 0) {
      throw new PushError('later', error.message, AT_ONCE_MS)
    }
    throw error
  }
}

const AT_ONCE_MS = 1

async function takenBy(
  { url, token, self, signal, via }: Server,
  method: 'POST' | 'PATCH',
  at: URL,
  archive: AsyncIterable<Uint8Array>,
): Promise<ServerAnswer> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/zstd' }
  if (self !== undefined) at.searchParams.set('self', self)
  const body = ReadableStream.from(archive)
  const answer = await ask(at, { method, headers, body, duplex: 'half' }, signal, via)
  const { bundles } = answer as { bundles?: { what?: unknown }[] }
  if (!Array.isArray(bundles)) throw notOurs(url)
  return { what: bundles.map(({ what }) => String(what)) }
}

const notOurs = (url: string) => new PushError('closed', `${url} did not answer as a Faultline server does`)

async function* skipping(pieces: AsyncIterable<Uint8Array>, bytes: number): AsyncGenerator<Uint8Array> {
  let left = bytes
  for await (const piece of pieces) {
    if (piece.length > left) yield piece.subarray(left)
    left = Math.max(0, left - piece.length)
  }
}

/** The JSON that it answers. Throws PushError. */
export async function ask(
  url: URL,
  request: RequestInit & { duplex?: 'half' },
  signal?: AbortSignal,
  via: Via = fetch,
): Promise<unknown> {
  const late = AbortSignal.timeout(ANSWER_MS)
  let answer: Response
  try {
    answer = await via(url, {
      ...request,
      // A token is for this address, and for no other that it may point to.
      redirect: 'error',
      signal: signal === undefined ? late : AbortSignal.any([late, signal]),
    })
  } catch (error) {
    signal?.throwIfAborted()
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    throw new PushError('later', `${url.origin} cannot be reached: ${cause instanceof Error ? cause.message : cause}`)
  }
  const json: unknown = await answer.json().catch(() => ({}))
  if (answer.ok) return json
  const said = (json as { error?: unknown }).error
  const words = typeof said === 'string' ? said.slice(0, MAX_WORDS) : answer.statusText
  throw new PushError(whenOf(answer.status), `${url.origin} says ${answer.status}: ${words}`, retryAfter(answer))
}

const whenOf = (status: number): PushError['when'] =>
  status === 401 || status === 403 || status === 404
    ? 'closed'
    : status >= 500 || status === 408 || status === 416 || status === 429
      ? 'later'
      : 'never'

function retryAfter(answer: Response): number | undefined {
  const seconds = Number(answer.headers.get('retry-after') ?? Number.NaN)
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds * 1000, MAX_WAIT_MS) : undefined
}

const FIRST_WAIT_MS = 1000
const MAX_WAIT_MS = 5 * 60 * 1000

/** How long to wait before the next of some tries: twice as long each time, and never all hosts at once. */
export const waitBefore = (tries: number, error: PushError, random: () => number = Math.random): number =>
  (error.afterMs ?? Math.min(FIRST_WAIT_MS * 2 ** tries, MAX_WAIT_MS)) * (0.5 + random())

/** Does `work` until it is done, or until `tries` of it were in vain, or what went wrong will not pass. */
export async function retrying<T>(
  work: () => Promise<T>,
  tries: number,
  told: (error: PushError, waitMs: number) => void,
  signal?: AbortSignal,
): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof PushError) || error.when !== 'later' || tried >= tries) throw error
      const waitMs = waitBefore(tried - 1, error)
      told(error, waitMs)
      await sleep(waitMs, undefined, signal === undefined ? {} : { signal })
    }
  }
}
