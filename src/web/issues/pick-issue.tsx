import { createSignal, For, Show } from 'solid-js'
import { visible } from '../../core/render/safe.ts'
import { useData } from '../api/data.ts'
import type { IssuePage } from '../api/types.ts'
import { t } from '../i18n/index.ts'
import { Dialog } from '../shell/dialog.tsx'
import { SeverityTag, StateBadge } from '../views/badges.tsx'

const shown = 12
const typingMs = 200

/** Which other issue? Found by words, or by its address. */
export function PickIssue(props: {
  title: string
  not: string
  words: string
  onPick: (id: string) => void
  onClose: () => void
}) {
  const [query, setQuery] = createSignal(props.words)
  let timer: ReturnType<typeof setTimeout> | undefined
  const found = useData<IssuePage>(
    () => ({ path: '/api/v1/issues', query: { query: query(), limit: shown + 1, sort: 'reports' } }),
    true,
  )
  const others = () => (found.value()?.issues ?? []).filter(({ id }) => id !== props.not).slice(0, shown)
  const search = (text: string): void => {
    clearTimeout(timer)
    const id = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(text)?.[0]
    if (id !== undefined && id !== props.not) props.onPick(id)
    else timer = setTimeout(() => setQuery(text.trim()), typingMs)
  }
  return (
    <Dialog title={props.title} onClose={props.onClose}>
      <input
        type="search"
        class="wide"
        aria-label={t().issue.pick.search}
        placeholder={t().issue.pick.search}
        autofocus
        spellcheck={false}
        autocomplete="off"
        value={props.words}
        onInput={event => search(event.currentTarget.value)}
      />
      <Show
        when={others().length > 0}
        fallback={<p class="quiet">{found.loading() ? t().shell.loading : t().issue.pick.none}</p>}
      >
        <ul class="pick-list">
          <For each={others()}>
            {issue => (
              <li>
                <button type="button" onClick={() => props.onPick(issue.id)}>
                  <span class="title">{visible(issue.title)}</span>
                  <span class="about">
                    <SeverityTag severity={issue.severity} />
                    <StateBadge state={issue.state} fixedIn={issue.fixedIn} />
                    <span>{t().shell.reports(issue.reports)}</span>
                  </span>
                </button>
              </li>
            )}
          </For>
        </ul>
      </Show>
    </Dialog>
  )
}
