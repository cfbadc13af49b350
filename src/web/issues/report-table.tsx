import { createSignal, For, Show } from 'solid-js'
import { visible } from '../../core/render/safe.ts'
import type { Pages } from '../api/pages.ts'
import { may } from '../api/session.ts'
import type { ReportRow } from '../api/types.ts'
import { t } from '../i18n/index.ts'
import { go } from '../router.ts'
import { Ago } from '../views/ago.tsx'
import { diffOf } from '../views/links.ts'
import { type Chosen, moveInto, splitOff } from './actions.ts'
import { ChooseDialog } from './choose-dialog.tsx'
import { PickIssue } from './pick-issue.tsx'
import { useSelection } from './selection.ts'

/** The reports of an issue: look, compare two, split some off, move them elsewhere. */
export function ReportTable(props: {
  issue: string
  shown: string | undefined
  reports: Pages<ReportRow>
  onShow: (id: string) => void
  onChange: () => void
}) {
  const words = () => t().issue.reports
  const { selected, select, unselect } = useSelection()
  const [choosing, setChoosing] = createSignal<'split' | 'move'>()
  const [moving, setMoving] = createSignal<Chosen>()
  const rows = () => props.reports.items().filter(({ id }) => selected().has(id))
  const pair = () => rows().map(({ id }) => id) as [string, string]
  const done = (): void => {
    unselect()
    props.onChange()
  }
  const choose = (chosen: Chosen): void => {
    const what = choosing()
    setChoosing(undefined)
    if (what === 'move') setMoving(chosen)
    else
      void splitOff(props.issue, chosen, done).then(([made]) => {
        if (made?.issue !== undefined) go(`/issues/${made.issue}`)
      })
  }
  const actions = () => t().issue.actions
  return (
    <section class="report-table">
      <header>
        <h3>{words().title}</h3>
        <Show when={selected().size > 0}>
          <div class="tools">
            <b>{t().issues.selected(selected().size)}</b>
            <Show when={selected().size === 2}>
              <a class="button" href={diffOf(...pair())}>
                {actions().compare}
              </a>
            </Show>
            <Show when={may('triager')}>
              <button type="button" onClick={() => setChoosing('split')}>
                {actions().split}
              </button>
              <button type="button" onClick={() => setChoosing('move')}>
                {actions().move}
              </button>
            </Show>
          </div>
        </Show>
      </header>
      <div class="table">
        <div class="head" aria-hidden="true">
          <span />
          <span>{words().when}</span>
          <span>{words().host}</span>
          <span>{words().kernel}</span>
          <span>{words().model}</span>
          <span>{words().why}</span>
        </div>
        <For each={props.reports.items()}>
          {report => (
            <div class="row" data-current={props.shown === report.id ? '' : undefined}>
              <label class="pick">
                <input
                  type="checkbox"
                  aria-label={words().select}
                  checked={selected().has(report.id)}
                  onChange={event => select(report.id, event.currentTarget.checked)}
                />
              </label>
              <button type="button" class="link" onClick={() => props.onShow(report.id)}>
                <Ago at={report.at} />
              </button>
              <a href={`/hosts/${report.host.id}`}>{visible(report.host.name)}</a>
              <span>{visible(report.release ?? '')}</span>
              <span class="model" title={visible(report.hardware ?? '')}>
                {visible(report.hardware ?? '')}
              </span>
              <span class="quiet">
                {t().issue.why.joined[report.joinedBy]} <a href={`/reports/${report.id}`}>{t().issue.permalink}</a>
              </span>
            </div>
          )}
        </For>
      </div>
      <Show when={props.reports.more()}>
        <button type="button" disabled={props.reports.loading()} onClick={props.reports.loadMore}>
          {words().more}
        </button>
      </Show>
      <Show when={choosing()}>
        <ChooseDialog reports={rows()} onChoose={choose} onClose={() => setChoosing(undefined)} />
      </Show>
      <Show when={moving()}>
        {chosen => (
          <PickIssue
            title={t().issue.pick.move}
            not={props.issue}
            words=""
            onPick={into => {
              const what = chosen()
              setMoving(undefined)
              void moveInto(props.issue, into, what, done)
            }}
            onClose={() => setMoving(undefined)}
          />
        )}
      </Show>
    </section>
  )
}
