// One client of server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html). What a client does
// not take is not kept for it: it is let go, and comes back saying what it saw last.

import type { ServerResponse } from 'node:http'

export interface SentEvent {
  event: string
  id?: string
  data: unknown
}

/** Waiting for one client. */
const MAX_BUFFERED_BYTES = 1024 * 1024
/** Proxies end connections on which nothing comes, many after a minute. */
const HEARTBEAT_MS = 15_000
/** Then the client comes again, and is asked again who it is. */
const LIFE_MS = 10 * 60 * 1000
const RETRY_MS = 1000

/** The text of an event; JSON has no line breaks of its own. */
export const textOf = ({ event, id, data }: SentEvent): string =>
  `event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`

export class EventStream {
  readonly #response: ServerResponse
  readonly #timers: NodeJS.Timeout[]
  #closed = false
  /** called once, when it has ended, whoever ended it */
  closed: () => void = () => {}

  constructor(response: ServerResponse, headers: Record<string, string | string[] | number | undefined>) {
    this.#response = response
    response.writeHead(200, {
      ...headers,
      'content-type': 'text/event-stream; charset=utf-8',
      // nginx keeps what it gets otherwise
      'x-accel-buffering': 'no',
    })
    response.write(`retry: ${RETRY_MS}\n\n`)
    response.on('close', () => this.close())
    response.on('error', () => this.close())
    this.#timers = [
      setInterval(() => this.write(': \n\n'), HEARTBEAT_MS).unref(),
      setTimeout(() => this.close(), LIFE_MS).unref(),
    ]
  }

  get open(): boolean {
    return !this.#closed
  }

  /** Text of whole events. */
  write(text: string): void {
    if (this.#closed || text === '') return
    this.#response.write(text)
    if (this.#response.writableLength > MAX_BUFFERED_BYTES) {
      this.#response.destroy()
      this.close()
    }
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    for (const timer of this.#timers) clearTimeout(timer)
    this.#response.end()
    this.closed()
  }
}
