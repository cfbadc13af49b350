// Data of a page: fetched when it is shown, again when what it depends on changes, never an old answer over a newer one.

import { createEffect, createSignal, onCleanup } from 'solid-js'
import { get, type Query } from './client.ts'

export interface Data<T> {
  /** the latest answer, also while a newer one is on its way */
  value: () => T | undefined
  loading: () => boolean
  error: () => unknown
  again: () => void
  /** until the server is asked again */
  change: (to: (before: T) => T) => void
}

/** `source`: path and query, read in a tracking scope; undefined: nothing is asked. `keep`: what was there stays meanwhile. */
export function useData<T>(source: () => { path: string; query?: Query } | undefined, keep = false): Data<T> {
  const [value, setValue] = createSignal<T>()
  const [loading, setLoading] = createSignal(true)
  const [error, setError] = createSignal<unknown>()
  const [turn, setTurn] = createSignal(0)
  let path = ''
  createEffect(() => {
    turn()
    const asked = source()
    if (asked === undefined) return
    const ending = new AbortController()
    onCleanup(() => ending.abort())
    if (asked.path !== path && !keep) setValue(undefined)
    path = asked.path
    setLoading(true)
    get<T>(asked.path, asked.query, ending.signal).then(
      answer => {
        setError(undefined)
        setValue(() => answer)
        setLoading(false)
      },
      (problem: unknown) => {
        if (ending.signal.aborted) return
        setError(() => problem)
        setLoading(false)
      },
    )
  })
  return {
    value,
    loading,
    error,
    again: () => setTurn(before => before + 1),
    change: to => setValue(before => (before === undefined ? before : to(before as T))),
  }
}

/** The present, which moves on, for "3 min ago". */
const [now, setNow] = createSignal(Date.now())
setInterval(() => setNow(Date.now()), 15_000)

export { now }

/** Longer than the server gives the same answer again (src/server/api/overview.ts). */
const soonMs = 600

/** Calls `run` soon, once for many calls, and not more often than each `everyMs`. */
export function useSparingly(run: () => void, everyMs: number): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  let ranAt = 0
  onCleanup(() => clearTimeout(timer))
  return () => {
    if (timer !== undefined) return
    const wait = Math.max(soonMs, ranAt + everyMs - Date.now())
    timer = setTimeout(() => {
      timer = undefined
      ranAt = Date.now()
      run()
    }, wait)
  }
}
