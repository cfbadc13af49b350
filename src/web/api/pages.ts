// A list that comes in pages, each asked for when the one before is nearly read.

import { createEffect, createSignal, onCleanup } from 'solid-js'
import { get, type Query } from './client.ts'

export interface Pages<Item> {
  items: () => readonly Item[]
  /** as the first page said */
  count: () => number | undefined
  loading: () => boolean
  error: () => unknown
  /** there are more behind the last */
  more: () => boolean
  loadMore: () => void
  again: () => void
  change: (to: (before: readonly Item[]) => readonly Item[]) => void
}

interface Answer {
  next?: string | undefined
  count?: number | undefined
}

/** `source`: read in a tracking scope; another begins anew. `itemsOf`: where in an answer they are. */
export function usePages<Item, Page extends Answer>(
  source: () => { path: string; query: Query } | undefined,
  itemsOf: (page: Page) => readonly Item[],
): Pages<Item> {
  const [items, setItems] = createSignal<readonly Item[]>([])
  const [count, setCount] = createSignal<number>()
  const [next, setNext] = createSignal<string>()
  const [loading, setLoading] = createSignal(true)
  const [error, setError] = createSignal<unknown>()
  const [turn, setTurn] = createSignal(0)
  let ending = new AbortController()

  async function load(asked: { path: string; query: Query }, after: string | undefined): Promise<void> {
    const mine = ending
    setLoading(true)
    try {
      const query = { ...asked.query, ...(after === undefined ? {} : { after, count: undefined }) }
      const page = await get<Page>(asked.path, query, mine.signal)
      setError(undefined)
      setItems(before => (after === undefined ? itemsOf(page) : [...before, ...itemsOf(page)]))
      if (after === undefined) setCount(page.count)
      setNext(page.next)
      setLoading(false)
    } catch (problem) {
      if (mine.signal.aborted) return
      setError(() => problem)
      setLoading(false)
    }
  }
  createEffect(() => {
    turn()
    const asked = source()
    ending.abort()
    ending = new AbortController()
    if (asked !== undefined) void load(asked, undefined)
  })
  onCleanup(() => ending.abort())
  return {
    items,
    count,
    loading,
    error,
    more: () => next() !== undefined,
    loadMore: () => {
      const asked = source()
      const after = next()
      if (asked !== undefined && after !== undefined && !loading()) void load(asked, after)
    },
    again: () => setTurn(before => before + 1),
    change: to => setItems(before => to(before)),
  }
}
