import { createSignal, For, Show } from 'solid-js'
import { visible } from '../../core/render/safe.ts'
import { post, remove } from '../api/client.ts'
import { useData } from '../api/data.ts'
import { may, type Role, session } from '../api/session.ts'
import { dateTime } from '../i18n/format.ts'
import { t } from '../i18n/index.ts'
import { Ago } from '../views/ago.tsx'
import { doing, FormDialog, Loaded, RoleChoice, SecretOnce, SureButton, Table } from './pieces.tsx'
import type { ApiToken } from './types.ts'

const DAY_S = 24 * 60 * 60

/** Tokens of programs: one's own; an admin sees everybody's. */
export default function Tokens() {
  const words = () => t().settings.tokens
  const all = () => may('admin')
  const data = useData<{ tokens: ApiToken[] }>(() => ({ path: '/api/v1/tokens', query: { all: all() } }), true)
  const [adding, setAdding] = createSignal(false)
  const [made, setMade] = createSignal<{ name: string; token: string }>()
  const revoke = async (id: string): Promise<void> => {
    if (await doing(() => remove(`/api/v1/tokens/${id}`), words().revoked)) data.again()
  }
  const heads = () => [
    t().settings.name,
    t().settings.role,
    ...(all() ? [words().user] : []),
    t().settings.created,
    t().settings.lastUsed,
    t().settings.expires,
    '',
  ]
  return (
    <>
      <p class="quiet">{words().about}</p>
      <button type="button" class="primary" onClick={() => setAdding(true)}>
        {words().add}
      </button>
      <Loaded data={data}>
        {value => (
          <Table label={t().settings.parts.tokens} heads={heads()} rows={value().tokens} none={words().none}>
            {each => (
              <tr>
                <td>{visible(each.name)}</td>
                <td>{t().settings.roles[each.role]}</td>
                {all() ? <td>{visible(each.user)}</td> : null}
                <td>
                  <Ago at={each.createdAt} />
                </td>
                <td>{each.lastUsed === undefined ? t().settings.never : <Ago at={each.lastUsed} />}</td>
                <td>{each.expiresAt === undefined ? t().settings.never : dateTime(each.expiresAt)}</td>
                <td class="do">
                  <SureButton label={words().revoke} about={visible(each.name)} onSure={() => void revoke(each.id)} />
                </td>
              </tr>
            )}
          </Table>
        )}
      </Loaded>
      <Show when={adding()}>
        <NewToken
          onClose={() => setAdding(false)}
          onMade={(name, token) => {
            setAdding(false)
            setMade({ name, token })
            data.again()
          }}
        />
      </Show>
      <Show when={made()}>
        {one => (
          <SecretOnce
            title={words().made(visible(one().name))}
            secret={one().token}
            onClose={() => setMade(undefined)}
          />
        )}
      </Show>
    </>
  )
}

function NewToken(props: { onClose: () => void; onMade: (name: string, token: string) => void }) {
  const words = () => t().settings.tokens
  const [name, setName] = createSignal('')
  const [role, setRole] = createSignal<Role>('viewer')
  const [days, setDays] = createSignal('90')
  const own = (): Role => {
    const now = session()
    return now.state === 'in' ? now.role : 'viewer'
  }
  const submit = async (): Promise<void> => {
    const validForS = days() === '' ? {} : { validForS: Number(days()) * DAY_S }
    const { token } = await post<{ token: string }>('/api/v1/tokens', {
      name: name().trim(),
      role: role(),
      ...validForS,
    })
    props.onMade(name().trim(), token)
  }
  return (
    <FormDialog
      title={words().add}
      submit={words().add}
      ready={name().trim() !== ''}
      onSubmit={submit}
      onClose={props.onClose}
    >
      <label for="token-name">{t().settings.name}</label>
      <input
        id="token-name"
        autofocus
        autocomplete="off"
        maxLength={200}
        placeholder={words().nameHint}
        onInput={event => setName(event.currentTarget.value)}
      />
      <RoleChoice id="token-role" role={role()} upTo={own()} onChoose={setRole} />
      <label for="token-days">{words().valid}</label>
      <select id="token-days" onChange={event => setDays(event.currentTarget.value)}>
        <For each={['7', '30', '90', '365', '']}>
          {each => (
            <option value={each} selected={each === days()}>
              {words().days[each]}
            </option>
          )}
        </For>
      </select>
    </FormDialog>
  )
}
