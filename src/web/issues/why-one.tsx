import { For, Show } from 'solid-js'
import { visible } from '../../core/render/safe.ts'
import { useData } from '../api/data.ts'
import type { IssueDetail, ReportRow, Sameness } from '../api/types.ts'
import { t } from '../i18n/index.ts'
import { said } from '../i18n/said.ts'
import { diffOf } from '../views/links.ts'

const keysShown = 12

/** Why the report shown is in this issue: what it has in common with the first one, and where they differ. */
export function WhyOne(props: { keys: IssueDetail['keys']; report: ReportRow | undefined; first: string | undefined }) {
  const words = () => t().issue.why
  const other = (): string | undefined => (props.first === props.report?.id ? undefined : props.first)
  const sameness = useData<Sameness>(() => {
    const [one, first] = [props.report?.id, other()]
    return one === undefined || first === undefined
      ? undefined
      : { path: '/api/v1/sameness', query: { one, other: first } }
  })
  return (
    <section class="why-one">
      <h3>{words().title}</h3>
      <p class="quiet">{words().lead}</p>
      <Show when={props.report}>
        {report => (
          <p>
            {t().issue.report}: <b>{words().joined[report().joinedBy]}</b>
          </p>
        )}
      </Show>
      <Show when={other()} fallback={<p class="quiet">{words().itself}</p>}>
        {first => (
          <Show when={sameness.value()}>
            {found => (
              <>
                <p class="quiet">
                  {words().than}: <a href={diffOf(first(), props.report?.id ?? '')}>{t().issue.actions.compare}</a>
                </p>
                <dl class="sameness">
                  <dt data-same>{words().same}</dt>
                  <For each={found().same}>{line => <dd>{visible(said(line))}</dd>}</For>
                  <Show when={found().different.length > 0}>
                    <dt>{words().different}</dt>
                    <For each={found().different}>{line => <dd>{visible(said(line))}</dd>}</For>
                  </Show>
                </dl>
              </>
            )}
          </Show>
        )}
      </Show>
      <ul class="issue-keys">
        <For each={props.keys.slice(0, keysShown)}>
          {({ kind, value }) => (
            <li>
              <span class="quiet">{words().keys[kind] ?? kind}</span> <code>{visible(value)}</code>
            </li>
          )}
        </For>
      </ul>
    </section>
  )
}
