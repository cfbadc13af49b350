import { createSignal, Show } from 'solid-js'
import { t } from '../i18n/index.ts'
import { FileButton } from '../views/file-button.tsx'
import type { Session } from './session.ts'
import { SymbolFiles } from './symbol-files.tsx'

/** Where a log goes in: pasted, dropped, opened, or the sample. */
export function Intake(props: {
  session: Session
  onText: (text: string) => void
  onFiles: (files: Iterable<File>) => unknown
  onSample: () => void
}) {
  const intake = () => t().decode.intake
  const [text, setText] = createSignal('')

  const submit = (event: Event): void => {
    event.preventDefault()
    if (text().trim() !== '') props.onText(text())
  }
  const submitByKey = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) submit(event)
  }
  return (
    <main class="intake">
      <form onSubmit={submit}>
        <h1>{intake().heading}</h1>
        <p class="lead">{intake().lead}</p>
        <label class="unseen" for="log">
          {intake().paste}
        </label>
        <textarea
          id="log"
          placeholder={intake().placeholder}
          spellcheck={false}
          autocomplete="off"
          wrap="off"
          autofocus
          onInput={event => setText(event.currentTarget.value)}
          onKeyDown={submitByKey}
        />
        <div class="actions">
          <button type="submit" class="primary" disabled={text().trim() === ''}>
            {intake().decode}
          </button>
          <FileButton label={intake().open} onFiles={props.onFiles} />
          <button type="button" onClick={() => props.onSample()}>
            {intake().sample}
          </button>
          <p class="quiet">{intake().formats}</p>
        </div>
        <Show when={props.session.symbols().length > 0} fallback={<p class="quiet">{t().decode.symbols.hint}</p>}>
          <SymbolFiles session={props.session} />
        </Show>
        <p class="quiet privacy">{intake().privacy}</p>
      </form>
    </main>
  )
}
