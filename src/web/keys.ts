// The keyboard: single keys, as in mutt, less and a browser's own find.

export type KeyActions = Partial<Record<string, () => void>>

/** Calls the action of a key unless someone types into a field or holds a modifier. Gives back how to stop. */
export function listenForKeys(actions: KeyActions): () => void {
  const onKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement
    if (typing && event.key !== 'Escape') return
    const action = actions[event.key]
    if (action === undefined) return
    event.preventDefault()
    action()
  }
  document.addEventListener('keydown', onKey)
  return () => document.removeEventListener('keydown', onKey)
}
