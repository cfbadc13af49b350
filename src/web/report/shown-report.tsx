import { For, Show } from 'solid-js'
import { visible } from '../../core/render/safe.ts'
import type { ReportDetail } from '../api/types.ts'
import { dateOf } from '../i18n/format.ts'
import { t } from '../i18n/index.ts'
import { ReportView } from './report-view.tsx'

/** A report that the server keeps: decoded, with the files that came with it. `under`: the title that stands above it. */
export function ShownReport(props: { report: ReportDetail; under?: string }) {
  return (
    <>
      <Show when={props.report.outlined}>
        {gone => (
          <p class="problem">
            {t().report.outlined[gone().why] ?? gone().why} {dateOf(gone().at)}.
          </p>
        )}
      </Show>
      <ReportView
        report={props.report.report}
        titled={props.under === props.report.report.title}
        tools={
          <a class="button" href={`/api/v1/reports/${props.report.id}/html`} download="">
            {t().issue.actions.html}
          </a>
        }
      />
      <Show when={props.report.evidence.length > 0}>
        <section class="part evidence-files">
          <h3>{t().issue.evidence.title}</h3>
          <ul>
            <For each={props.report.evidence}>
              {({ path, sizeBytes }) => (
                <li>
                  <a
                    href={`/api/v1/reports/${props.report.id}/evidence/${path.split('/').map(encodeURIComponent).join('/')}`}
                    download=""
                  >
                    {visible(path)}
                  </a>{' '}
                  <span class="quiet">{t().bytes(sizeBytes)}</span>
                </li>
              )}
            </For>
          </ul>
        </section>
      </Show>
    </>
  )
}
