import { createSignal, For, Show } from 'solid-js'

interface Toast {
  text: string
  tone: 'done' | 'problem'
  action?: { label: string; run: () => void }
}

/** How long one stands, ms; one with something to do longer. */
const standsMs = 4000
const actionMs = 10_000

const [toasts, setToasts] = createSignal<readonly Toast[]>([])

/** Says for a moment what was done, or that it was not. */
export function say(text: string, options: { tone?: Toast['tone']; action?: Toast['action'] } = {}): void {
  const { tone = 'done', action } = options
  const toast: Toast = { text, tone, ...(action === undefined ? {} : { action }) }
  setToasts(before => [...before.slice(-2), toast])
  setTimeout(() => drop(toast), action === undefined && tone === 'done' ? standsMs : actionMs)
}

const drop = (toast: Toast): void => {
  setToasts(before => before.filter(each => each !== toast))
}

export function Toasts() {
  return (
    <div class="toasts" role="status">
      <For each={toasts()}>
        {toast => (
          <div class="toast" data-tone={toast.tone}>
            <span>{toast.text}</span>
            <Show when={toast.action}>
              {action => (
                <button
                  type="button"
                  onClick={() => {
                    drop(toast)
                    action().run()
                  }}
                >
                  {action().label}
                </button>
              )}
            </Show>
          </div>
        )}
      </For>
    </div>
  )
}
