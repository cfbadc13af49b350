// What the parts of the settings have in common.

import { createSignal, For, type JSX, Match, Show, Switch } from 'solid-js'
import type { Data } from '../api/data.ts'
import { type Role, roles } from '../api/session.ts'
import { t } from '../i18n/index.ts'
import { copy } from '../shell/clipboard.ts'
import { Dialog } from '../shell/dialog.tsx'
import { Failed, Problem, wordsOf } from '../shell/failed.tsx'
import { say } from '../shell/toasts.tsx'

/** Does it, says what was done, or why not; gives whether it was. */
export async function doing(work: () => Promise<unknown>, done: string): Promise<boolean> {
  try {
    await work()
    say(done)
    return true
  } catch (error) {
    say(wordsOf(error), { tone: 'problem' })
    return false
  }
}

/** What cannot be taken back is asked once more, in its place. */
export function SureButton(props: { label: string; about: string; onSure: () => void }) {
  const [asked, setAsked] = createSignal(false)
  return (
    <Show
      when={asked()}
      fallback={
        <button type="button" aria-label={`${props.label}: ${props.about}`} onClick={() => setAsked(true)}>
          {props.label}
        </button>
      }
    >
      <span class="sure">
        {t().settings.sure}
        <button
          type="button"
          class="primary"
          ref={button => queueMicrotask(() => button.focus())}
          onClick={() => {
            setAsked(false)
            props.onSure()
          }}
        >
          {props.label}
        </button>
        <button type="button" class="plain" onClick={() => setAsked(false)}>
          {t().settings.no}
        </button>
      </span>
    </Show>
  )
}

/** A secret that nobody sees again. */
export function SecretOnce(props: { title: string; secret: string; onClose: () => void; children?: JSX.Element }) {
  return (
    <Dialog title={props.title} onClose={props.onClose}>
      <p>{t().settings.once}</p>
      <p class="secret">
        <code>{props.secret}</code>
        <button type="button" onClick={() => void copy(props.secret)}>
          {t().settings.copy}
        </button>
      </p>
      {props.children}
      <button type="button" class="primary" onClick={() => props.onClose()}>
        {t().settings.done}
      </button>
    </Dialog>
  )
}

/** A form in a window over the page; what the server refuses is said in it. */
export function FormDialog(props: {
  title: string
  submit: string
  ready: boolean
  onSubmit: () => Promise<unknown>
  onClose: () => void
  children: JSX.Element
}) {
  const [working, setWorking] = createSignal(false)
  const [problem, setProblem] = createSignal<string>()
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault()
    setWorking(true)
    setProblem(undefined)
    try {
      await props.onSubmit()
    } catch (error) {
      setProblem(wordsOf(error))
    }
    setWorking(false)
  }
  return (
    <Dialog title={props.title} onClose={props.onClose}>
      <form class="stack-form" onSubmit={event => void submit(event)}>
        {props.children}
        <Problem text={problem()} />
        <button type="submit" class="primary" disabled={working() || !props.ready}>
          {props.submit}
        </button>
      </form>
    </Dialog>
  )
}

/** What the form of something new is told. */
export interface Made {
  onClose: () => void
  onMade: () => void
}

/** A button, and the form in a window that it opens. */
export function Adding(props: { label: string; onMade: () => void; children: (made: Made) => JSX.Element }) {
  const [open, setOpen] = createSignal(false)
  const made: Made = {
    onClose: () => setOpen(false),
    onMade: () => {
      setOpen(false)
      props.onMade()
    },
  }
  return (
    <>
      <button type="button" class="primary" onClick={() => setOpen(true)}>
        {props.label}
      </button>
      <Show when={open()}>{props.children(made)}</Show>
    </>
  )
}

/** `hint`: the id of what says how it must be. */
export function PasswordField(props: {
  id: string
  label: string
  of: 'current' | 'new'
  hint?: string
  onInput: (text: string) => void
}) {
  return (
    <>
      <label for={props.id}>{props.label}</label>
      <input
        id={props.id}
        type="password"
        autocomplete={`${props.of}-password`}
        aria-describedby={props.hint}
        onInput={event => props.onInput(event.currentTarget.value)}
      />
    </>
  )
}

export function RoleChoice(props: { id: string; role: Role; upTo: Role; onChoose: (role: Role) => void }) {
  return (
    <>
      <label for={props.id}>{t().settings.role}</label>
      <select id={props.id} onChange={event => props.onChoose(event.currentTarget.value as Role)}>
        <For each={roles.slice(0, roles.indexOf(props.upTo) + 1)}>
          {role => (
            <option value={role} selected={role === props.role}>
              {t().settings.roles[role]}
            </option>
          )}
        </For>
      </select>
      <p class="quiet">{t().settings.rolesAbout[props.role]}</p>
    </>
  )
}

/** While it comes, when it does not, and when it is there. */
export function Loaded<T>(props: { data: Data<T>; children: (value: () => T) => JSX.Element }) {
  return (
    <Switch fallback={<p class="loading">{t().shell.loading}</p>}>
      <Match when={props.data.error() !== undefined && props.data.value() === undefined}>
        <Failed error={props.data.error()} onAgain={props.data.again} />
      </Match>
      <Match when={props.data.value() as T & object}>{value => props.children(value)}</Match>
    </Switch>
  )
}

/** A table that can be scrolled sideways on a narrow screen, a row of each; `none` is said where there is none. */
export function Table<Item>(props: {
  label: string
  heads: readonly string[]
  rows: readonly Item[]
  none?: string
  children: (row: Item) => JSX.Element
}) {
  return (
    <Show when={props.rows.length > 0} fallback={props.none === undefined ? null : <p>{props.none}</p>}>
      <div class="scroll">
        <table aria-label={props.label}>
          <thead>
            <tr>
              <For each={props.heads}>{head => <th scope="col">{head}</th>}</For>
            </tr>
          </thead>
          <tbody>
            <For each={props.rows}>{row => props.children(row)}</For>
          </tbody>
        </table>
      </div>
    </Show>
  )
}
