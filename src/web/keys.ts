// The keyboard: single keys and pairs ("g i"), as in mutt, less and vi. Pages say which they have; `?` lists them.

import { createSignal, onCleanup } from 'solid-js'

export interface KeyBinding {
  /** KeyboardEvent.key, or two with a space between: one after the other */
  key: string
  /** for the list; without it, it is not listed */
  what?: () => string
  run: () => void
}

interface Group {
  everywhere: boolean
  bindings: readonly KeyBinding[]
}

const [groups, setGroups] = createSignal<readonly Group[]>([])

/** What is bound now, of the page before what is everywhere. */
export const boundKeys = (everywhere: boolean): KeyBinding[] =>
  groups().flatMap(group => (group.everywhere === everywhere ? group.bindings : []))

/** Binds keys as long as the component that calls it is shown. */
export function useKeys(bindings: readonly KeyBinding[], everywhere = false): void {
  const group = { everywhere, bindings }
  setGroups(before => [...before, group])
  onCleanup(() => setGroups(before => before.filter(each => each !== group)))
}

/** The second key of a pair comes within this time. */
const pairMs = 1200

const typing = (target: EventTarget | null): boolean =>
  target instanceof HTMLInputElement
    ? !['checkbox', 'radio', 'button'].includes(target.type)
    : target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement

/** Calls what is bound to a key unless someone types into a field or holds a modifier. Gives back how to stop. */
export function listenForKeys(): () => void {
  let first = ''
  let firstAt = 0
  const find = (key: string): KeyBinding | undefined =>
    groups()
      .toReversed()
      .flatMap(group => group.bindings)
      .find(binding => binding.key === key)
  const onKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
    if (typing(event.target) && event.key !== 'Escape') return
    // A dialog has the browser's keys: Tab, Enter, Escape.
    if (document.querySelector('dialog[open]') !== null) return
    const pair = event.timeStamp - firstAt < pairMs ? find(`${first} ${event.key}`) : undefined
    const binding = pair ?? find(event.key)
    first = event.key
    firstAt = pair === undefined ? event.timeStamp : 0
    if (binding === undefined) return
    event.preventDefault()
    binding.run()
  }
  document.addEventListener('keydown', onKey)
  return () => document.removeEventListener('keydown', onKey)
}
