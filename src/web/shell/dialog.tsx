import { type JSX, onMount } from 'solid-js'
import { t } from '../i18n/index.ts'

/** A window over the page, the browser's own: it holds the focus and Escape closes it. */
export function Dialog(props: { title: string; onClose: () => void; children: JSX.Element }) {
  let dialog: HTMLDialogElement | undefined
  onMount(() => {
    // A click beside it closes it: HTML Standard, "closedby".
    dialog?.setAttribute('closedby', 'any')
    dialog?.showModal()
  })
  return (
    <dialog ref={element => (dialog = element)} aria-label={props.title} onClose={() => props.onClose()}>
      <div class="sheet">
        <header>
          <h2>{props.title}</h2>
          <button type="button" class="plain" aria-label={t().shell.close} onClick={() => dialog?.close()}>
            ×
          </button>
        </header>
        {props.children}
      </div>
    </dialog>
  )
}
