import { createSignal, Show } from 'solid-js'
import { may } from '../api/session.ts'
import { t } from '../i18n/index.ts'
import { saveHtml, saveJson } from '../report/save.ts'
import { handIn } from '../views/hand-in.tsx'
import type { Session } from './session.ts'

/** What is being read, and what can be done with it. */
export function DecodeBar(props: { session: Session }) {
  const bar = () => t().decode.bar
  const work = () => t().decode.work
  const [keeping, setKeeping] = createSignal(false)
  const keep = async (): Promise<void> => {
    setKeeping(true)
    await handIn(props.session.logs())
    setKeeping(false)
  }
  const state = (): string => {
    const { status, entries, name } = props.session
    if (status() === 'working') return work().progress(t().bytes(props.session.bytes()), entries().length)
    return (status() === 'stopped' ? work().stopped : work().done)(entries().length, name())
  }
  return (
    <header class="desk-bar">
      <Show when={props.session.status() !== 'idle'}>
        <p class="state" role="status">
          {state()}
        </p>
        <Show when={props.session.status() === 'working'}>
          <button type="button" onClick={() => props.session.stop()}>
            {work().stop}
          </button>
        </Show>
        <Show when={props.session.entries().length > 0}>
          <button type="button" class="save" title={bar().jsonTitle} onClick={() => saveJson(props.session.shown())}>
            {bar().json}
          </button>
          <button type="button" class="save" title={bar().htmlTitle} onClick={() => saveHtml(props.session.shown())}>
            {bar().html}
          </button>
          <Show when={props.session.status() === 'done' && may('triager')}>
            <button type="button" onClick={() => void keep()} disabled={keeping()}>
              {t().handIn.keep}
            </button>
          </Show>
        </Show>
        <button type="button" onClick={() => props.session.clear()}>
          {bar().another}
        </button>
      </Show>
    </header>
  )
}
