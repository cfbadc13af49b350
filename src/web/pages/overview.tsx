import { createSignal, For, Match, Show, Switch } from 'solid-js'
import { visible } from '../../core/render/safe.ts'
import { clip } from '../../core/render/wording.ts'
import { useData, useSparingly } from '../api/data.ts'
import { onLive } from '../api/live.ts'
import type { Overview, ReportRow } from '../api/types.ts'
import { count, short } from '../i18n/format.ts'
import { t } from '../i18n/index.ts'
import { kindName } from '../i18n/parts.ts'
import { route, setQuery } from '../router.ts'
import { Failed } from '../shell/failed.tsx'
import { Ago } from '../views/ago.tsx'
import { SeverityTag, StateBadge } from '../views/badges.tsx'
import { type ChartSeries, TimeChart } from '../views/chart.tsx'
import { issuesWith } from '../views/links.ts'
import { NothingYet } from '../views/nothing-yet.tsx'
import '../styles/overview.css'

const spans = [24, 168, 720]
/** The exact numbers are asked for this often at most while reports come in; in between they are counted here. */
const refreshMs = 5000
const latestShown = 20
const titleCells = 120

/** What is going on, and where it is worst. */
export default function OverviewPage() {
  const words = () => t().overview
  const hours = (): number => {
    const given = Number(route().query.get('hours'))
    return spans.includes(given) ? given : 168
  }
  const by = (): 'kind' | 'release' => (route().query.get('by') === 'release' ? 'release' : 'kind')
  const data = useData<Overview>(() => ({ path: '/api/v1/overview', query: { hours: hours() } }), true)
  const [fresh, setFresh] = createSignal<ReadonlySet<string>>(new Set())
  const soon = useSparingly(data.again, refreshMs)
  onLive({
    report: report => {
      setFresh(before => new Set([...before, report.id].slice(-latestShown)))
      data.change(before => withReport(before, report))
      soon()
    },
    issue: soon,
    reset: soon,
  })

  const series = (overview: Overview): ChartSeries[] =>
    (by() === 'kind' ? overview.kinds : overview.releases).map(({ value, counts }) =>
      value === '…'
        ? { label: words().rest, counts, rest: true }
        : {
            label: value === '' ? words().unknown : visible(by() === 'kind' ? kindName(value) : value),
            counts,
            href: value === '' ? undefined : issuesWith({ [by()]: value }),
          },
    )

  return (
    <Switch>
      <Match when={data.error() !== undefined && data.value() === undefined}>
        <Failed error={data.error()} onAgain={data.again} />
      </Match>
      <Match when={data.value()}>
        {overview => (
          <Show when={overview().latest.length > 0} fallback={<NothingYet />}>
            <main class="overview">
              <h1 class="unseen">{words().title}</h1>
              <div class="figures">
                <Figure value={overview().counts.reports} what={words().counts.reports} />
                <Figure
                  value={overview().counts.newIssues}
                  what={words().counts.newIssues}
                  href={`/issues?sort=first-seen`}
                />
                <Figure value={overview().counts.openIssues} what={words().counts.openIssues} href="/issues" />
                <Figure
                  value={overview().counts.regressedIssues}
                  what={words().counts.regressed}
                  href={issuesWith({ state: 'regressed' })}
                />
                <Figure
                  value={overview().counts.troubledHosts}
                  what={words().counts.hosts(overview().counts.hosts)}
                  href="/hosts"
                />
                <div class="choices">
                  <Choice
                    label={words().by}
                    options={[
                      ['kind', words().byKind],
                      ['release', words().byRelease],
                    ]}
                    chosen={by()}
                    onChoose={value => setQuery({ by: value === 'kind' ? undefined : value }, 'replace')}
                  />
                  <Choice
                    label={words().span}
                    options={spans.map(span => [String(span), words().spans[span] ?? ''] as const)}
                    chosen={String(hours())}
                    onChoose={value => setQuery({ hours: value === '168' ? undefined : value }, 'replace')}
                  />
                </div>
              </div>
              <TimeChart
                label={words().chart}
                buckets={overview().buckets}
                bucketMs={overview().bucketMs}
                series={series(overview())}
              />
              <div class="columns">
                <div>
                  <Top overview={overview()} />
                  <Trouble overview={overview()} />
                </div>
                <Latest reports={overview().latest} fresh={fresh()} />
              </div>
            </main>
          </Show>
        )}
      </Match>
      <Match when={true}>
        <p class="loading">{t().shell.loading}</p>
      </Match>
    </Switch>
  )
}

function Figure(props: { value: number; what: string; href?: string }) {
  const body = () => (
    <>
      <b>{short(props.value)}</b> {props.what}
    </>
  )
  return (
    <Show when={props.href} fallback={<p class="figure">{body()}</p>}>
      {href => (
        <a class="figure" href={href()}>
          {body()}
        </a>
      )}
    </Show>
  )
}

function Choice(props: {
  label: string
  options: readonly (readonly [value: string, label: string])[]
  chosen: string
  onChoose: (value: string) => void
}) {
  return (
    <fieldset class="choice">
      <legend class="unseen">{props.label}</legend>
      <For each={props.options}>
        {([value, label]) => (
          <button type="button" aria-pressed={props.chosen === value} onClick={() => props.onChoose(value)}>
            {label}
          </button>
        )}
      </For>
    </fieldset>
  )
}

function Top(props: { overview: Overview }) {
  return (
    <section class="block">
      <header>
        <h2>{t().overview.top}</h2>
        <a href="/issues">{t().overview.all}</a>
      </header>
      <Show when={props.overview.top.length > 0} fallback={<p class="quiet">{t().overview.topNone}</p>}>
        <ol class="rows">
          <For each={props.overview.top}>
            {issue => (
              <li data-severity={issue.severity}>
                <a href={`/issues/${issue.id}`} class="title">
                  {clip(visible(issue.title), titleCells)}
                </a>
                <span class="about">
                  <StateBadge state={issue.state} fixedIn={issue.fixedIn} />
                  <span>{t().shell.hosts(issue.hosts)}</span>
                  <Ago at={issue.lastSeen} />
                </span>
                <b class="number">{count(issue.recent)}</b>
              </li>
            )}
          </For>
        </ol>
      </Show>
    </section>
  )
}

function Trouble(props: { overview: Overview }) {
  return (
    <section class="block">
      <header>
        <h2>{t().overview.trouble}</h2>
        <a href="/hosts">{t().shell.nav.hosts}</a>
      </header>
      <Show when={props.overview.trouble.length > 0} fallback={<p class="quiet">{t().overview.troubleNone}</p>}>
        <ol class="rows">
          <For each={props.overview.trouble}>
            {host => (
              <li>
                <a href={`/hosts/${host.id}`} class="title">
                  {visible(host.name)}
                </a>
                <span class="about">
                  <Show when={host.fatal > 0}>
                    <span class="fatal">{t().overview.fatal(host.fatal)}</span>
                  </Show>
                  <Show when={host.release}>{release => <span>{visible(release())}</span>}</Show>
                  <Show when={host.hardware}>{model => <span>{clip(visible(model()), 48)}</span>}</Show>
                </span>
                <b class="number">{count(host.recent)}</b>
              </li>
            )}
          </For>
        </ol>
      </Show>
    </section>
  )
}

function Latest(props: { reports: readonly ReportRow[]; fresh: ReadonlySet<string> }) {
  return (
    <section class="block" aria-live="polite">
      <header>
        <h2>{t().overview.latest}</h2>
      </header>
      <ol class="rows latest">
        <For each={props.reports}>
          {report => (
            <li data-severity={report.severity} class={props.fresh.has(report.id) ? 'fresh' : undefined}>
              <a href={`/reports/${report.id}`} class="title">
                {clip(visible(report.title), titleCells)}
              </a>
              <span class="about">
                <SeverityTag severity={report.severity} />
                <a href={`/hosts/${report.host.id}`}>{visible(report.host.name)}</a>
                <Show when={report.release}>{release => <span>{visible(release())}</span>}</Show>
                <Ago at={report.at} />
              </span>
            </li>
          )}
        </For>
      </ol>
    </section>
  )
}

/** Counted here until the server is asked again. */
function withReport(before: Overview, report: ReportRow): Overview {
  if (before.latest.some(({ id }) => id === report.id)) return before
  const index = Math.floor((report.at - before.since) / before.bucketMs)
  const counted = (series: Overview['kinds'], value: string): Overview['kinds'] => {
    if (index < 0 || index >= before.buckets.length) return series
    const found = series.find(each => each.value === value) ?? series.find(each => each.value === '…')
    if (found === undefined) {
      const counts = before.buckets.map((_, at) => (at === index ? 1 : 0))
      return [...series, { value, counts }]
    }
    return series.map(each =>
      each === found ? { value: each.value, counts: each.counts.map((n, at) => (at === index ? n + 1 : n)) } : each,
    )
  }
  return {
    ...before,
    kinds: counted(before.kinds, report.kind),
    releases: counted(before.releases, report.release ?? ''),
    counts: { ...before.counts, reports: before.counts.reports + (index < 0 ? 0 : 1) },
    latest: [report, ...before.latest].slice(0, latestShown),
  }
}
