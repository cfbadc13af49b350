import { createSignal, For, Show } from 'solid-js'
import { visible } from '../../core/render/safe.ts'
import type { FacetValue } from '../api/types.ts'
import { count } from '../i18n/format.ts'
import { t } from '../i18n/index.ts'
import { Ago } from '../views/ago.tsx'
import { issuesWith } from '../views/links.ts'

const shownAtFirst = 6

/** How often on which host, with which kernel…: a bar beside each, and where to find more of the kind. */
export function FacetList(props: { facet: string; values: readonly FacetValue[] }) {
  const [all, setAll] = createSignal(false)
  const most = (): number => Math.max(1, ...props.values.map(({ reports }) => reports))
  const hrefOf = ({ value }: FacetValue): string =>
    props.facet === 'host' ? `/hosts/${value}` : issuesWith({ [props.facet]: value, state: 'any' })
  return (
    <section class="facet">
      <h3>{t().issue.facets[props.facet] ?? props.facet}</h3>
      <ul>
        <For each={all() ? props.values : props.values.slice(0, shownAtFirst)}>
          {each => (
            <li>
              <a href={hrefOf(each)} title={visible(each.name ?? each.value)}>
                {visible(each.name ?? each.value)}
              </a>
              <meter min="0" max={most()} value={each.reports} aria-label={t().shell.reports(each.reports)} />
              <span class="number">{count(each.reports)}</span>
              <span class="quiet">
                <Ago at={each.lastSeen} />
              </span>
            </li>
          )}
        </For>
      </ul>
      <Show when={props.values.length > shownAtFirst}>
        <button type="button" class="line" onClick={() => setAll(before => !before)}>
          {all() ? t().issue.less : t().issue.more(props.values.length - shownAtFirst)}
        </button>
      </Show>
    </section>
  )
}
