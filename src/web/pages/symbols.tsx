import { createSignal, For, onCleanup, Show } from 'solid-js'
import { visible } from '../../core/render/safe.ts'
import { pathWith, proof, remove } from '../api/client.ts'
import { useData, useSparingly } from '../api/data.ts'
import { onLive } from '../api/live.ts'
import { may } from '../api/session.ts'
import type { SymbolCoverage, SymbolFile, SymbolsAnswer } from '../api/types.ts'
import { count } from '../i18n/format.ts'
import { t } from '../i18n/index.ts'
import { said } from '../i18n/said.ts'
import { Failed, wordsOf } from '../shell/failed.tsx'
import { say } from '../shell/toasts.tsx'
import { Ago } from '../views/ago.tsx'
import { issuesWith } from '../views/links.ts'
import '../styles/symbols.css'

/** While something is read or looked through. */
const pollMs = 2000
const refreshMs = 3000

/** Symbols that were uploaded, the releases whose reports lack some, and where files are dropped. */
export default function SymbolsPage() {
  const words = () => t().symbols
  const data = useData<SymbolsAnswer>(() => ({ path: '/api/v1/symbols' }), true)
  const [under, setUnder] = createSignal<string>()
  const soon = useSparingly(data.again, refreshMs)
  onLive({ report: soon, reset: soon })
  const busy = (): boolean =>
    (data.value()?.files ?? []).some(({ state }) => state === 'waiting') ||
    (data.value()?.coverage ?? []).some(({ has, looked, reports }) => has > 0 && looked < reports)
  const timer = setInterval(() => busy() && data.again(), pollMs)
  onCleanup(() => clearInterval(timer))

  const upload = async (files: readonly File[]): Promise<void> => {
    for (const file of files) {
      try {
        const { known } = await send(file, percent => setUnder(words().uploading(file.name, percent)))
        if (known) say(words().known(file.name))
      } catch (error) {
        say(words().failed(file.name, wordsOf(error)))
      }
      data.again()
    }
    setUnder(undefined)
  }
  const take = (list: FileList | null | undefined): void => void upload([...(list ?? [])])
  return (
    <main class="symbols-page">
      <h1>{words().title}</h1>
      <Show when={may('triager')}>
        {/* biome-ignore lint/a11y/noStaticElementInteractions: files are dropped here; the input in it is for keys */}
        <div
          class="drop"
          onDragOver={event => event.preventDefault()}
          onDrop={event => {
            event.preventDefault()
            take(event.dataTransfer?.files)
          }}
        >
          <p>{words().drop}</p>
          <label class="button">
            {words().choose}
            <input
              type="file"
              class="unseen"
              multiple
              onChange={event => {
                take(event.currentTarget.files)
                event.currentTarget.value = ''
              }}
            />
          </label>
          <p class="quiet" role="status">
            {under() ?? words().hint}
          </p>
        </div>
      </Show>
      <Show when={data.error()}>{error => <Failed error={error()} onAgain={data.again} />}</Show>
      <h2>{words().coverage}</h2>
      <Coverage rows={data.value()?.coverage ?? []} />
      <h2>{words().files}</h2>
      <For each={data.value()?.files ?? []} fallback={<p class="quiet">{words().none}</p>}>
        {file => <FileLine file={file} onGone={data.again} />}
      </For>
    </main>
  )
}

function Coverage(props: { rows: readonly SymbolCoverage[] }) {
  const words = () => t().symbols
  return (
    <Show when={props.rows.length > 0} fallback={<p class="quiet">{words().noReports}</p>}>
      <div class="coverage">
        <div class="coverage-row head" aria-hidden="true">
          <span>{words().columns.release}</span>
          <span class="number">{words().columns.reports}</span>
          <span class="number">{words().columns.placed}</span>
          <span class="number">{words().columns.has}</span>
          <span>{words().columns.missing}</span>
        </div>
        <For each={props.rows}>
          {row => (
            <div class="coverage-row">
              <a class="title" href={issuesWith({ release: row.release, state: 'any' })}>
                {visible(row.release)}
              </a>
              <span class="number">{count(row.reports)}</span>
              <span class="number">{row.has === 0 ? '' : words().of(row.placed, row.reports)}</span>
              <span class="number">{row.has === 0 ? words().lacking : count(row.has)}</span>
              <span class="missing">
                <For each={row.missing}>
                  {each => (
                    <span title={each.buildId ?? ''}>
                      {visible(each.name)}
                      <Show when={each.buildId}>
                        {id => <small class="quiet"> {visible(id().slice(0, 12))}</small>}
                      </Show>
                    </span>
                  )}
                </For>
              </span>
            </div>
          )}
        </For>
      </div>
    </Show>
  )
}

function FileLine(props: { file: SymbolFile; onGone: () => void }) {
  const words = () => t().symbols
  const takeAway = async (): Promise<void> => {
    try {
      await remove(`/api/v1/symbols/${props.file.id}`)
      props.onGone()
    } catch (error) {
      say(wordsOf(error))
    }
  }
  return (
    <div class="symbol-file" data-state={props.file.state}>
      <p>
        <b>{visible(props.file.name)}</b>
        <span>{words().states[props.file.state]}</span>
        <Show when={props.file.release}>{release => <span>{visible(release())}</span>}</Show>
        <Show when={props.file.objects > 0}>
          <span>{words().objects(props.file.objects)}</span>
        </Show>
        <span class="quiet">
          {t().bytes(props.file.sizeBytes)} · <Ago at={props.file.receivedAt} />
        </span>
        <Show when={may('triager')}>
          <button
            type="button"
            class="line"
            aria-label={words().remove(props.file.name)}
            onClick={() => void takeAway()}
          >
            ✕
          </button>
        </Show>
      </p>
      <Show when={props.file.problem}>{problem => <p class="quiet">{visible(said(problem()))}</p>}</Show>
    </div>
  )
}

/** XMLHttpRequest, since fetch does not tell how far an upload is. */
function send(file: File, progress: (percent: number) => void): Promise<{ known: boolean }> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', pathWith('/api/v1/symbols', { name: file.name }))
    request.setRequestHeader('Content-Type', 'application/octet-stream')
    for (const [name, value] of Object.entries(proof())) request.setRequestHeader(name, value)
    request.upload.onprogress = ({ loaded, total }) => progress(Math.floor((loaded / Math.max(1, total)) * 100))
    request.onerror = () => reject(new Error(t().shell.offline))
    request.onload = () => {
      let answer: { known?: boolean; error?: string } = {}
      try {
        answer = JSON.parse(request.responseText)
      } catch {
        // A proxy's page.
      }
      if (request.status === 200) resolve({ known: answer.known === true })
      else reject(new Error(answer.error ?? `${request.status} ${request.statusText}`))
    }
    request.send(file)
  })
}
