// What the UI asks the server. One place knows how it shows who it is and what a refusal looks like.

import { createSignal } from 'solid-js'
import { t } from '../i18n/index.ts'

/** A refusal, in the server's words. `status` 0: the server was not reached. */
export class ApiError extends Error {
  readonly status: number
  /** seconds after which it may be tried again, where the server says it */
  readonly retryAfterS: number | undefined
  constructor(status: number, message: string, retryAfterS?: number) {
    super(message)
    this.status = status
    this.retryAfterS = retryAfterS
  }
}

/** How requests are proven: headers for each. Set by session.ts. */
const [proof, setProof] = createSignal<Readonly<Record<string, string>>>({})

export { proof, setProof }

/** Called when the server no longer knows who asks. */
let onStranger: () => void = () => {}
export function whenStranger(then: () => void): void {
  onStranger = then
}

export type Query = Record<string, string | number | boolean | undefined>

export function pathWith(path: string, query: Query = {}): string {
  const words = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') words.set(name, String(value))
  }
  const text = words.toString()
  return text === '' ? path : `${path}?${text}`
}

/** The answer as it comes. Throws ApiError. */
export async function request(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
  const json = body === undefined || body instanceof Blob ? undefined : JSON.stringify(body)
  let answer: Response
  try {
    answer = await fetch(path, {
      method,
      headers: { ...proof(), ...(json === undefined ? {} : { 'Content-Type': 'application/json' }) },
      ...(body === undefined ? {} : { body: json ?? (body as Blob) }),
      ...(signal === undefined ? {} : { signal }),
    })
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new ApiError(0, t().shell.offline)
  }
  if (answer.ok) return answer
  if (answer.status === 401) onStranger()
  const after = Number.parseInt(answer.headers.get('Retry-After') ?? '', 10)
  throw new ApiError(answer.status, await wordsOf(answer), Number.isNaN(after) ? undefined : after)
}

async function wordsOf(answer: Response): Promise<string> {
  try {
    const { error } = (await answer.json()) as { error?: unknown }
    if (typeof error === 'string') return error
  } catch {
    // No JSON: a proxy's page, or nothing.
  }
  return `${answer.status} ${answer.statusText}`
}

async function json<T>(answer: Response): Promise<T> {
  return (answer.status === 204 ? undefined : await answer.json()) as T
}

export const get = async <T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> =>
  json<T>(await request('GET', pathWith(path, query), undefined, signal))

export const post = async <T>(path: string, body: unknown = {}): Promise<T> =>
  json<T>(await request('POST', path, body))

export const put = async <T = undefined>(path: string, body: unknown): Promise<T> =>
  json<T>(await request('PUT', path, body))

export const remove = async <T = undefined>(path: string): Promise<T> => json<T>(await request('DELETE', path))
