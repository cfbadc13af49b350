import { createSignal } from 'solid-js'
import type { ReportRow } from '../api/types.ts'
import { t } from '../i18n/index.ts'
import { Dialog } from '../shell/dialog.tsx'
import type { Chosen } from './actions.ts'

/** These reports alone, or all that look like them? */
export function ChooseDialog(props: {
  reports: readonly ReportRow[]
  onChoose: (chosen: Chosen) => void
  onClose: () => void
}) {
  const words = () => t().issue.split
  const [follow, setFollow] = createSignal(true)
  const fingerprints = () => [...new Set(props.reports.map(({ fingerprint }) => fingerprint))]
  const submit = (event: Event): void => {
    event.preventDefault()
    props.onChoose(follow() ? { fingerprints: fingerprints() } : { reports: props.reports.map(({ id }) => id) })
  }
  return (
    <Dialog title={words().title} onClose={props.onClose}>
      <form onSubmit={submit} class="stack-form">
        <label class="check">
          <input type="radio" name="what" checked={follow()} onChange={() => setFollow(true)} />
          {words().follow(fingerprints().length)}
        </label>
        <label class="check">
          <input type="radio" name="what" checked={!follow()} onChange={() => setFollow(false)} />
          {words().only(props.reports.length)}
        </label>
        <button type="submit" class="primary">
          {words().submit}
        </button>
      </form>
    </Dialog>
  )
}
