import { Show } from 'solid-js'
import { visible } from '../../core/render/safe.ts'
import { post, put, remove } from '../api/client.ts'
import { type Data, useData } from '../api/data.ts'
import { may } from '../api/session.ts'
import { dateTime } from '../i18n/format.ts'
import { t } from '../i18n/index.ts'
import { said } from '../i18n/said.ts'
import { Ago } from '../views/ago.tsx'
import { NewChannel, NewRule, NewSilence } from './alert-forms.tsx'
import type { AlertRow, Channel, Channels, Rule, Silence } from './alert-types.ts'
import { filterText } from './filter-words.ts'
import { Adding, doing, Loaded, SureButton, Table } from './pieces.tsx'

const words = () => t().alerts
const admin = () => may('admin')

/** Who is told of what; a viewer sees it, a triager silences, an admin sets it. */
export default function Alerts() {
  const channels = useData<Channels>(() => (admin() ? { path: '/api/v1/alert-channels' } : undefined), true)
  return (
    <>
      <Rules channels={channels.value()?.channels ?? []} />
      <Show when={admin()}>
        <ChannelList data={channels} />
      </Show>
      <Silences />
      <Latest />
    </>
  )
}

async function drop(path: string, data: { again: () => void }): Promise<void> {
  if (await doing(() => remove(path), words().removed)) data.again()
}

function Rules(props: { channels: readonly Channel[] }) {
  const data = useData<{ rules: Rule[] }>(() => ({ path: '/api/v1/alert-rules' }), true)
  const turn = async ({ id, ...rule }: Rule, enabled: boolean): Promise<void> => {
    if (await doing(() => put(`/api/v1/alert-rules/${id}`, { ...rule, enabled }), t().settings.done)) data.again()
  }
  const nameOf = (id: string): string => visible(props.channels.find(each => each.id === id)?.name ?? '…')
  return (
    <>
      <h2>{words().rules}</h2>
      <p class="quiet">{words().rulesAbout}</p>
      <Show when={admin()}>
        <Adding label={words().addRule} onMade={data.again}>
          {made => <NewRule {...made} channels={props.channels} />}
        </Adding>
      </Show>
      <Loaded data={data}>
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
                      onSure={() => void drop(`/api/v1/alert-rules/${rule.id}`, data)}
                    />
                  </Show>
                </td>
              </tr>
            )}
          </Table>
        )}
      </Loaded>
    </>
  )
}

function ChannelList(props: { data: Data<Channels> }) {
  const test = (id: string): Promise<boolean> => doing(() => post(`/api/v1/alert-channels/${id}/test`), words().tested)
  return (
    <>
      <h2>{words().channels}</h2>
      <p class="quiet">{words().channelsAbout}</p>
      <Adding label={words().addChannel} onMade={props.data.again}>
        {made => <Show when={props.data.value()}>{value => <NewChannel {...made} kinds={value().kinds} />}</Show>}
      </Adding>
      <Loaded data={props.data}>
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
                    onClick={() => void test(channel.id)}
                  >
                    {words().test}
                  </button>
                </td>
                <td class="do">
                  <SureButton
                    label={words().remove}
                    about={visible(channel.name)}
                    onSure={() => void drop(`/api/v1/alert-channels/${channel.id}`, props.data)}
                  />
                </td>
              </tr>
            )}
          </Table>
        )}
      </Loaded>
    </>
  )
}

function Silences() {
  const data = useData<{ silences: Silence[] }>(() => ({ path: '/api/v1/alert-silences' }), true)
  return (
    <>
      <h2>{words().silences}</h2>
      <p class="quiet">{words().silencesAbout}</p>
      <Show when={may('triager')}>
        <Adding label={words().addSilence} onMade={data.again}>
          {made => <NewSilence {...made} />}
        </Adding>
      </Show>
      <Loaded data={data}>
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
                      onSure={() => void drop(`/api/v1/alert-silences/${silence.id}`, data)}
                    />
                  </Show>
                </td>
              </tr>
            )}
          </Table>
        )}
      </Loaded>
    </>
  )
}

/** The latest alerts, and what became of each. */
function Latest() {
  const data = useData<{ alerts: AlertRow[] }>(() => ({ path: '/api/v1/alerts', query: { limit: 30 } }), true)
  const sent = ({ silenced, sends }: AlertRow): string =>
    silenced
      ? words().silenced
      : sends
          .map(({ channel, state, error }) =>
            visible(`${channel}: ${words().states[state] ?? state}${error === undefined ? '' : ` (${said(error)})`}`),
          )
          .join(', ')
  return (
    <>
      <h2>{words().latest}</h2>
      <Loaded data={data}>
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
                <td>{visible(`${alert.host}: ${said(alert.why)}`)}</td>
                <td>{sent(alert)}</td>
              </tr>
            )}
          </Table>
        )}
      </Loaded>
    </>
  )
}
