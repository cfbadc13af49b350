import { For, Show } from 'solid-js'
import { visible } from '../../core/render/safe.ts'
import { may } from '../api/session.ts'
import type { HistoryEntry, IssueState } from '../api/types.ts'
import { t } from '../i18n/index.ts'
import { Ago } from '../views/ago.tsx'
import { StateBadge } from '../views/badges.tsx'
import { undo } from './actions.ts'

/** What was done to an issue, the latest first, and the way back. */
export function HistoryList(props: { entries: readonly HistoryEntry[]; onChange: () => void }) {
  return (
    <section class="history">
      <h3>{t().issue.history.title}</h3>
      <Show when={props.entries.length > 0} fallback={<p class="quiet">{t().issue.history.none}</p>}>
        <ol>
          <For each={props.entries}>
            {entry => (
              <li data-undone={entry.undoneBy === undefined ? undefined : ''}>
                <b>{visible(entry.actor)}</b> <What entry={entry} />{' '}
                <span class="quiet">
                  <Ago at={entry.at} />
                </span>
                <Show when={entry.undoneBy !== undefined}>
                  {' '}
                  <span class="quiet">({t().issue.history.undone})</span>
                </Show>
                <Show when={entry.undoneBy === undefined && entry.action !== 'undo' && may('triager')}>
                  {' '}
                  <button type="button" class="line" onClick={() => void undo([entry.id]).then(props.onChange)}>
                    {t().shell.undo}
                  </button>
                </Show>
              </li>
            )}
          </For>
        </ol>
      </Show>
    </section>
  )
}

interface After {
  state?: IssueState
  fixed_in?: string | null
  note?: string | null
}

function What(props: { entry: HistoryEntry }) {
  const words = () => t().issue.history
  const detail = () => props.entry.detail
  const after = (): After => (detail()['after'] ?? {}) as After
  const text = (): string => {
    const { actions } = words()
    switch (props.entry.action) {
      case 'regressed':
        return actions.regressed(visible(String(detail()['release'] ?? '?')))
      case 'merge':
      case 'split':
      case 'move':
      case 'undo':
      case 'state':
        return actions[props.entry.action]
      default:
        return visible(props.entry.action)
    }
  }
  return (
    <>
      {text()}
      <Show when={after().state}>
        {state => (
          <>
            {' '}
            <StateBadge state={state()} fixedIn={after().fixed_in ?? undefined} />
          </>
        )}
      </Show>
      <Show when={after().note}>
        {note => (
          <>
            {' '}
            {words().note}: <q>{visible(note())}</q>
          </>
        )}
      </Show>
      <Show when={props.entry.otherIssue}>
        {other => (
          <>
            {' '}
            <a href={`/issues/${other()}`}>…{other().slice(-8)}</a>
          </>
        )}
      </Show>
      <Show when={typeof detail()['reports'] === 'number'}> ({words().moved(Number(detail()['reports']))})</Show>
    </>
  )
}
