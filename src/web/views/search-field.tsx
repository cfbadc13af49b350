import { onCleanup } from 'solid-js'

/** Someone who types is not interrupted by each letter's answer. */
const typingMs = 200

/** Tells what was typed, without blanks around it, when the typing rests. */
export function SearchField(props: {
  label: string
  hint?: string
  value: string
  ref?: (element: HTMLInputElement) => void
  onSearch: (text: string) => void
}) {
  let timer: ReturnType<typeof setTimeout> | undefined
  onCleanup(() => clearTimeout(timer))
  const type = (text: string): void => {
    clearTimeout(timer)
    timer = setTimeout(() => props.onSearch(text.trim()), typingMs)
  }
  return (
    <input
      ref={element => props.ref?.(element)}
      type="search"
      aria-label={props.label}
      placeholder={props.hint ?? props.label}
      autocomplete="off"
      spellcheck={false}
      value={props.value}
      onInput={event => type(event.currentTarget.value)}
    />
  )
}
