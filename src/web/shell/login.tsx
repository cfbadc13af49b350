import { createSignal, Show } from 'solid-js'
import { ApiError } from '../api/client.ts'
import { logInWith } from '../api/session.ts'
import { t } from '../i18n/index.ts'
import { wordsOf } from './failed.tsx'

/** Who asks? */
export function Login() {
  const words = () => t().shell.login
  const [token, setToken] = createSignal('')
  const [working, setWorking] = createSignal(false)
  const [problem, setProblem] = createSignal<string>()

  const submit = async (event: Event): Promise<void> => {
    event.preventDefault()
    setWorking(true)
    setProblem(undefined)
    try {
      await logInWith(token().trim())
    } catch (error) {
      const unknown = error instanceof ApiError && (error.status === 401 || error.status === 403)
      setProblem(unknown ? words().refused : wordsOf(error))
      setWorking(false)
    }
  }
  return (
    <main class="login">
      <form onSubmit={event => void submit(event)}>
        <h1>{words().title}</h1>
        <label for="token">{words().token}</label>
        <input
          id="token"
          type="password"
          autocomplete="off"
          spellcheck={false}
          autofocus
          aria-describedby="token-hint"
          onInput={event => setToken(event.currentTarget.value)}
        />
        <Show when={problem()}>
          {text => (
            <p class="problem" role="alert">
              {text()}
            </p>
          )}
        </Show>
        <button type="submit" class="primary" disabled={working() || token().trim() === ''}>
          {working() ? words().working : words().submit}
        </button>
        <p class="quiet" id="token-hint">
          {words().tokenHint} {words().kept}
        </p>
        <p>
          <a href="/decode">{words().decode}</a>
        </p>
      </form>
    </main>
  )
}
