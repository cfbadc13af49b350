import { createMemo, createSignal, For, type JSX, Show } from 'solid-js'
import type { Report } from '../../core/model.ts'
import { outlineOf, type Section } from '../../core/render/outline.ts'
import { visible } from '../../core/render/safe.ts'
import { t } from '../i18n/index.ts'
import { kindName, partTitle } from '../i18n/parts.ts'
import { said } from '../i18n/said.ts'
import { RawLog } from './raw-log.tsx'
import { copyMarkdown, saveJson } from './save.ts'
import { FactList, SectionBody } from './sections.tsx'
import '../styles/report.css'

/** How long "Copied" stands on the button, ms. */
const noticeMs = 2000

/** One report: headline, why, facts, then its parts; what is not essential is folded. */
export function ReportView(props: {
  report: Report
  onBack?: () => void
  tools?: JSX.Element
  /** the title stands above already */
  titled?: boolean
}) {
  const words = () => t().report
  const outline = createMemo(() => outlineOf(props.report))
  /** Ours where it tells of an access; the kernel's first words otherwise, which stay. */
  const why = () => {
    const text = outline().why
    return text === undefined || props.report.fault?.access === undefined ? text : said(text)
  }
  const [line, setLine] = createSignal<number>()
  const [notice, setNotice] = createSignal<string>()

  const copy = async (): Promise<void> => {
    setNotice((await copyMarkdown(props.report)) ? t().shell.copied : t().shell.copyFailed)
    setTimeout(() => setNotice(undefined), noticeMs)
  }
  return (
    <article class="report" data-severity={props.report.severity} aria-label={words().label}>
      <header>
        <div class="tags">
          <Show when={props.onBack}>
            {back => (
              <button type="button" class="back" onClick={() => back()()}>
                ← {t().decode.list.label}
              </button>
            )}
          </Show>
          <Show
            when={props.titled !== true}
            fallback={<Show when={why()}>{text => <p class="why">{visible(text())}</p>}</Show>}
          >
            <span class="severity">{t().severity[outline().severity]}</span>
            <span class="kind">{kindName(outline().kind)}</span>
            <Show when={outline().fatal}>
              <span class="fatal">{words().fatal}</span>
            </Show>
          </Show>
          <span class="tools">
            <button type="button" onClick={copy}>
              <span aria-live="polite">{notice() ?? words().copy}</span>
            </button>
            <button type="button" onClick={() => saveJson([props.report])}>
              {words().json}
            </button>
            {props.tools}
          </span>
        </div>
        <Show when={props.titled !== true}>
          <h2>{visible(outline().title)}</h2>
        </Show>
        <Show when={props.titled !== true && why()}>{text => <p class="why">{visible(text())}</p>}</Show>
      </header>
      <FactList facts={outline().facts} />
      <For each={outline().sections}>{section => <Part section={section} onLine={setLine} />}</For>
      <RawLog report={props.report} line={line()} />
      <p class="fingerprint extra">
        {words().fingerprint} {visible(props.report.fingerprint)}
      </p>
    </article>
  )
}

function Part(props: { section: Section; onLine: (line: number) => void }) {
  const body = () => <SectionBody section={props.section} onLine={props.onLine} />
  const warning = (): boolean => props.section.form === 'list' && props.section.tone === 'warning'
  return (
    <Show
      when={props.section.essential}
      fallback={
        <details class="part" data-part={props.section.id}>
          <summary>{visible(partTitle(props.section))}</summary>
          {body()}
        </details>
      }
    >
      <section class={warning() ? 'part warning' : 'part'} data-part={props.section.id}>
        <h3>{visible(partTitle(props.section))}</h3>
        {body()}
      </section>
    </Show>
  )
}
