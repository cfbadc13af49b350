import { createEffect, createRoot, createSignal, Match, onCleanup, onMount, Show, Switch } from 'solid-js'
import sample from '../../../fixtures/sample/sample.log?raw'
import { DecodeBar } from '../decode/bar.tsx'
import { Intake } from '../decode/intake.tsx'
import type { Log } from '../decode/protocol.ts'
import { ReportList } from '../decode/report-list.tsx'
import { createSession, type Session } from '../decode/session.ts'
import { SymbolFiles } from '../decode/symbol-files.tsx'
import { symbolKind } from '../decode/symbols/kinds.ts'
import { t } from '../i18n/index.ts'
import { useKeys } from '../keys.ts'
import { ReportView } from '../report/report-view.tsx'
import { copyMarkdown } from '../report/save.ts'
import { Problem } from '../shell/failed.tsx'
import { foldAll } from '../views/fold.ts'
import '../styles/decode.css'

/** Stays when the reader looks at another page. */
let kept: Session | undefined

/** A log goes in, its reports are listed, one is looked at. */
export default function DecodePage() {
  kept ??= createRoot(createSession)
  const session = kept
  const [dropping, setDropping] = createSignal(false)
  const [reading, setReading] = createSignal(false)
  let filter: HTMLInputElement | undefined

  const openFiles = async (files: Iterable<File>): Promise<void> => {
    const logs: Log[] = []
    const symbols: Log[] = []
    for (const file of files) {
      // What cannot be read, a folder, is a log: the decoder says so.
      const kind = await symbolKind(file.name, file).catch(() => undefined)
      const list = kind === undefined ? logs : symbols
      list.push({ file, name: file.name })
    }
    const [first] = logs
    if (symbols.length > 0) session.addSymbols(symbols)
    if (first !== undefined)
      session.start(logs, logs.length === 1 ? (first.name ?? '') : t().decode.work.files(logs.length))
  }
  const openText = (text: string): void => session.start([{ file: new Blob([text]) }], t().decode.work.pasted)
  const openSample = (): void =>
    session.start([{ file: new Blob([sample]), name: 'sample.log' }], t().decode.work.sample)

  const acceptDrop = (event: DragEvent): void => {
    event.preventDefault()
    setDropping(false)
    const files = event.dataTransfer?.files
    const text = event.dataTransfer?.getData('text/plain') ?? ''
    if (files !== undefined && files.length > 0) void openFiles(files)
    else if (text !== '') openText(text)
  }
  const hover = (event: DragEvent): void => {
    event.preventDefault()
    setDropping(true)
  }
  const leave = (event: DragEvent): void => {
    if (event.relatedTarget === null) setDropping(false)
  }
  /** A paste outside any field is a log, too. */
  const acceptPaste = (event: ClipboardEvent): void => {
    if (event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement) return
    const files = event.clipboardData?.files
    const text = event.clipboardData?.getData('text/plain') ?? ''
    if (files !== undefined && files.length > 0) void openFiles(files)
    else if (text.trim() !== '') openText(text)
  }

  const back = (): void => {
    if (document.activeElement === filter) {
      if (session.query() !== '') session.setQuery('')
      else filter?.blur()
    } else if (reading()) setReading(false)
    else session.showAll()
  }
  const step = (by: number) => (): void => {
    session.step(by)
    setReading(true)
  }

  const keys = () => t().decode.keys
  useKeys([
    { key: 'j', what: () => keys().next, run: step(1) },
    { key: 'k', what: () => keys().previous, run: step(-1) },
    { key: '/', what: () => keys().filter, run: () => filter?.focus() },
    { key: 'v', what: () => keys().fold, run: foldAll },
    {
      key: 'm',
      what: () => keys().copy,
      run: () => {
        const report = session.selected()
        if (report !== undefined) void copyMarkdown(report)
      },
    },
    { key: 'Escape', what: () => keys().back, run: back },
  ])
  onMount(() => {
    document.addEventListener('dragover', hover)
    document.addEventListener('dragleave', leave)
    document.addEventListener('drop', acceptDrop)
    document.addEventListener('paste', acceptPaste)
    onCleanup(() => {
      document.removeEventListener('dragover', hover)
      document.removeEventListener('dragleave', leave)
      document.removeEventListener('drop', acceptDrop)
      document.removeEventListener('paste', acceptPaste)
    })
  })
  createEffect(() => {
    if (session.status() === 'idle') setReading(false)
  })

  return (
    <>
      <DecodeBar session={session} />
      <Switch>
        <Match when={session.status() === 'idle'}>
          <Intake session={session} onText={openText} onFiles={openFiles} onSample={openSample} />
        </Match>
        <Match when={session.entries().length === 0}>
          <main class="empty" aria-busy={session.status() === 'working'}>
            <Show
              when={session.status() !== 'working'}
              fallback={<p class="quiet">{t().decode.work.reading(session.name())}…</p>}
            >
              <h1>
                {session.problem() === undefined ? t().decode.work.none(session.name()) : t().decode.problem.title}
              </h1>
              <p>{session.problem() ?? t().decode.work.noneDetail}</p>
              <button type="button" class="primary" onClick={() => session.clear()}>
                {t().decode.bar.another}
              </button>
            </Show>
          </main>
        </Match>
        <Match when={true}>
          <div class="desk" data-reading={reading() ? '' : undefined}>
            <ReportList session={session} filterRef={element => (filter = element)} onOpen={() => setReading(true)} />
            <main class="reading">
              <Problem text={session.problem()} />
              <Show when={session.symbols().length > 0}>
                <SymbolFiles session={session} />
              </Show>
              <Show when={session.selected()} keyed>
                {report => <ReportView report={report} onBack={() => setReading(false)} />}
              </Show>
            </main>
          </div>
        </Match>
      </Switch>
      <Show when={dropping()}>
        <div class="drop" aria-hidden="true">
          <p>{t().decode.intake.drop}</p>
        </div>
      </Show>
    </>
  )
}
