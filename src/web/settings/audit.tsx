import { createSignal, Show } from 'solid-js'
import { visible } from '../../core/render/safe.ts'
import { usePages } from '../api/pages.ts'
import { dateTime } from '../i18n/format.ts'
import { t } from '../i18n/index.ts'
import { Failed } from '../shell/failed.tsx'
import { Table } from './pieces.tsx'
import type { AuditEntry, AuditPage } from './types.ts'

const pageSize = 100
const changeCells = 200

/** Short enough for a row; the whole is there where one points. */
const json = (value: unknown): string => (value === undefined ? '' : visible(JSON.stringify(value)))
const changeOf = ({ before, after }: AuditEntry): string =>
  before === undefined ? json(after) : `${json(before)} → ${json(after)}`

/** Who did what. */
export default function Audit() {
  const words = () => t().settings.audit
  const [action, setAction] = createSignal('')
  const [actor, setActor] = createSignal('')
  const list = usePages<AuditEntry, AuditPage>(
    () => ({ path: '/api/v1/audit', query: { limit: pageSize, action: action().trim(), actor: actor().trim() } }),
    page => page.entries,
  )
  return (
    <>
      <p class="quiet">{words().about}</p>
      <form class="filters" onSubmit={event => event.preventDefault()}>
        <label>
          {words().filter}
          <input
            type="search"
            placeholder={words().filterHint}
            onChange={event => setAction(event.currentTarget.value)}
          />
        </label>
        <label>
          {words().actor}
          <input type="search" onChange={event => setActor(event.currentTarget.value)} />
        </label>
      </form>
      <Show when={list.error() === undefined} fallback={<Failed error={list.error()} onAgain={list.again} />}>
        <Table
          label={t().settings.parts.audit}
          heads={[words().when, words().who, words().what, words().target, words().from, words().change]}
          rows={list.items()}
          none={list.loading() ? t().shell.loading : words().none}
        >
          {entry => (
            <tr>
              <td class="when">{dateTime(entry.at)}</td>
              <td>{visible(entry.actor)}</td>
              <td>
                <code>{visible(entry.action)}</code>
              </td>
              <td>{visible(entry.target ?? '')}</td>
              <td>{visible(entry.address)}</td>
              <td class="change" title={changeOf(entry)}>
                {changeOf(entry).slice(0, changeCells)}
              </td>
            </tr>
          )}
        </Table>
        <Show when={list.more()}>
          <button type="button" disabled={list.loading()} onClick={list.loadMore}>
            {words().more}
          </button>
        </Show>
      </Show>
    </>
  )
}
