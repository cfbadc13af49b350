import type { SeverityName } from '../../core/model.ts'
import type { IssueState } from '../api/types.ts'
import { t } from '../i18n/index.ts'

export function StateBadge(props: { state: IssueState; fixedIn?: string | undefined }) {
  return (
    <span class="state-badge" data-state={props.state}>
      {t().issues.states[props.state]}
      {props.state === 'fixed' && props.fixedIn !== undefined ? ` ${props.fixedIn}` : ''}
    </span>
  )
}

export function SeverityTag(props: { severity: SeverityName }) {
  return (
    <span class="severity" data-severity={props.severity}>
      {t().severity[props.severity]}
    </span>
  )
}
