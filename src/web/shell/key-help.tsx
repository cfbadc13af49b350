import { createSignal, For, Show } from 'solid-js'
import { t } from '../i18n/index.ts'
import { boundKeys, type KeyBinding } from '../keys.ts'
import { Dialog } from './dialog.tsx'

const [shown, setShown] = createSignal(false)

export const showKeys = (): void => {
  setShown(true)
}

/** Which keys there are, here and everywhere. */
export function KeyHelp() {
  const words = () => t().shell.keys
  return (
    <Show when={shown()}>
      <Dialog title={words().title} onClose={() => setShown(false)}>
        <KeyTable title={words().here} keys={boundKeys(false)} />
        <KeyTable title={words().everywhere} keys={boundKeys(true)} />
      </Dialog>
    </Show>
  )
}

function KeyTable(props: { title: string; keys: readonly KeyBinding[] }) {
  const listed = () => props.keys.filter(({ what }) => what !== undefined)
  return (
    <Show when={listed().length > 0}>
      <h3>{props.title}</h3>
      <dl class="key-table">
        <For each={listed()}>
          {({ key, what }) => (
            <div>
              <dt>
                <For each={key.split(' ')}>{each => <kbd>{each === 'Escape' ? 'Esc' : each}</kbd>}</For>
              </dt>
              <dd>{what?.()}</dd>
            </div>
          )}
        </For>
      </dl>
    </Show>
  )
}
