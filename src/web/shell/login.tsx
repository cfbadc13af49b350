import { createSignal, Show } from 'solid-js'
import { ApiError } from '../api/client.ts'
import { failed, logIn, session } from '../api/session.ts'
import { t } from '../i18n/index.ts'
import { Problem, wordsOf } from './failed.tsx'

/** Who asks? */
export function Login() {
  const words = () => t().shell.login
  const [name, setName] = createSignal('')
  const [secret, setSecret] = createSignal('')
  const [working, setWorking] = createSignal(false)
  const [problem, setProblem] = createSignal<string>()
  const provider = () => {
    const now = session()
    return now.state === 'out' ? now.ways.provider : undefined
  }
  const refusalOf = (error: unknown): string => {
    if (!(error instanceof ApiError)) return wordsOf(error)
    if (error.status === 401) return words().refused
    return error.status === 429 && error.retryAfterS !== undefined ? words().slowed(error.retryAfterS) : wordsOf(error)
  }
  const why = () => {
    const word = failed()
    if (word === undefined) return undefined
    return word === 'code' || word === 'denied' ? words().failed[word] : words().failed.provider
  }
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault()
    setWorking(true)
    setProblem(undefined)
    const user = name().trim()
    try {
      // The owner has no name: the token alone opens.
      await logIn(user === '' ? { token: secret().trim() } : { name: user, password: secret() })
    } catch (error) {
      setProblem(refusalOf(error))
      setWorking(false)
    }
  }
  return (
    <main class="login">
      <form onSubmit={event => void submit(event)}>
        <h1>{words().title}</h1>
        <Show when={provider()}>
          {way => (
            <a class="button primary" href={way().url} target="_self">
              {words().with(way().label)}
            </a>
          )}
        </Show>
        <label for="name">{words().name}</label>
        <input
          id="name"
          autocomplete="username"
          spellcheck={false}
          autocapitalize="none"
          aria-describedby="login-hint"
          onInput={event => setName(event.currentTarget.value)}
        />
        <label for="secret">{name().trim() === '' ? words().token : words().password}</label>
        <input
          id="secret"
          type="password"
          autocomplete="current-password"
          onInput={event => setSecret(event.currentTarget.value)}
        />
        <Problem text={problem() ?? why()} />
        <button type="submit" class="primary" disabled={working() || secret().trim() === ''}>
          {working() ? words().working : words().submit}
        </button>
        <p class="quiet" id="login-hint">
          {words().hint}
        </p>
        <p>
          <a href="/decode">{words().decode}</a>
        </p>
      </form>
    </main>
  )
}
