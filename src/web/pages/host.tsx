import { For, Show } from 'solid-js'
import { visible } from '../../core/render/safe.ts'
import { remove } from '../api/client.ts'
import { useData, useSparingly } from '../api/data.ts'
import { onLive } from '../api/live.ts'
import { usePages } from '../api/pages.ts'
import { may } from '../api/session.ts'
import type { HostDetail, ReportPage, ReportRow } from '../api/types.ts'
import { BootList } from '../hosts/boot-list.tsx'
import { DoctorList } from '../hosts/doctor-list.tsx'
import { Timeline } from '../hosts/timeline.tsx'
import { t } from '../i18n/index.ts'
import { go } from '../router.ts'
import { Failed, wordsOf } from '../shell/failed.tsx'
import { say } from '../shell/toasts.tsx'
import { Ago } from '../views/ago.tsx'
import { SeverityTag } from '../views/badges.tsx'
import type { PageProps } from './index.ts'
import '../styles/hosts.css'

const refreshMs = 3000
const pageSize = 100
/** Of the command `up`: src/cli/sample.ts. */
const SAMPLE = 'sample-crash'

/** One host: what it is, its boots and how each ended, its exceptions, what would be lost on it. */
export default function HostPage(props: PageProps) {
  const path = () => `/api/v1/hosts/${props.params['id']}`
  const host = useData<HostDetail>(() => ({ path: path() }))
  const reports = usePages<ReportRow, ReportPage>(
    () => ({ path: `${path()}/reports`, query: { limit: pageSize } }),
    page => page.reports,
  )
  const soon = useSparingly(() => {
    host.again()
    reports.again()
  }, refreshMs)
  onLive({
    host: ({ id }) => id === props.params['id'] && soon(),
    report: row => row.host.id === props.params['id'] && soon(),
    reset: soon,
  })
  return (
    <Show
      when={host.value()}
      fallback={
        <Show when={host.error()} fallback={<p class="loading">…</p>}>
          {error => <Failed error={error()} onAgain={host.again} />}
        </Show>
      }
    >
      {value => (
        <main class="hosts host-page">
          <Head host={value()} />
          <Timeline boots={value().boots} reports={reports.items()} />
          <section>
            <h2>{t().hosts.reports}</h2>
            <For each={reports.items()} fallback={<p class="quiet">{t().hosts.noReports}</p>}>
              {report => <ReportLine report={report} />}
            </For>
            <Show when={reports.more()}>
              <button type="button" disabled={reports.loading()} onClick={reports.loadMore}>
                {t().issue.reports.more}
              </button>
            </Show>
          </section>
          <BootList host={value().id} boots={value().boots} />
          <DoctorList host={value()} />
        </main>
      )}
    </Show>
  )
}

function Head(props: { host: HostDetail }) {
  const words = () => t().hosts
  const name = () => visible(props.host.name)
  const takeAway = async (): Promise<void> => {
    if (!confirm(words().removeSure(name()))) return
    try {
      await remove(`/api/v1/hosts/${props.host.id}`)
      say(words().removed(name()))
      go('/hosts')
    } catch (error) {
      say(wordsOf(error))
    }
  }
  const facts = (): [string, string | undefined][] => [
    [words().facts.hardware, props.host.hardware],
    [words().facts.firmware, props.host.firmware],
    [words().facts.arch, props.host.arch],
    [words().facts.release, props.host.release],
    [words().facts.agent, props.host.machine?.agent],
  ]
  return (
    <header class="host-head">
      <div>
        <h1>{name()}</h1>
        <p class="about">
          <For each={facts().filter(([, value]) => value !== undefined)}>
            {([what, value]) => (
              <span>
                {what} <b>{visible(value ?? '')}</b>
              </span>
            )}
          </For>
          <span>
            {words().facts.seen} <Ago at={props.host.lastSeen} />
          </span>
          <Show when={props.host.via}>{via => <span>{words().via(via())}</span>}</Show>
        </p>
        <Show when={props.host.name === SAMPLE}>
          <p class="quiet">{words().sample}</p>
        </Show>
      </div>
      <div class="tools">
        <a class="button" href={`/hosts/${props.host.id}/log`}>
          {words().log}
        </a>
        <Show when={may('admin')}>
          <button type="button" onClick={() => void takeAway()}>
            {words().remove}
          </button>
        </Show>
      </div>
    </header>
  )
}

function ReportLine(props: { report: ReportRow }) {
  return (
    <div class="report-line">
      <SeverityTag severity={props.report.severity} />
      <a class="title" href={`/reports/${props.report.id}`}>
        {visible(props.report.title)}
      </a>
      <a class="quiet" href={`/issues/${props.report.issue}`}>
        {t().issues.columns.issue}
      </a>
      <span class="seen">
        <Ago at={props.report.at} />
      </span>
    </div>
  )
}
