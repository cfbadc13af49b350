import { createEffect, Match, Show, Switch } from 'solid-js'
import { visible } from '../../core/render/safe.ts'
import { useData } from '../api/data.ts'
import type { ReportDetail, ReportPage } from '../api/types.ts'
import { dateTime } from '../i18n/format.ts'
import { t } from '../i18n/index.ts'
import { useKeys } from '../keys.ts'
import { sayCopied } from '../report/save.ts'
import { ShownReport } from '../report/shown-report.tsx'
import { go } from '../router.ts'
import { Failed } from '../shell/failed.tsx'
import { foldAll } from '../views/fold.ts'
import { diffOf } from '../views/links.ts'
import type { PageProps } from './index.ts'
import '../styles/issue.css'

/** One report under an address of its own, which stays. */
export default function ReportPageView(props: PageProps) {
  const report = useData<ReportDetail>(() => ({ path: `/api/v1/reports/${props.params['id'] ?? ''}` }))
  const newest = useData<ReportPage>(() => {
    const issue = report.value()?.issue
    return issue === undefined ? undefined : { path: `/api/v1/issues/${issue}/reports`, query: { limit: 2 } }
  })
  /** another of the same issue, to compare with */
  const other = () => newest.value()?.reports.find(({ id }) => id !== report.value()?.id)
  createEffect(() => {
    const title = report.value()?.title
    if (title !== undefined) document.title = `${visible(title)} · ${t().name}`
  })
  const keys = () => t().issue.keys
  const toIssue = (): void => {
    const issue = report.value()?.issue
    if (issue !== undefined) go(`/issues/${issue}`)
  }
  useKeys([
    { key: 'v', what: () => keys().fold, run: foldAll },
    { key: 'm', what: () => keys().copy, run: () => sayCopied(report.value()?.report) },
    { key: 'u', what: () => keys().issue, run: toIssue },
  ])
  return (
    <Switch>
      <Match when={report.error() !== undefined && report.value() === undefined}>
        <Failed error={report.error()} onAgain={report.again} />
      </Match>
      <Match when={report.value()}>
        {found => (
          <main class="report-page">
            <h1 class="unseen">{t().report.label}</h1>
            <div class="report-bar">
              <a href={`/issues/${found().issue}?report=${found().id}`}>← {t().issues.columns.issue}</a>
              <a href={`/hosts/${found().host.id}`}>{visible(found().host.name)}</a>
              <span class="quiet">{dateTime(found().at)}</span>
              <span class="quiet">{t().issue.why.joined[found().joinedBy]}</span>
              <Show when={other()}>
                {another => (
                  <span class="away">
                    <a class="button" href={diffOf(found().id, another().id)}>
                      {t().issue.actions.compare}
                    </a>
                  </span>
                )}
              </Show>
            </div>
            <ShownReport report={found()} />
          </main>
        )}
      </Match>
      <Match when={true}>
        <p class="loading">{t().shell.loading}</p>
      </Match>
    </Switch>
  )
}
