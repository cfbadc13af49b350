import { createEffect, createSignal, Match, onCleanup, onMount, Show, Switch } from 'solid-js'
import sample from '../../fixtures/sample/sample.log?raw'
import { listenForKeys } from './keys.ts'
import { messages } from './messages.ts'
import type { Log } from './protocol.ts'
import { copyMarkdown } from './save.ts'
import { createSession } from './session.ts'
import { symbolKind } from './symbols/kinds.ts'
import { Bar } from './views/bar.tsx'
import { Intake } from './views/intake.tsx'
import { ReportList } from './views/report-list.tsx'
import { ReportView } from './views/report-view.tsx'
import { SymbolFiles } from './views/symbol-files.tsx'

/** The page: a log goes in, its reports are listed, one is looked at. */
export function App() {
  const session = createSession()
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
      session.start(logs, logs.length === 1 ? (first.name ?? '') : messages.work.files(logs.length))
  }
  const openText = (text: string): void => session.start([{ file: new Blob([text]) }], messages.work.pasted)
  const openSample = (): void => session.start([{ file: new Blob([sample]), name: 'sample.log' }], messages.work.sample)

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
  const foldAll = (): void => {
    const parts = [...document.querySelectorAll<HTMLDetailsElement>('details.part')]
    const open = parts.some(part => !part.open)
    for (const part of parts) part.open = open
  }
  const step = (by: number) => (): void => {
    session.step(by)
    setReading(true)
  }

  onMount(() => {
    onCleanup(
      listenForKeys({
        j: step(1),
        k: step(-1),
        '/': () => filter?.focus(),
        v: foldAll,
        m: () => {
          const report = session.selected()
          if (report !== undefined) void copyMarkdown(report)
        },
        Escape: back,
      }),
    )
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
      <Bar session={session} />
      <Switch>
        <Match when={session.status() === 'idle'}>
          <Intake session={session} onText={openText} onFiles={openFiles} onSample={openSample} />
        </Match>
        <Match when={session.entries().length === 0}>
          <main class="empty" aria-busy={session.status() === 'working'}>
            <Show
              when={session.status() !== 'working'}
              fallback={<p class="quiet">{messages.work.reading(session.name())}…</p>}
            >
              <h1>{session.problem() === undefined ? messages.work.none(session.name()) : messages.problem.title}</h1>
              <p>{session.problem() ?? messages.work.noneDetail}</p>
              <button type="button" class="primary" onClick={() => session.clear()}>
                {messages.bar.another}
              </button>
            </Show>
          </main>
        </Match>
        <Match when={true}>
          <div class="desk" data-reading={reading() ? '' : undefined}>
            <ReportList session={session} filterRef={element => (filter = element)} onOpen={() => setReading(true)} />
            <main class="reading">
              <Show when={session.problem()}>
                {problem => (
                  <p class="problem" role="alert">
                    {problem()}
                  </p>
                )}
              </Show>
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
          <p>{messages.intake.drop}</p>
        </div>
      </Show>
    </>
  )
}
