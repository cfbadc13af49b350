// A way to tell somebody. To add one: a file here with one ChannelKind, a line in index.ts.

import type { z } from 'zod'
import { say } from '../../../core/say.ts'
import type { Message } from '../message.ts'

export interface ChannelKind<Settings = never> {
  name: string
  /** one line for the page and the documentation */
  what: string
  settings: z.ZodType<Settings>
  /** settings that are never given out again */
  secrets: readonly string[]
  /** Resolves when it was taken. Throws ChannelError. */
  send(settings: Settings, message: Message): Promise<void>
}

/** The other side did not take it: what it said. `never`: it will not take it later either. */
export class ChannelError extends Error {
  readonly never: boolean
  constructor(message: string, never = false) {
    super(message)
    this.never = never
  }
}

const TIMEOUT_MS = 10_000
/** Of an answer that says what was wrong. */
const MAX_SAID = 300

/** Too early, too many, and what is wrong with the server may be right later. */
const passing = new Set([408, 425, 429])

export async function post(url: string, body: string, headers: Record<string, string> = {}): Promise<void> {
  let answer: Response
  try {
    answer = await fetch(url, {
      method: 'POST',
      body,
      headers: { 'Content-Type': 'application/json', 'User-Agent': 'faultline', ...headers },
      // Whoever answers there must not send what is in it elsewhere.
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
  } catch (error) {
    throw new ChannelError(reasonOf(error))
  }
  if (answer.ok) {
    await answer.body?.cancel().catch(() => {})
    return
  }
  const said = await beginningOf(answer)
  const never = answer.status < 500 && !passing.has(answer.status)
  throw new ChannelError(`HTTP ${answer.status}${said === '' ? '' : `: ${said}`}`, never)
}

async function beginningOf(answer: Response): Promise<string> {
  let text = ''
  try {
    const decoder = new TextDecoder()
    for await (const piece of answer.body ?? []) {
      text += decoder.decode(piece, { stream: true })
      if (text.length > MAX_SAID) break
    }
  } catch {
    // what came is enough
  }
  return text.slice(0, MAX_SAID).replace(/\s+/g, ' ').trim()
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return say`no answer in ${TIMEOUT_MS / 1000} s`
  const { cause } = error
  return cause instanceof Error ? cause.message : error.message
}
