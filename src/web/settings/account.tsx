import { createSignal, Match, Switch } from 'solid-js'
import { put } from '../api/client.ts'
import { session } from '../api/session.ts'
import { t } from '../i18n/index.ts'
import { Problem, wordsOf } from '../shell/failed.tsx'
import { say } from '../shell/toasts.tsx'
import { PasswordField } from './pieces.tsx'
import { Sessions } from './sessions.tsx'

/** One's own password, and where one is logged in. */
export default function Account() {
  const words = () => t().settings.account
  const who = () => {
    const now = session()
    return now.state === 'in' ? now : undefined
  }
  return (
    <>
      <p class="quiet">
        <b>{who()?.name}</b> · {t().settings.roles[who()?.role ?? 'viewer']},{' '}
        {t().settings.rolesAbout[who()?.role ?? 'viewer']}
      </p>
      <Switch fallback={<Password name={who()?.name ?? ''} />}>
        <Match when={who()?.owner}>
          <p>{words().owner}</p>
        </Match>
        <Match when={who()?.name.includes('@')}>
          <p>{words().provider}</p>
        </Match>
      </Switch>
      <Sessions all={false} />
    </>
  )
}

function Password(props: { name: string }) {
  const words = () => t().settings.account
  const [current, setCurrent] = createSignal('')
  const [next, setNext] = createSignal('')
  const [again, setAgain] = createSignal('')
  const [problem, setProblem] = createSignal<string>()
  const differ = () => again() !== '' && again() !== next()
  let form: HTMLFormElement | undefined

  const submit = async (event: Event): Promise<void> => {
    event.preventDefault()
    setProblem(undefined)
    try {
      await put('/api/v1/session/password', { current: current(), password: next() })
      say(words().changed)
      form?.reset()
      for (const clear of [setCurrent, setNext, setAgain]) clear('')
    } catch (error) {
      setProblem(wordsOf(error))
    }
  }
  return (
    <section>
      <h2>{words().password}</h2>
      <form class="stack-form narrow" ref={element => (form = element)} onSubmit={event => void submit(event)}>
        <input type="text" autocomplete="username" value={props.name} hidden readOnly />
        <PasswordField id="current" label={words().current} of="current" onInput={setCurrent} />
        <PasswordField id="next" label={words().next} of="new" hint="password-hint" onInput={setNext} />
        <PasswordField id="again" label={words().again} of="new" onInput={setAgain} />
        <p class="quiet" id="password-hint">
          {words().hint}
        </p>
        <Problem text={differ() ? words().differ : problem()} />
        <button type="submit" class="primary" disabled={current() === '' || next() === '' || again() !== next()}>
          {words().change}
        </button>
      </form>
    </section>
  )
}
