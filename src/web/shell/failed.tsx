import { Show } from 'solid-js'
import { t } from '../i18n/index.ts'
import { said } from '../i18n/said.ts'

/** What went wrong, in the reader's language where it is known there. */
export const wordsOf = (error: unknown): string => said(error instanceof Error ? error.message : String(error))

/** Of a form, where it stands. */
export function Problem(props: { text: string | undefined }) {
  return (
    <Show when={props.text}>
      {text => (
        <p class="problem" role="alert">
          {text()}
        </p>
      )}
    </Show>
  )
}

/** What went wrong, in the server's words or ours, and a way on. */
export function Failed(props: { error: unknown; onAgain: () => void }) {
  return (
    <main class="empty" role="alert">
      <h1>{t().shell.failed.title}</h1>
      <p>{wordsOf(props.error)}</p>
      <button type="button" class="primary" onClick={() => props.onAgain()}>
        {t().shell.failed.again}
      </button>
    </main>
  )
}
