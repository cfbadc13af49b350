import { createSignal, For } from 'solid-js'
import { useData } from '../api/data.ts'
import { t } from '../i18n/index.ts'
import { Dialog } from '../shell/dialog.tsx'

/** In which release? */
export function FixedDialog(props: {
  release: string | undefined
  onFixed: (release: string) => void
  onClose: () => void
}) {
  const words = () => t().issue.fixed
  const [release, setRelease] = createSignal(props.release ?? '')
  const known = useData<{ values: string[] }>(() => ({ path: '/api/v1/values', query: { of: 'release' } }))
  const submit = (event: Event): void => {
    event.preventDefault()
    if (release().trim() !== '') props.onFixed(release().trim())
  }
  return (
    <Dialog title={words().title} onClose={props.onClose}>
      <form onSubmit={submit} class="stack-form">
        <label for="fixed-in">{words().release}</label>
        <input
          id="fixed-in"
          list="releases"
          autofocus
          autocomplete="off"
          spellcheck={false}
          placeholder="6.1.90"
          value={release()}
          onInput={event => setRelease(event.currentTarget.value)}
        />
        <datalist id="releases">
          <For each={known.value()?.values ?? []}>{value => <option value={value} />}</For>
        </datalist>
        <p class="quiet">{words().hint}</p>
        <button type="submit" class="primary" disabled={release().trim() === ''}>
          {words().submit}
        </button>
      </form>
    </Dialog>
  )
}
