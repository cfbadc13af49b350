import { createMemo, createSignal, For, Show } from 'solid-js'
import { visible } from '../../core/render/safe.ts'
import { useData } from '../api/data.ts'
import type { ReportDetail, Sameness } from '../api/types.ts'
import {
  type Compared,
  factsBeside,
  framesOf,
  frameText,
  linesOf,
  registersBeside,
  sameFrame,
  sameLine,
} from '../diff/compare.ts'
import { type DiffRow, diffOf } from '../diff/lines.ts'
import { dateTime } from '../i18n/format.ts'
import { t } from '../i18n/index.ts'
import { factLabel, factValue } from '../i18n/parts.ts'
import { said } from '../i18n/said.ts'
import { useKeys } from '../keys.ts'
import { route, setQuery } from '../router.ts'
import { Failed } from '../shell/failed.tsx'
import '../styles/diff.css'

/** Lines alike that are shown around what differs. */
const around = 3

/** Two reports side by side: facts, trace, registers, log. */
export default function DiffPage() {
  const words = () => t().diff
  const id = (name: 'one' | 'other'): string | undefined => route().query.get(name) ?? undefined
  const report = (name: 'one' | 'other') =>
    useData<ReportDetail>(() => {
      const which = id(name)
      return which === undefined ? undefined : { path: `/api/v1/reports/${which}` }
    })
  const one = report('one')
  const other = report('other')
  const sameness = useData<Sameness>(() => {
    const [a, b] = [id('one'), id('other')]
    return a === undefined || b === undefined ? undefined : { path: '/api/v1/sameness', query: { one: a, other: b } }
  })
  const [brief, setBrief] = createSignal(true)
  const swap = (): void => setQuery({ one: id('other'), other: id('one') }, 'replace')
  useKeys([
    { key: 'd', what: () => words().keys.different, run: () => setBrief(before => !before) },
    { key: 's', what: () => words().keys.swap, run: swap },
  ])
  const both = createMemo(() => {
    const [a, b] = [one.value(), other.value()]
    return a === undefined || b === undefined ? undefined : ([a, b] as const)
  })
  const problem = () => one.error() ?? other.error()
  return (
    <main class="diff">
      <h1>{words().title}</h1>
      <Show when={id('one') === undefined || id('other') === undefined}>
        <p>{words().missing}</p>
      </Show>
      <Show when={problem()}>
        {error => (
          <Failed
            error={error()}
            onAgain={() => {
              one.again()
              other.again()
            }}
          />
        )}
      </Show>
      <Show when={both()}>
        {pair => (
          <>
            <div class="diff-tools">
              <label class="check">
                <input type="checkbox" checked={brief()} onChange={event => setBrief(event.currentTarget.checked)} />
                {words().onlyDifferent}
              </label>
              <button type="button" onClick={swap}>
                {words().swap}
              </button>
              <span class="quiet">{words().note}</span>
            </div>
            <div class="diff-row heads">
              <For each={pair()}>
                {detail => (
                  <div>
                    <a href={`/reports/${detail.id}`}>{visible(detail.title)}</a>
                    <span class="quiet">
                      {visible(detail.host.name)} · {dateTime(detail.at)}
                    </span>
                  </div>
                )}
              </For>
            </div>
            <Show when={sameness.value()}>
              {found => (
                <ul class="sameness-list">
                  <For each={found().same}>{line => <li data-same>{visible(said(line))}</li>}</For>
                  <For each={found().different}>{line => <li>{visible(said(line))}</li>}</For>
                </ul>
              )}
            </Show>
            <Values title={words().facts} brief={brief()} rows={factsBeside(pair()[0].report, pair()[1].report)} />
            <Lines
              title={words().trace}
              brief={false}
              rows={diffOf(framesOf(pair()[0].report), framesOf(pair()[1].report), sameFrame)}
              text={frameText}
            />
            <Values
              title={words().registers}
              brief={brief()}
              exact
              rows={registersBeside(pair()[0].report, pair()[1].report)}
            />
            <Lines
              title={words().log}
              brief={brief()}
              rows={diffOf(linesOf(pair()[0].report), linesOf(pair()[1].report), sameLine)}
              text={line => line}
            />
          </>
        )}
      </Show>
    </main>
  )
}

function Values(props: { title: string; brief: boolean; rows: readonly Compared[]; exact?: boolean }) {
  const key = (text = ''): string => (props.exact === true ? text : sameLine(text))
  const rows = () => props.rows.filter(({ one, other }) => !props.brief || key(one) !== key(other))
  const text = (name: string, value = ''): string => visible(props.exact === true ? value : factValue(name, value))
  return (
    <Show when={props.rows.length > 0}>
      <section class="diff-part">
        <h2>{props.title}</h2>
        <Show when={rows().length > 0} fallback={<p class="quiet">{t().diff.same}</p>}>
          <For each={rows()}>
            {({ name, one, other }) => (
              <div class="diff-row named" data-different={one === other ? undefined : ''}>
                <span class="name">{visible(factLabel(name))}</span>
                <code>{text(name, one)}</code>
                <code>{text(name, other)}</code>
              </div>
            )}
          </For>
        </Show>
      </section>
    </Show>
  )
}

type Shown<Item> = { row: DiffRow<Item> } | { hidden: number }

function Lines<Item>(props: {
  title: string
  brief: boolean
  rows: readonly DiffRow<Item>[] | undefined
  text: (item: Item) => string
}) {
  const shown = (): Shown<Item>[] => (props.rows === undefined ? [] : shorten(props.rows, props.brief))
  const cell = (item: Item | undefined): string => (item === undefined ? '' : visible(props.text(item)))
  return (
    <section class="diff-part">
      <h2>{props.title}</h2>
      <Show when={props.rows !== undefined} fallback={<p class="quiet">{t().diff.tooLong}</p>}>
        <Show when={shown().length > 0} fallback={<p class="quiet">{t().diff.noTrace}</p>}>
          <div class="diff-lines">
            <For each={shown()}>
              {each =>
                'hidden' in each ? (
                  <p class="hidden-lines">{t().diff.hidden(each.hidden)}</p>
                ) : (
                  <div class="diff-row" data-different={each.row.same ? undefined : ''}>
                    <code data-gone={each.row.same || each.row.one === undefined ? undefined : ''}>
                      {cell(each.row.one)}
                    </code>
                    <code data-come={each.row.same || each.row.other === undefined ? undefined : ''}>
                      {cell(each.row.other)}
                    </code>
                  </div>
                )
              }
            </For>
          </div>
        </Show>
      </Show>
    </section>
  )
}

/** Long runs of what is alike become their number. */
function shorten<Item>(rows: readonly DiffRow<Item>[], brief: boolean): Shown<Item>[] {
  if (!brief) return rows.map(row => ({ row }))
  const near = rows.map((_, index) =>
    rows.slice(Math.max(0, index - around), index + around + 1).some(row => !row.same),
  )
  const shown: Shown<Item>[] = []
  let hidden = 0
  for (const [index, row] of rows.entries()) {
    if (near[index] !== true) {
      hidden++
      continue
    }
    if (hidden > 0) shown.push({ hidden })
    hidden = 0
    shown.push({ row })
  }
  return hidden > 0 ? [...shown, { hidden }] : shown
}
