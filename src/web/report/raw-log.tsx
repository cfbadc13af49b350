import { createEffect, createMemo, createSignal, For, Show } from 'solid-js'
import type { Report } from '../../core/model.ts'
import { visibleLines } from '../../core/render/safe.ts'
import { t } from '../i18n/index.ts'

const SHORT_LINES = 40

/** Nothing of it stands above its log, which is not long. */
const saysAll = ({ traces = [], findings = [], memory, text }: Report): boolean =>
  traces.length === 0 && findings.length === 0 && memory === undefined && text.split('\n').length <= SHORT_LINES

/** The cut-out lines of the log. `line` is the one that something above points to. */
export function RawLog(props: { report: Report; line: number | undefined }) {
  const [open, setOpen] = createSignal(saysAll(props.report))
  const lines = createMemo(() => {
    const all = props.report.text.split('\n')
    if (all.at(-1) === '') all.pop()
    return all
  })
  const span = (): number => props.report.lines.last - props.report.lines.first + 1
  /** Numbers only where the cut-out has the lines of the log one for one. */
  const numbered = (): boolean => lines().length === span()
  const marked = (): number | undefined => {
    if (props.line === undefined || !numbered()) return undefined
    return props.line - props.report.lines.first
  }
  /** The lines that the findings rest on. */
  const evidence = createMemo(() => new Set(props.report.findings?.flatMap(finding => finding.evidence)))
  const isEvidence = (index: number): boolean => numbered() && evidence().has(props.report.lines.first + index)
  let list: HTMLOListElement | undefined
  createEffect(() => {
    const at = props.line
    if (at === undefined) return
    setOpen(true)
    const index = marked()
    queueMicrotask(() => list?.children[index ?? 0]?.scrollIntoView({ block: 'center' }))
  })
  return (
    <details class="part" open={open()} onToggle={event => setOpen(event.currentTarget.open)} data-part="log">
      <summary>{t().report.log(span())}</summary>
      <Show when={open()}>
        <ol class="raw lines" tabindex="0" ref={element => (list = element)} aria-label={t().report.log(span())}>
          <For each={lines()}>
            {(text, index) => (
              <li
                class={index() === marked() ? 'marked' : undefined}
                data-evidence={isEvidence(index()) ? '' : undefined}
                title={isEvidence(index()) ? t().report.evidence : undefined}
                data-line={numbered() ? props.report.lines.first + index() : undefined}
              >
                {visibleLines(text) || ' '}
              </li>
            )}
          </For>
        </ol>
      </Show>
    </details>
  )
}
