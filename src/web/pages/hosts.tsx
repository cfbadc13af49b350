import { createMemo, For, Show } from 'solid-js'
import { visible } from '../../core/render/safe.ts'
import { useSparingly } from '../api/data.ts'
import { onLive } from '../api/live.ts'
import { usePages } from '../api/pages.ts'
import type { Host, HostPage } from '../api/types.ts'
import { count } from '../i18n/format.ts'
import { t } from '../i18n/index.ts'
import { useKeys } from '../keys.ts'
import { route, setQuery } from '../router.ts'
import { Failed } from '../shell/failed.tsx'
import { Ago } from '../views/ago.tsx'
import { SearchField } from '../views/search-field.tsx'
import '../styles/hosts.css'

const pageSize = 100
const refreshMs = 5000
const sorts = ['last-seen', 'reports', 'id'] as const

/** All hosts that ever said something, those that spoke last first. */
export default function HostsPage() {
  const words = () => t().hosts
  const asked = (name: string): string => route().query.get(name) ?? ''
  const sort = () => sorts.find(each => each === asked('sort')) ?? 'last-seen'
  const query = createMemo(() => ({ query: asked('query'), sort: sort(), limit: pageSize }))
  const list = usePages<Host, HostPage>(
    () => ({ path: '/api/v1/hosts', query: query() }),
    page => page.hosts,
  )
  let box: HTMLInputElement | undefined
  const soon = useSparingly(() => {
    if (scrollY < 200) list.again()
  }, refreshMs)
  onLive({ host: soon, report: soon, reset: soon })
  useKeys([{ key: '/', what: () => t().issues.keys.filter, run: () => box?.focus() }])
  return (
    <main class="hosts">
      <h1 class="unseen">{words().title}</h1>
      <search class="filter-bar">
        <SearchField
          ref={element => (box = element)}
          label={words().search}
          value={asked('query')}
          onSearch={query => setQuery({ query }, 'replace')}
        />
        <select
          class="order"
          aria-label={words().sort.label}
          value={sort()}
          onChange={event => setQuery({ sort: event.currentTarget.value }, 'replace')}
        >
          <For each={sorts}>{each => <option value={each}>{words().sort[each]}</option>}</For>
        </select>
      </search>
      <Show when={list.error()}>{error => <Failed error={error()} onAgain={list.again} />}</Show>
      <div class="host-row head" aria-hidden="true">
        <span>{words().columns.host}</span>
        <span>{words().columns.hardware}</span>
        <span>{words().columns.kernel}</span>
        <span class="number">{words().columns.reports}</span>
        <span class="seen">{words().columns.seen}</span>
      </div>
      <For each={list.items()}>{host => <HostRow host={host} />}</For>
      <Show when={list.more()}>
        <button type="button" disabled={list.loading()} onClick={list.loadMore}>
          {t().issue.reports.more}
        </button>
      </Show>
      <Show when={!list.loading() && list.items().length === 0 && list.error() === undefined}>
        <p class="nothing">{asked('query') === '' ? words().noneAtAll : words().none}</p>
      </Show>
    </main>
  )
}

function HostRow(props: { host: Host }) {
  const hardware = () => visible(props.host.hardware ?? '')
  return (
    <div class="host-row">
      <span>
        <a class="title" href={`/hosts/${props.host.id}`}>
          {visible(props.host.name)}
        </a>
        <Show when={props.host.via}>{via => <small class="quiet"> {t().hosts.via(via())}</small>}</Show>
      </span>
      <span class="model" title={hardware()}>
        {hardware()}
      </span>
      <span class="model">{visible([props.host.release, props.host.arch].filter(Boolean).join(' · '))}</span>
      <span class="number">{count(props.host.reports)}</span>
      <span class="seen">
        <Ago at={props.host.lastSeen} />
      </span>
    </div>
  )
}
