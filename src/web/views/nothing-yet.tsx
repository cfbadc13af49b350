import { Show } from 'solid-js'
import { may } from '../api/session.ts'
import { t } from '../i18n/index.ts'
import { HandIn } from './hand-in.tsx'

/** A server without any report: how the first gets there. */
export function NothingYet() {
  const words = () => t().overview.none
  return (
    <main class="empty">
      <h1>{words().title}</h1>
      <p>{words().text}</p>
      <p>
        {words().send}
        <br />
        <code class="command">faultline bundles push {location.origin}/ --code …</code>
      </p>
      <Show when={may('triager')}>
        <p>
          <HandIn class="primary" label={words().paste} /> <a href="/decode">{words().decode}</a>
        </p>
      </Show>
    </main>
  )
}
