import { createEffect, For, Show } from 'solid-js'
import type { Report } from '../../core/model.ts'
import { visible } from '../../core/render/safe.ts'
import { clip } from '../../core/render/wording.ts'
import { t } from '../i18n/index.ts'
import type { Session } from './session.ts'

/** Longer titles are cut in the list. */
const titleCells = 160

/** Every report of the log, most of it a line or two; filter and severities above. */
export function ReportList(props: {
  session: Session
  filterRef: (element: HTMLInputElement) => void
  onOpen: () => void
}) {
  const list = () => t().decode.list
  return (
    <nav class="list" aria-label={list().label}>
      <div class="filter">
        <label class="unseen" for="filter">
          {list().filter}
        </label>
        <input
          id="filter"
          ref={element => props.filterRef(element)}
          type="search"
          placeholder={`${list().filter}: ${list().filterHint}`}
          autocomplete="off"
          spellcheck={false}
          value={props.session.query()}
          onInput={event => props.session.setQuery(event.currentTarget.value)}
        />
        <div class="chips">
          <For each={props.session.counts()}>
            {({ severity, count }) => (
              <button
                type="button"
                class="chip"
                data-severity={severity}
                aria-pressed={!props.session.hidden().has(severity)}
                onClick={() => props.session.toggle(severity)}
              >
                <span class="severity">{t().severity[severity]}</span> {count}
              </button>
            )}
          </For>
        </div>
        <p class="quiet" role="status">
          {list().shown(props.session.shown().length, props.session.entries().length)}
        </p>
      </div>
      <Show
        when={props.session.shown().length > 0}
        fallback={
          <p class="nothing">
            {list().nothing}{' '}
            <button type="button" onClick={() => props.session.showAll()}>
              {list().clear}
            </button>
          </p>
        }
      >
        <ol>
          <For each={props.session.shown()}>
            {report => <Item report={report} session={props.session} onOpen={props.onOpen} />}
          </For>
        </ol>
      </Show>
    </nav>
  )
}

function Item(props: { report: Report; session: Session; onOpen: () => void }) {
  let button: HTMLButtonElement | undefined
  const current = (): boolean => props.session.selected() === props.report
  createEffect(() => {
    if (current()) button?.scrollIntoView({ block: 'nearest' })
  })
  const about = (): string => {
    const { task, lines } = props.report
    const who = task?.comm === undefined ? undefined : `${task.comm}${task.pid === undefined ? '' : `[${task.pid}]`}`
    const { file } = props.report.source
    const where = (): string =>
      props.session.several() && file !== undefined ? `${file}:${lines.first}` : t().report.line(lines.first)
    const alike = props.session.alike(props.report)
    return [who, where(), alike > 1 ? t().decode.list.alike(alike) : undefined]
      .filter(part => part !== undefined)
      .map(visible)
      .join(' · ')
  }
  return (
    <li data-severity={props.report.severity}>
      <button
        type="button"
        ref={element => (button = element)}
        aria-current={current() ? 'true' : undefined}
        onClick={() => {
          props.session.select(props.report)
          props.onOpen()
        }}
      >
        <span class="severity">{t().severity[props.report.severity]}</span>
        <span class="title">{clip(visible(props.report.title), titleCells)}</span>
        <span class="quiet">{about()}</span>
      </button>
    </li>
  )
}
