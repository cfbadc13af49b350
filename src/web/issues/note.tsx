import { createSignal, Show } from 'solid-js'
import { visibleLines } from '../../core/render/safe.ts'
import { may } from '../api/session.ts'
import { t } from '../i18n/index.ts'

/** What people want to tell each other of an issue. */
export function Note(props: { note: string | undefined; onSave: (note: string) => void }) {
  const [editing, setEditing] = createSignal(false)
  let field: HTMLTextAreaElement | undefined
  return (
    <Show
      when={editing()}
      fallback={
        <Show when={props.note !== undefined || may('triager')}>
          <div class="note-box">
            <Show when={props.note}>{note => <p class="note-text">{visibleLines(note())}</p>}</Show>
            <Show when={may('triager')}>
              <button type="button" class="line" onClick={() => setEditing(true)}>
                {props.note === undefined ? t().issue.noteAdd : t().issue.note}…
              </button>
            </Show>
          </div>
        </Show>
      }
    >
      <form
        class="note-box"
        onSubmit={event => {
          event.preventDefault()
          setEditing(false)
          props.onSave(field?.value ?? '')
        }}
      >
        <textarea
          ref={element => {
            field = element
            queueMicrotask(() => element.focus())
          }}
          aria-label={t().issue.note}
          rows="4"
          maxlength="10000"
        >
          {props.note ?? ''}
        </textarea>
        <button type="submit" class="primary">
          {t().issue.noteSave}
        </button>{' '}
        <button type="button" onClick={() => setEditing(false)}>
          {t().shell.cancel}
        </button>
      </form>
    </Show>
  )
}
