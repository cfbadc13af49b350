import { createEffect, createMemo, createSignal, For, Match, on, Show, Switch } from 'solid-js'
import { visible } from '../../core/render/safe.ts'
import { now, useData, useSparingly } from '../api/data.ts'
import { onLive } from '../api/live.ts'
import { usePages } from '../api/pages.ts'
import type { IssueDetail, ReportDetail, ReportPage, ReportRow } from '../api/types.ts'
import { t } from '../i18n/index.ts'
import { kindName } from '../i18n/parts.ts'
import { said } from '../i18n/said.ts'
import { changeState } from '../issues/actions.ts'
import { barsOf } from '../issues/bars.ts'
import { FacetList } from '../issues/facet-list.tsx'
import { HistoryList } from '../issues/history-list.tsx'
import { IssueActions } from '../issues/issue-actions.tsx'
import { Note } from '../issues/note.tsx'
import { ReportTable } from '../issues/report-table.tsx'
import { WhyOne } from '../issues/why-one.tsx'
import { useKeys } from '../keys.ts'
import { sayCopied } from '../report/save.ts'
import { ShownReport } from '../report/shown-report.tsx'
import { go, route, setQuery } from '../router.ts'
import { Failed } from '../shell/failed.tsx'
import { Ago } from '../views/ago.tsx'
import { SeverityTag, StateBadge } from '../views/badges.tsx'
import { TimeChart } from '../views/chart.tsx'
import { foldAll } from '../views/fold.ts'
import type { PageProps } from './index.ts'
import '../styles/issue.css'

const refreshMs = 3000
const reportsAtOnce = 25

/** Everything about one bug: the report itself in the middle, what the fleet says of it beside. */
export default function IssuePage(props: PageProps) {
  const id = (): string => props.params['id'] ?? ''
  const issue = useData<IssueDetail>(() => ({ path: `/api/v1/issues/${id()}` }))
  const reports = usePages<ReportRow, ReportPage>(
    () => ({ path: `/api/v1/issues/${id()}/reports`, query: { limit: reportsAtOnce } }),
    page => page.reports,
  )
  /** The one that the address names, else the newest that is whole. */
  const shown = createMemo((): string | undefined => {
    const items = reports.items()
    return route().query.get('report') ?? (items.find(each => each.outlined === undefined) ?? items[0])?.id
  })
  const report = useData<ReportDetail>(() => {
    const one = shown()
    return one === undefined ? undefined : { path: `/api/v1/reports/${one}` }
  }, true)
  const [first, setFirst] = createSignal<string>()
  /** The one that began it, if it is among those that are known here; else the oldest of these. */
  createEffect(
    on(reports.items, items => {
      setFirst((items.find(({ joinedBy }) => joinedBy === 'first') ?? items.at(-1))?.id)
    }),
  )
  createEffect(() => {
    const title = issue.value()?.title
    if (title !== undefined) document.title = `${visible(title)} · ${t().name}`
  })
  const again = (): void => {
    issue.again()
    reports.again()
  }
  const soon = useSparingly(again, refreshMs)
  onLive({
    issue: changed => {
      if (changed.id === id()) soon()
    },
    reset: soon,
  })
  const step = (by: number): void => {
    const items = reports.items()
    const at = items.findIndex(each => each.id === shown())
    const next = items[Math.max(0, Math.min(items.length - 1, at + by))]
    if (next !== undefined) setQuery({ report: next.id }, 'replace')
    if (at + by >= items.length - 2) reports.loadMore()
  }
  const keys = () => t().issue.keys
  useKeys([
    { key: 'j', what: () => keys().older, run: () => step(1) },
    { key: 'k', what: () => keys().newer, run: () => step(-1) },
    { key: 'v', what: () => keys().fold, run: foldAll },
    { key: 'm', what: () => keys().copy, run: () => sayCopied(report.value()?.report) },
    { key: 'u', what: () => keys().back, run: () => go('/issues') },
  ])
  return (
    <Switch>
      <Match when={issue.error() !== undefined && issue.value() === undefined}>
        <Failed error={issue.error()} onAgain={again} />
      </Match>
      <Match when={issue.value()}>
        {found => (
          <main class="issue">
            <Header issue={found()} onChange={again} />
            <div class="issue-main">
              <Chart issue={found()} />
              <Show when={report.value()}>
                {detail => (
                  <>
                    <ReportBar detail={detail()} newest={detail().id === reports.items()[0]?.id} onStep={step} />
                    <ShownReport report={detail()} under={found().title} />
                  </>
                )}
              </Show>
              <ReportTable
                issue={found().id}
                shown={shown()}
                reports={reports}
                onShow={one => {
                  setQuery({ report: one }, 'replace')
                  document.querySelector('.report-bar')?.scrollIntoView({ block: 'start' })
                }}
                onChange={again}
              />
            </div>
            <aside class="issue-side">
              <Verdict issue={found()} />
              <For each={Object.entries(found().facets).filter(([, values]) => values.length > 0)}>
                {([facet, values]) => <FacetList facet={facet} values={values} />}
              </For>
              <WhyOne keys={found().keys} report={report.value()} first={first()} />
              <HistoryList entries={found().history} onChange={again} />
            </aside>
          </main>
        )}
      </Match>
      <Match when={true}>
        <p class="loading">{t().shell.loading}</p>
      </Match>
    </Switch>
  )
}

function Header(props: { issue: IssueDetail; onChange: () => void }) {
  const words = () => t().issue
  return (
    <header class="issue-header" data-severity={props.issue.severity}>
      <div class="tags">
        <SeverityTag severity={props.issue.severity} />
        <span class="kind">{kindName(props.issue.kind)}</span>
        <StateBadge state={props.issue.state} fixedIn={props.issue.fixedIn} />
        <Show when={props.issue.fatal}>
          <span class="fatal">{t().report.fatal}</span>
        </Show>
      </div>
      <h1>{visible(props.issue.title)}</h1>
      <p class="quiet">
        {words().seen(props.issue.reports, props.issue.hosts)} · {words().first} <Ago at={props.issue.firstSeen} /> ·{' '}
        {words().last} <Ago at={props.issue.lastSeen} />
      </p>
      <Show
        when={props.issue.mergedInto}
        fallback={
          <>
            <IssueActions issue={props.issue} onChange={props.onChange} />
            <Note
              note={props.issue.note}
              onSave={note => void changeState([props.issue.id], { note }, props.onChange)}
            />
          </>
        }
      >
        {into => (
          <p class="problem">
            {words().mergedInto} <a href={`/issues/${into()}`}>/issues/{into()}</a>
          </p>
        )}
      </Show>
    </header>
  )
}

function Chart(props: { issue: IssueDetail }) {
  const bars = createMemo(() => barsOf(props.issue.chart, Math.max(props.issue.lastSeen, now())))
  return (
    <TimeChart
      label={t().issue.chart}
      buckets={bars().buckets}
      bucketMs={bars().bucketMs}
      series={[{ label: t().issue.chart, counts: bars().counts }]}
      height={96}
    />
  )
}

function ReportBar(props: { detail: ReportDetail; newest: boolean; onStep: (by: number) => void }) {
  return (
    <div class="report-bar">
      <b>{props.newest ? t().issue.newest : t().issue.report}</b>
      <a href={`/hosts/${props.detail.host.id}`}>{visible(props.detail.host.name)}</a>
      <span class="quiet">
        <Ago at={props.detail.at} />
      </span>
      <a href={`/reports/${props.detail.id}`}>{t().issue.permalink}</a>
      <span class="away">
        <button type="button" onClick={() => props.onStep(-1)} disabled={props.newest}>
          ‹ {t().issue.newer}
        </button>
        <button type="button" onClick={() => props.onStep(1)}>
          {t().issue.older} ›
        </button>
      </span>
    </div>
  )
}

function Verdict(props: { issue: IssueDetail }) {
  const words = () => t().issue
  return (
    <section class="verdict">
      <h3>{words().verdict.title}</h3>
      <p>
        <b>{words().verdict.is[props.issue.verdict.is]}</b>
        <Show when={props.issue.verdict.is !== 'open'}>
          <span class="quiet"> {words().verdict.confidence[props.issue.verdict.confidence]}</span>
        </Show>
        <br />
        {visible(said(props.issue.verdict.because))}
      </p>
      <Show when={props.issue.began.length > 0}>
        <h3>{words().began.title}</h3>
        <For each={props.issue.began}>
          {({ what, name, confidence, because }) => (
            <p>
              {words().began.what[what]} <b>{visible(name)}</b>
              <span class="quiet"> {words().verdict.confidence[confidence]}</span>
              <br />
              {visible(said(because))}
            </p>
          )}
        </For>
      </Show>
    </section>
  )
}
