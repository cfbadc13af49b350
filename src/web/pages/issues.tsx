import { createEffect, createMemo, createSignal, on, onMount, Show } from 'solid-js'
import { useSparingly } from '../api/data.ts'
import { onLive } from '../api/live.ts'
import { usePages } from '../api/pages.ts'
import { may } from '../api/session.ts'
import type { IssuePage, ListedIssue } from '../api/types.ts'
import { t } from '../i18n/index.ts'
import { changeState, mergeInto } from '../issues/actions.ts'
import { FilterBar } from '../issues/filter-bar.tsx'
import { filter, filtered, issueQuery, setFilter } from '../issues/filters.ts'
import { IssueRow } from '../issues/issue-row.tsx'
import { useSelection } from '../issues/selection.ts'
import { useKeys } from '../keys.ts'
import { go } from '../router.ts'
import { Failed } from '../shell/failed.tsx'
import { useWindowRows, WindowRows } from '../views/window-rows.tsx'
import '../styles/issues.css'

const pageSize = 100
/** Rows before the end of what is there at which the next page is asked for. */
const ahead = 30
const rowPx = 57
const refreshMs = 5000

/** All issues, the ones that matter first; only the rows that are seen are drawn. */
export default function IssuesPage() {
  const query = createMemo(() => ({ ...issueQuery(), limit: pageSize, trend: true, count: true }))
  const list = usePages<ListedIssue, IssuePage>(
    () => ({ path: '/api/v1/issues', query: query() }),
    page => page.issues,
  )
  const [current, setCurrent] = createSignal(-1)
  const { selected, select, unselect } = useSelection()
  let search: HTMLInputElement | undefined

  const drawn = useWindowRows({
    count: () => list.items().length,
    rowPx,
    overscan: 12,
    keyOf: index => list.items()[index]?.id ?? index,
  })
  onMount(() => {
    // From another page by "/".
    if (location.hash === '#search') search?.focus()
  })
  createEffect(() => {
    const last = drawn.rows.getVirtualItems().at(-1)
    if (last !== undefined && last.index > list.items().length - ahead && list.more()) list.loadMore()
  })
  createEffect(
    on(query, () => {
      setCurrent(-1)
      unselect()
    }),
  )

  // What is shown changes in place; what is new to the list comes with the next look at it, when its top is in sight.
  const soon = useSparingly(() => {
    if (scrollY < rowPx * 4 && selected().size === 0 && current() < 0) list.again()
  }, refreshMs)
  onLive({
    issue: issue => {
      list.change(before => before.map(each => (each.id === issue.id ? { ...each, ...issue } : each)))
      soon()
    },
    reset: soon,
  })

  const step = (by: number): void => {
    const next = Math.max(0, Math.min(list.items().length - 1, current() + by))
    setCurrent(next)
    drawn.rows.scrollToIndex(next, { align: 'auto' })
  }
  const pointed = (): ListedIssue | undefined => list.items()[current()]
  /** What is selected, else what the cursor is on. */
  const chosen = (): ListedIssue[] => {
    const some = list.items().filter(({ id }) => selected().has(id))
    const one = pointed()
    return some.length > 0 ? some : one === undefined ? [] : [one]
  }
  const done = (): void => {
    unselect()
    list.again()
  }
  const say = (state: 'ignored' | 'known' | 'open'): void => {
    const ids = chosen().map(({ id }) => id)
    if (ids.length > 0 && may('triager')) void changeState(ids, { state }, done)
  }
  /** The others go into the one with the most reports. */
  const target = (): ListedIssue | undefined =>
    list
      .items()
      .filter(({ id }) => selected().has(id))
      .sort((one, other) => other.reports - one.reports)[0]
  const merge = (): void => {
    const into = target()
    if (into === undefined || selected().size < 2 || !may('triager')) return
    const others = [...selected()].filter(id => id !== into.id)
    void mergeInto(others, into.id, done)
  }
  const leave = (): void => {
    if (document.activeElement === search && filter('query') === '') search?.blur()
    else if (filter('query') !== '') setFilter('query', undefined)
    else unselect()
  }
  const words = () => t().issues.keys
  useKeys([
    { key: 'j', what: () => words().next, run: () => step(1) },
    { key: 'k', what: () => words().previous, run: () => step(-1) },
    {
      key: 'Enter',
      what: () => words().open,
      run: () => {
        const issue = pointed()
        if (issue !== undefined) go(`/issues/${issue.id}`)
      },
    },
    {
      key: 'x',
      what: () => words().select,
      run: () => {
        const issue = pointed()
        if (issue !== undefined) select(issue.id, !selected().has(issue.id))
      },
    },
    { key: 'i', what: () => words().ignore, run: () => say('ignored') },
    { key: 'm', what: () => words().merge, run: merge },
    { key: '/', what: () => words().filter, run: () => search?.focus() },
    { key: 'Escape', what: () => words().none, run: leave },
  ])

  return (
    <main class="issues">
      <h1 class="unseen">{t().issues.title}</h1>
      <FilterBar count={list.count()} searchRef={element => (search = element)} />
      <Show when={selected().size > 0}>
        <div class="bulk" role="toolbar" aria-label={t().issues.selected(selected().size)}>
          <b>{t().issues.selected(selected().size)}</b>
          <button type="button" onClick={() => say('ignored')}>
            {t().issues.ignore}
          </button>
          <button type="button" onClick={() => say('known')}>
            {t().issues.known}
          </button>
          <button type="button" onClick={() => say('open')}>
            {t().issues.reopen}
          </button>
          <button
            type="button"
            disabled={selected().size < 2}
            title={t().issues.mergeInto(target()?.title ?? '')}
            onClick={merge}
          >
            {t().issues.merge}
          </button>
          <button type="button" class="line" onClick={unselect}>
            {t().issues.unselect}
          </button>
        </div>
      </Show>
      <Show when={list.error()}>{error => <Failed error={error()} onAgain={list.again} />}</Show>
      <div class="issue-head" aria-hidden="true">
        <span />
        <span>{t().issues.columns.issue}</span>
        <span>{t().issues.columns.trend}</span>
        <span class="number">{t().issues.columns.reports}</span>
        <span class="number">{t().issues.columns.hosts}</span>
        <span class="seen">{t().issues.columns.seen}</span>
      </div>
      <WindowRows list={drawn} class="issue-rows" busy={list.loading()}>
        {index => (
          <Show when={list.items()[index]}>
            {issue => (
              <IssueRow
                issue={issue()}
                current={current() === index}
                selected={selected().has(issue().id)}
                selectable={may('triager')}
                onSelect={on => select(issue().id, on)}
              />
            )}
          </Show>
        )}
      </WindowRows>
      <Show when={!list.loading() && list.items().length === 0 && list.error() === undefined}>
        <p class="nothing">{filtered() ? t().issues.none : t().issues.noneAtAll}</p>
      </Show>
    </main>
  )
}
