import { createSignal, Show } from 'solid-js'
import { visible } from '../../core/render/safe.ts'
import { post, put, remove } from '../api/client.ts'
import { useData } from '../api/data.ts'
import { may } from '../api/session.ts'
import { dateTime } from '../i18n/format.ts'
import { t } from '../i18n/index.ts'
import { Ago } from '../views/ago.tsx'
import { NewChannel, NewRule, NewSilence } from './alert-forms.tsx'
import type { AlertRow, Channel, ChannelKind, Rule, Silence } from './alert-types.ts'
import { filterText } from './filter-words.ts'
import { doing, Loaded, SureButton, Table } from './pieces.tsx'

/** Who is told of what; a viewer sees it, a triager silences, an admin sets it. */
export default function Alerts() {
  const words = () => t().alerts
  const admin = () => may('admin')
  const rules = useData<{ rules: Rule[] }>(() => ({ path: '/api/v1/alert-rules' }), true)
  const channels = useData<{ channels: Channel[]; kinds: ChannelKind[] }>(
    () => (admin() ? { path: '/api/v1/alert-channels' } : undefined),
    true,
  )
  const silences = useData<{ silences: Silence[] }>(() => ({ path: '/api/v1/alert-silences' }), true)
  const latest = useData<{ alerts: AlertRow[] }>(() => ({ path: '/api/v1/alerts', query: { limit: 30 } }), true)
  const [adding, setAdding] = createSignal<'rule' | 'channel' | 'silence'>()
  const made = (data: { again: () => void }) => ({
    onClose: () => setAdding(undefined),
    onMade: () => {
      setAdding(undefined)
      data.again()
    },
  })
  const drop = async (path: string, data: { again: () => void }): Promise<void> => {
    if (await doing(() => remove(path), words().removed)) data.again()
  }
  const turn = async ({ id, ...rule }: Rule, enabled: boolean): Promise<void> => {
    if (await doing(() => put(`/api/v1/alert-rules/${id}`, { ...rule, enabled }), t().settings.done)) rules.again()
  }
  const nameOf = (id: string): string => visible(channels.value()?.channels.find(each => each.id === id)?.name ?? '…')
  return (
    <>
      <h2>{words().rules}</h2>
      <p class="quiet">{words().rulesAbout}</p>
      <Show when={admin()}>
        <button type="button" class="primary" onClick={() => setAdding('rule')}>
          {words().addRule}
        </button>
      </Show>
      <Loaded data={rules}>
        {value => (
          <Table
            label={words().rules}
            heads={[t().settings.name, words().occasion, words().only, words().to, words().on, '']}
            rows={value().rules}
            none={words().none}
          >
            {rule => (
              <tr>
                <td>{visible(rule.name)}</td>
                <td>{words().occasions[rule.occasion] ?? rule.occasion}</td>
                <td>{visible(filterText(rule.filter))}</td>
                <td>{rule.channels.map(nameOf).join(', ')}</td>
                <td>
                  <input
                    type="checkbox"
                    aria-label={`${words().on}: ${visible(rule.name)}`}
                    checked={rule.enabled}
                    disabled={!admin()}
                    onChange={event => void turn(rule, event.currentTarget.checked)}
                  />
                </td>
                <td class="do">
                  <Show when={admin()}>
                    <SureButton
                      label={words().remove}
                      about={visible(rule.name)}
                      onSure={() => void drop(`/api/v1/alert-rules/${rule.id}`, rules)}
                    />
                  </Show>
                </td>
              </tr>
            )}
          </Table>
        )}
      </Loaded>
      <Show when={admin()}>
        <h2>{words().channels}</h2>
        <p class="quiet">{words().channelsAbout}</p>
        <button type="button" class="primary" onClick={() => setAdding('channel')}>
          {words().addChannel}
        </button>
        <Loaded data={channels}>
          {value => (
            <Table
              label={words().channels}
              heads={[t().settings.name, words().kind, '', '']}
              rows={value().channels}
              none={words().none}
            >
              {channel => (
                <tr>
                  <td>{visible(channel.name)}</td>
                  <td>{channel.kind}</td>
                  <td class="do">
                    <button
                      type="button"
                      aria-label={`${words().test}: ${visible(channel.name)}`}
                      onClick={() =>
                        void doing(() => post(`/api/v1/alert-channels/${channel.id}/test`), words().tested)
                      }
                    >
                      {words().test}
                    </button>
                  </td>
                  <td class="do">
                    <SureButton
                      label={words().remove}
                      about={visible(channel.name)}
                      onSure={() => void drop(`/api/v1/alert-channels/${channel.id}`, channels)}
                    />
                  </td>
                </tr>
              )}
            </Table>
          )}
        </Loaded>
      </Show>
      <h2>{words().silences}</h2>
      <p class="quiet">{words().silencesAbout}</p>
      <Show when={may('triager')}>
        <button type="button" class="primary" onClick={() => setAdding('silence')}>
          {words().addSilence}
        </button>
      </Show>
      <Loaded data={silences}>
        {value => (
          <Table
            label={words().silences}
            heads={[words().only, words().until, words().note, '']}
            rows={value().silences}
            none={words().none}
          >
            {silence => (
              <tr>
                <td>{visible(filterText(silence.filter))}</td>
                <td>{dateTime(silence.untilMs)}</td>
                <td>{visible(silence.note ?? '')}</td>
                <td class="do">
                  <Show when={may('triager')}>
                    <SureButton
                      label={words().remove}
                      about={visible(filterText(silence.filter))}
                      onSure={() => void drop(`/api/v1/alert-silences/${silence.id}`, silences)}
                    />
                  </Show>
                </td>
              </tr>
            )}
          </Table>
        )}
      </Loaded>
      <h2>{words().latest}</h2>
      <Latest data={latest} />
      <Show when={adding() === 'rule'}>
        <NewRule {...made(rules)} channels={channels.value()?.channels ?? []} />
      </Show>
      <Show when={adding() === 'channel' && channels.value() !== undefined}>
        <NewChannel {...made(channels)} kinds={channels.value()!.kinds} />
      </Show>
      <Show when={adding() === 'silence'}>
        <NewSilence {...made(silences)} />
      </Show>
    </>
  )
}

function Latest(props: { data: ReturnType<typeof useData<{ alerts: AlertRow[] }>> }) {
  const words = () => t().alerts
  const sent = ({ silenced, sends }: AlertRow): string =>
    silenced
      ? words().silenced
      : sends
          .map(({ channel, state, error }) =>
            visible(`${channel}: ${words().states[state] ?? state}${error === undefined ? '' : ` (${error})`}`),
          )
          .join(', ')
  return (
    <Loaded data={props.data}>
      {value => (
        <Table
          label={words().latest}
          heads={['', words().rules, '', '', words().to]}
          rows={value().alerts}
          none={words().none}
        >
          {alert => (
            <tr>
              <td>
                <Ago at={alert.at} />
              </td>
              <td>{visible(alert.rule)}</td>
              <td>
                <a href={`/issues/${alert.issue}`}>{visible(alert.title)}</a>
              </td>
              <td>{visible(`${alert.host}: ${alert.why}`)}</td>
              <td>{sent(alert)}</td>
            </tr>
          )}
        </Table>
      )}
    </Loaded>
  )
}
