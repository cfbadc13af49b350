// Sends what a spool has and the server has not yet: bundle by bundle, the oldest first, each until it is acknowledged.

import { createHash } from 'node:crypto'
import { packBundles } from '../bundles/pack.ts'
import { SpoolError } from '../bundles/problem.ts'
import type { Bundle } from '../bundles/read.ts'
import type { Spool } from '../bundles/spool.ts'
import { PushError, retrying, sendTo, type Via } from './server.ts'
import { type PushState, writeState } from './state.ts'

export interface PushOptions {
  spool: Spool
  data: string
  state: PushState
  /** of each bundle before it is given up for now */
  tries: number
  told: (event: PushEvent) => void
  signal?: AbortSignal
  via?: Via | undefined
}

export type PushEvent =
  | { bundle: string; what: 'taken' | 'known' | 'completed' }
  | { bundle: string; what: 'refused' | 'unreadable'; why: string }
  | { bundle: string; what: 'waiting'; why: string; ms: number }

/** Says which files a bundle has: evidence that comes later makes it another. */
export const markOf = ({ files }: Pick<Bundle, 'files'>): string =>
  createHash('sha256')
    .update(files.map(({ path, sizeBytes }) => `${path}\0${sizeBytes}\n`).join(''))
    .digest('hex')
    .slice(0, 16)

/** One pass. Throws PushError when the server is away or closed; what it has acknowledged is written down by then. */
export async function pushBundles(options: PushOptions): Promise<void> {
  const { spool, data, state, told } = options
  const names = (await spool.list()).map(({ name }) => name)
  // What is gone from the spool need not be remembered.
  state.sent = Object.fromEntries(Object.entries(state.sent).filter(([name]) => names.includes(name)))
  for (const name of names) {
    options.signal?.throwIfAborted()
    try {
      const mark = markOf(await spool.read(name))
      if (state.sent[name] === mark || state.sent[name] === `!${mark}`) continue
      state.sent[name] = await pushOne(options, name, mark)
      await writeState(data, state)
    } catch (error) {
      // One that another removes meanwhile, or that is damaged, holds up no other.
      if (!(error instanceof SpoolError)) throw error
      told({ bundle: name, what: 'unreadable', why: error.message })
    }
  }
}

/** What is to be written down of it. */
async function pushOne(
  { spool, state, tries, told, signal, via }: PushOptions,
  name: string,
  mark: string,
): Promise<string> {
  try {
    const { what } = await retrying(
      () => sendTo(state.url, state.token, packBundles(spool, [name], [], 'zst'), signal, via),
      tries,
      (error, ms) => told({ bundle: name, what: 'waiting', why: error.message, ms }),
      signal,
    )
    const [answer = 'taken'] = what
    told({ bundle: name, what: answer === 'known' || answer === 'completed' ? answer : 'taken' })
    return mark
  } catch (error) {
    if (!(error instanceof PushError) || error.when !== 'never') throw error
    told({ bundle: name, what: 'refused', why: error.message })
    return `!${mark}`
  }
}
