import { createSignal, Show } from 'solid-js'
import { visible } from '../../core/render/safe.ts'
import { post, remove } from '../api/client.ts'
import { useData } from '../api/data.ts'
import { dateTime } from '../i18n/format.ts'
import { t } from '../i18n/index.ts'
import { Ago } from '../views/ago.tsx'
import { doing, FormDialog, Loaded, SecretOnce, SureButton, Table } from './pieces.tsx'
import type { Enrolments } from './types.ts'

interface Code {
  code: string
  expiresAt: number
}

/** Which hosts may send, and codes by which others come to. */
export default function Hosts() {
  const words = () => t().settings.hosts
  const data = useData<Enrolments>(() => ({ path: '/api/v1/enrolments' }), true)
  const [adding, setAdding] = createSignal<string>()
  const [made, setMade] = createSignal<Code>()
  const drop = async (id: string): Promise<void> => {
    if (await doing(() => remove(`/api/v1/enrolments/${id}`), words().dropped)) data.again()
  }
  const revoke = async (id: string, name: string): Promise<void> => {
    if (await doing(() => remove(`/api/v1/hosts/${id}/token`), words().revoked(name))) data.again()
  }
  return (
    <>
      <p class="quiet">{words().about}</p>
      <button type="button" class="primary" onClick={() => setAdding('')}>
        {words().add}
      </button>
      <Loaded data={data}>
        {value => (
          <>
            <Show when={value().codes.length > 0}>
              <section>
                <h2>{words().codes}</h2>
                <Table
                  label={words().codes}
                  heads={[words().host, t().settings.created, words().by, t().settings.expires, '']}
                  rows={value().codes}
                >
                  {code => (
                    <tr>
                      <td>{code.host === undefined ? words().any : visible(code.host)}</td>
                      <td>
                        <Ago at={code.createdAt} />
                      </td>
                      <td>{visible(code.createdBy ?? '')}</td>
                      <td>{dateTime(code.expiresAt)}</td>
                      <td class="do">
                        <SureButton
                          label={words().drop}
                          about={visible(code.host ?? words().any)}
                          onSure={() => void drop(code.id)}
                        />
                      </td>
                    </tr>
                  )}
                </Table>
              </section>
            </Show>
            <section>
              <h2>{words().hosts}</h2>
              <Table
                label={words().hosts}
                heads={[t().settings.name, words().since, t().settings.lastUsed, '']}
                rows={value().hosts}
                none={words().none}
              >
                {host => (
                  <tr>
                    <td>
                      <a href={`/hosts/${host.id}`}>{visible(host.name)}</a>
                    </td>
                    <td>
                      <Ago at={host.since} />
                    </td>
                    <td>{host.lastUsed === undefined ? t().settings.never : <Ago at={host.lastUsed} />}</td>
                    <td class="do">
                      <button
                        type="button"
                        aria-label={`${words().again}: ${visible(host.name)}`}
                        onClick={() => setAdding(host.name)}
                      >
                        {words().again}
                      </button>
                      <SureButton
                        label={words().revoke}
                        about={visible(host.name)}
                        onSure={() => void revoke(host.id, host.name)}
                      />
                    </td>
                  </tr>
                )}
              </Table>
            </section>
          </>
        )}
      </Loaded>
      <Show when={adding() !== undefined}>
        <NewCode
          host={adding() ?? ''}
          onClose={() => setAdding(undefined)}
          onMade={code => {
            setAdding(undefined)
            setMade(code)
            data.again()
          }}
        />
      </Show>
      <Show when={made()}>
        {one => (
          <SecretOnce title={words().made} secret={one().code} onClose={() => setMade(undefined)}>
            <p>{words().until(dateTime(one().expiresAt))}</p>
            <p>{words().run}</p>
            <p>
              <code class="command">
                faultline bundles push {location.origin}/ --code {one().code}
              </code>
            </p>
          </SecretOnce>
        )}
      </Show>
    </>
  )
}

function NewCode(props: { host: string; onClose: () => void; onMade: (code: Code) => void }) {
  const words = () => t().settings.hosts
  const [host, setHost] = createSignal(props.host)
  const submit = async (): Promise<void> => {
    const name = host().trim()
    props.onMade(await post<Code>('/api/v1/enrolments', name === '' ? {} : { host: name }))
  }
  return (
    <FormDialog title={words().add} submit={words().add} ready={true} onSubmit={submit} onClose={props.onClose}>
      <label for="code-host">{words().host}</label>
      <input
        id="code-host"
        autofocus
        autocomplete="off"
        spellcheck={false}
        maxLength={253}
        placeholder={words().hostHint}
        value={host()}
        onInput={event => setHost(event.currentTarget.value)}
      />
    </FormDialog>
  )
}
