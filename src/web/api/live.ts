// What happens on the server, as it happens: one EventSource for the whole app, as long as somebody is logged in.

import { createEffect, createSignal, onCleanup } from 'solid-js'
import { session } from './session.ts'
import type { Host, Issue, ReportRow } from './types.ts'

export interface LiveEvents {
  report: ReportRow
  issue: Issue
  host: Host
  /** more happened than can be told: look at everything anew */
  reset: undefined
}

type Name = keyof LiveEvents
export type LiveHandlers = { [Event in Name]?: (data: LiveEvents[Event]) => void }

const names: readonly Name[] = ['report', 'issue', 'host', 'reset']
const listeners = new Set<LiveHandlers>()
const [connected, setConnected] = createSignal(false)

export { connected }

/** Hears events as long as the component that calls it is shown. */
export function onLive(handlers: LiveHandlers): void {
  listeners.add(handlers)
  onCleanup(() => listeners.delete(handlers))
}

function tell<Event extends Name>(name: Event, data: LiveEvents[Event]): void {
  for (const handlers of listeners) handlers[name]?.(data)
}

/** Where a browser gives up after an answer that is no stream, such as one of a proxy, it is tried again after this, ms. */
const againMs = 5000

/** Called once, by the app. */
export function keepLive(): void {
  createEffect(() => {
    if (session().state !== 'in') return
    let source: EventSource | undefined
    let timer: ReturnType<typeof setTimeout> | undefined
    let last = ''
    const open = (): void => {
      source = new EventSource(`/api/v1/live${last === '' ? '' : `?after=${encodeURIComponent(last)}`}`)
      source.addEventListener('open', () => {
        setConnected(true)
        // What came between a page's first look and now was told to nobody.
        if (last === '') tell('reset', undefined)
      })
      source.addEventListener('error', () => {
        setConnected(false)
        if (source?.readyState !== EventSource.CLOSED) return
        timer = setTimeout(open, againMs)
      })
      for (const name of names) {
        source.addEventListener(name, event => {
          if (event.lastEventId !== '') last = event.lastEventId
          tell(name, event.data === '' ? undefined : JSON.parse(event.data))
        })
      }
    }
    open()
    onCleanup(() => {
      clearTimeout(timer)
      source?.close()
      setConnected(false)
    })
  })
}
