import { Show } from 'solid-js'
import { messages } from '../messages.ts'
import { saveHtml, saveJson } from '../save.ts'
import type { Session } from '../session.ts'
import { nextTheme, theme } from '../theme.ts'

/** The name of it all, what is being read, and what can be done with it. */
export function Bar(props: { session: Session }) {
  const { bar, work } = messages
  const state = (): string => {
    const { status, entries, name } = props.session
    if (status() === 'working') return work.progress(messages.bytes(props.session.bytes()), entries().length)
    return (status() === 'stopped' ? work.stopped : work.done)(entries().length, name())
  }
  return (
    <header class="bar">
      <a
        class="mark"
        href="/"
        aria-label={messages.name}
        onClick={event => {
          event.preventDefault()
          props.session.clear()
        }}
      >
        <svg viewBox="0 0 32 18" width="32" height="18" aria-hidden="true">
          <path d="M1 5h12l5 9h13" />
          <path class="crack" d="M19 0 12 18" />
        </svg>
        {messages.name}
      </a>
      <Show when={props.session.status() !== 'idle'}>
        <p class="state" role="status">
          {state()}
        </p>
        <Show when={props.session.status() === 'working'}>
          <button type="button" onClick={() => props.session.stop()}>
            {work.stop}
          </button>
        </Show>
        <Show when={props.session.entries().length > 0}>
          <button type="button" class="save" title={bar.jsonTitle} onClick={() => saveJson(props.session.shown())}>
            {bar.json}
          </button>
          <button type="button" class="save" title={bar.htmlTitle} onClick={() => saveHtml(props.session.shown())}>
            {bar.html}
          </button>
        </Show>
        <button type="button" onClick={() => props.session.clear()}>
          {bar.another}
        </button>
      </Show>
      <button
        type="button"
        class="theme"
        aria-label={bar.theme[theme()]}
        title={bar.theme[theme()]}
        onClick={nextTheme}
      >
        <svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true" data-theme-icon={theme()}>
          <circle cx="10" cy="10" r="7.5" />
          <path d="M10 2.5a7.5 7.5 0 0 1 0 15z" />
        </svg>
      </button>
    </header>
  )
}
