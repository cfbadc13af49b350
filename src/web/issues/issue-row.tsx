import { Show } from 'solid-js'
import { visible } from '../../core/render/safe.ts'
import type { ListedIssue } from '../api/types.ts'
import { count, short } from '../i18n/format.ts'
import { t } from '../i18n/index.ts'
import { kindName } from '../i18n/parts.ts'
import { Ago } from '../views/ago.tsx'
import { SeverityTag, StateBadge } from '../views/badges.tsx'
import { Spark } from '../views/spark.tsx'

export function IssueRow(props: {
  issue: ListedIssue
  current: boolean
  selected: boolean
  selectable: boolean
  onSelect: (selected: boolean) => void
}) {
  const recent = (): number => (props.issue.trend ?? []).reduce((sum, each) => sum + each, 0)
  const title = (): string => visible(props.issue.title)
  return (
    <div
      class="issue-row"
      data-severity={props.issue.severity}
      data-current={props.current ? '' : undefined}
      data-selected={props.selected ? '' : undefined}
    >
      <Show when={props.selectable} fallback={<span />}>
        <label class="pick">
          <input
            type="checkbox"
            aria-label={t().issues.select(title())}
            checked={props.selected}
            onChange={event => props.onSelect(event.currentTarget.checked)}
          />
        </label>
      </Show>
      <div class="what">
        <a href={`/issues/${props.issue.id}`} class="title" title={title()}>
          {title()}
        </a>
        <span class="about">
          <SeverityTag severity={props.issue.severity} />
          <StateBadge state={props.issue.state} fixedIn={props.issue.fixedIn} />
          <span>{kindName(props.issue.kind)}</span>
          <Show when={props.issue.fatal}>
            <span class="fatal" title={t().report.fatal}>
              {t().issues.fatal}
            </span>
          </Show>
          <Show when={props.issue.note}>{note => <span class="note">{visible(note())}</span>}</Show>
        </span>
      </div>
      <Spark counts={props.issue.trend ?? []} label={t().issues.trend(recent())} />
      <span class="number" title={count(props.issue.reports)}>
        {short(props.issue.reports)}
      </span>
      <span class="number" title={count(props.issue.hosts)}>
        {short(props.issue.hosts)}
      </span>
      <span class="seen">
        <Ago at={props.issue.lastSeen} />
      </span>
    </div>
  )
}
