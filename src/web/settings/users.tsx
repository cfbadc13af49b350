import { createSignal, For, Show } from 'solid-js'
import { visible } from '../../core/render/safe.ts'
import { post, put, remove } from '../api/client.ts'
import { useData } from '../api/data.ts'
import { type Role, roles } from '../api/session.ts'
import { t } from '../i18n/index.ts'
import { say } from '../shell/toasts.tsx'
import { Ago } from '../views/ago.tsx'
import {
  Adding,
  doing,
  FormDialog,
  Loaded,
  type Made,
  PasswordField,
  RoleChoice,
  SureButton,
  Table,
} from './pieces.tsx'
import { Sessions } from './sessions.tsx'
import type { User } from './types.ts'

/** Who may log in, as what, and who is. */
export default function Users() {
  const words = () => t().settings.users
  const data = useData<{ users: User[] }>(() => ({ path: '/api/v1/users' }), true)
  const [changing, setChanging] = createSignal<User>()
  const setRole = async ({ id, name }: User, role: Role): Promise<void> => {
    await doing(() => put(`/api/v1/users/${id}/role`, { role }), words().roleSet(name, t().settings.roles[role]))
    data.again()
  }
  const removeUser = async ({ id, name }: User): Promise<void> => {
    if (await doing(() => remove(`/api/v1/users/${id}`), words().removed(name))) data.again()
  }
  const heads = () => [t().settings.name, t().settings.role, words().by, words().lastLogin, '']
  return (
    <>
      <p class="quiet">{words().about}</p>
      <Adding label={words().add} onMade={data.again}>
        {made => <NewUser {...made} />}
      </Adding>
      <Loaded data={data}>
        {value => (
          <Table label={t().settings.parts.users} heads={heads()} rows={value().users} none={words().none}>
            {user => (
              <tr>
                <td>{visible(user.name)}</td>
                <td>
                  <RoleOf user={user} onChoose={role => void setRole(user, role)} />
                </td>
                <td>{words().byWhat[user.by]}</td>
                <td>{user.lastLogin === undefined ? t().settings.never : <Ago at={user.lastLogin} />}</td>
                <td class="do">
                  <Show when={user.by === 'password'}>
                    <button
                      type="button"
                      aria-label={`${words().setPassword}: ${user.name}`}
                      onClick={() => setChanging(user)}
                    >
                      {words().setPassword}
                    </button>
                  </Show>
                  <SureButton label={words().remove} about={visible(user.name)} onSure={() => void removeUser(user)} />
                </td>
              </tr>
            )}
          </Table>
        )}
      </Loaded>
      <Sessions all={true} />
      <Show when={changing()}>{user => <NewPassword user={user()} onClose={() => setChanging(undefined)} />}</Show>
    </>
  )
}

/** A provider's users have the role that it says. */
function RoleOf(props: { user: User; onChoose: (role: Role) => void }) {
  return (
    <Show when={props.user.by === 'password'} fallback={t().settings.roles[props.user.role]}>
      <select
        aria-label={t().settings.users.roleOf(props.user.name)}
        onChange={event => props.onChoose(event.currentTarget.value as Role)}
      >
        <For each={roles}>
          {role => (
            <option value={role} selected={role === props.user.role}>
              {t().settings.roles[role]}
            </option>
          )}
        </For>
      </select>
    </Show>
  )
}

function NewUser(props: Made) {
  const words = () => t().settings.users
  const [name, setName] = createSignal('')
  const [role, setRole] = createSignal<Role>('viewer')
  const [password, setPassword] = createSignal('')
  const submit = async (): Promise<void> => {
    await post('/api/v1/users', { name: name().trim(), password: password(), role: role() })
    say(words().added(name().trim()))
    props.onMade()
  }
  return (
    <FormDialog
      title={words().add}
      submit={words().add}
      ready={name().trim() !== '' && password() !== ''}
      onSubmit={submit}
      onClose={props.onClose}
    >
      <label for="user-name">{t().settings.name}</label>
      <input
        id="user-name"
        autofocus
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        placeholder={words().nameHint}
        onInput={event => setName(event.currentTarget.value)}
      />
      <RoleChoice id="user-role" role={role()} upTo="admin" onChoose={setRole} />
      <UserPassword onInput={setPassword} />
    </FormDialog>
  )
}

function UserPassword(props: { onInput: (text: string) => void }) {
  const words = () => t().settings.users
  return (
    <>
      <PasswordField
        id="user-password"
        label={words().password}
        of="new"
        hint="user-password-hint"
        onInput={props.onInput}
      />
      <p class="quiet" id="user-password-hint">
        {words().passwordHint}
      </p>
    </>
  )
}

function NewPassword(props: { user: User; onClose: () => void }) {
  const words = () => t().settings.users
  const [password, setPassword] = createSignal('')
  const submit = async (): Promise<void> => {
    await put(`/api/v1/users/${props.user.id}/password`, { password: password() })
    say(words().passwordSet(props.user.name))
    props.onClose()
  }
  return (
    <FormDialog
      title={`${words().setPassword}: ${visible(props.user.name)}`}
      submit={words().setPassword}
      ready={password() !== ''}
      onSubmit={submit}
      onClose={props.onClose}
    >
      <UserPassword onInput={setPassword} />
    </FormDialog>
  )
}
