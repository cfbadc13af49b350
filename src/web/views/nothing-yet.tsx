import { createSignal, Show } from 'solid-js'
import { request } from '../api/client.ts'
import { may } from '../api/session.ts'
import { t } from '../i18n/index.ts'
import { wordsOf } from '../shell/failed.tsx'
import { say } from '../shell/toasts.tsx'
import { FileButton } from './file-button.tsx'

/** A server without any report: how the first gets there. */
export function NothingYet() {
  const words = () => t().overview.none
  const [working, setWorking] = createSignal(false)
  const send = async (files: Iterable<File>): Promise<void> => {
    setWorking(true)
    try {
      let reports = 0
      for (const file of files) {
        const answer = await request('POST', '/api/v1/logs', new Blob([file], { type: 'application/octet-stream' }))
        reports += ((await answer.json()) as { reports: unknown[] }).reports.length
      }
      say(words().sent(reports))
    } catch (error) {
      say(wordsOf(error), { tone: 'problem' })
    } finally {
      setWorking(false)
    }
  }
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
          <FileButton class="primary" label={words().paste} disabled={working()} onFiles={send} />{' '}
          <a href="/decode">{words().decode}</a>
        </p>
      </Show>
    </main>
  )
}
