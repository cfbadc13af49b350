// Sends what a spool has and the server has not yet: bundle by bundle, the oldest first, each until it is acknowledged.

import { createHash } from 'node:crypto'
import { hostname } from 'node:os'
import { packBundles } from '../bundles/pack.ts'
import { SpoolError } from '../bundles/problem.ts'
import type { Bundle } from '../bundles/read.ts'
import type { Spool } from '../bundles/spool.ts'
import { PushError, retrying, sendRest, sendTo, type Via } from './server.ts'
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
      const bundle = await spool.read(name)
      const mark = markOf(bundle)
      if (state.sent[name] === mark || state.sent[name] === `!${mark}`) continue
      const bytes = bundle.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
      state.sent[name] = await pushOne(options, { name, mark, bytes })
      await writeState(data, state)
    } catch (error) {
      // One that another removes meanwhile, or that is damaged, holds up no other.
      if (!(error instanceof SpoolError)) throw error
      told({ bundle: name, what: 'unreadable', why: error.message })
    }
  }
}

/** Larger ones go on where they were cut; for others the question costs more than it saves. */
const LARGE_BYTES = 1024 * 1024

/** What is to be written down of it. */
async function pushOne(
  { spool, state, tries, told, signal, via }: PushOptions,
  { name, mark, bytes }: { name: string; mark: string; bytes: number },
): Promise<string> {
  const self = hostname()
  const server = { url: state.url, token: state.token, signal, via, ...(self === state.host ? {} : { self }) }
  const archive = () => packBundles(spool, [name], [], 'zst')
  const key = createHash('sha256').update(`${name}\0${mark}`).digest('hex').slice(0, 32)
  try {
    const { what } = await retrying(
      () => (bytes < LARGE_BYTES ? sendTo(server, archive()) : sendRest(server, key, archive)),
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
