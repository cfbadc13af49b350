import { createEffect, createMemo, createSignal, For, on, onCleanup, Show } from 'solid-js'
import { visible } from '../../core/render/safe.ts'
import { get, pathWith, type Query } from '../api/client.ts'
import { useData } from '../api/data.ts'
import type { HostDetail, HostLogPage, HostLogRecord } from '../api/types.ts'
import { LogLine } from '../hosts/log-line.tsx'
import { dateTime } from '../i18n/format.ts'
import { t } from '../i18n/index.ts'
import { useKeys } from '../keys.ts'
import { route, setQuery } from '../router.ts'
import { copy } from '../shell/clipboard.ts'
import { Failed } from '../shell/failed.tsx'
import { SearchField } from '../views/search-field.tsx'
import { useWindowRows, WindowRows } from '../views/window-rows.tsx'
import type { PageProps } from './index.ts'
import '../styles/hosts.css'

const pageSize = 1000
const rowPx = 20
/** Kept in the page while it follows; older ones are a request away. */
const maxRecords = 50_000

/** A host's kernel log: the latest first seen, older on demand, followed live; only the lines in sight are drawn. */
export default function HostLog(props: PageProps) {
  const words = () => t().hosts.logPage
  const path = () => `/api/v1/hosts/${props.params['id']}`
  const host = useData<HostDetail>(() => ({ path: path() }))
  const asked = (name: string): string => route().query.get(name) ?? ''
  const filter = createMemo<Query>(
    () => ({ boot: asked('boot'), level: asked('level'), text: asked('text') }),
    {},
    {
      equals: (a, b) => JSON.stringify(a) === JSON.stringify(b),
    },
  )
  const [records, setRecords] = createSignal<readonly HostLogRecord[]>([])
  const [older, setOlder] = createSignal<string>()
  const [loading, setLoading] = createSignal(true)
  const [error, setError] = createSignal<unknown>()
  const [follow, setFollow] = createSignal(true)
  const [turn, setTurn] = createSignal(0)
  let search: HTMLInputElement | undefined

  const drawn = useWindowRows({ count: () => records().length, rowPx, overscan: 30 })
  const toEnd = (): void => {
    if (follow()) requestAnimationFrame(() => scrollTo(0, document.documentElement.scrollHeight))
  }

  createEffect(() => {
    turn()
    const query = filter()
    const log = `${path()}/log`
    const ending = new AbortController()
    let source: EventSource | undefined
    onCleanup(() => {
      ending.abort()
      source?.close()
    })
    setLoading(true)
    setRecords([])
    get<HostLogPage>(log, { ...query, limit: pageSize }, ending.signal).then(
      page => {
        setError(undefined)
        setRecords(page.records)
        setOlder(page.older)
        setLoading(false)
        toEnd()
        source = new EventSource(pathWith(`${log}/live`, { ...query, after: page.newer }))
        source.addEventListener('log', event => {
          const { records: fresh } = JSON.parse(event.data) as HostLogPage
          setRecords(before => [...before, ...fresh].slice(-maxRecords))
          toEnd()
        })
      },
      (problem: unknown) => {
        if (ending.signal.aborted) return
        setError(() => problem)
        setLoading(false)
      },
    )
  })

  const loadOlder = async (): Promise<void> => {
    const before = older()
    if (before === undefined || loading()) return
    setLoading(true)
    setFollow(false)
    const asking = filter()
    try {
      const page = await get<HostLogPage>(`${path()}/log`, { ...asking, before, limit: pageSize })
      if (asking !== filter()) return
      const height = drawn.rows.getTotalSize()
      setRecords(after => [...page.records, ...after])
      setOlder(page.older)
      requestAnimationFrame(() => scrollBy(0, drawn.rows.getTotalSize() - height))
    } catch (problem) {
      setError(() => problem)
    } finally {
      setLoading(false)
    }
  }
  // Who scrolls up wants to read; who comes back to the end follows again.
  let lastY = 0
  const onScroll = (): void => {
    const atEnd = innerHeight + scrollY >= document.documentElement.scrollHeight - 2 * rowPx
    if (atEnd) setFollow(true)
    else if (scrollY < lastY - rowPx) setFollow(false)
    lastY = scrollY
  }
  addEventListener('scroll', onScroll, { passive: true })
  onCleanup(() => removeEventListener('scroll', onScroll))
  createEffect(on(filter, () => setFollow(true)))

  const copyAll = (): void => {
    const lines = records().map(({ at, text }) => `${new Date(at).toISOString()} ${visible(text)}\n`)
    void copy(lines.join(''))
  }
  useKeys([{ key: '/', what: () => t().issues.keys.filter, run: () => search?.focus() }])
  const boots = () => (host.value()?.boots ?? []).filter(({ log }) => log !== undefined)

  return (
    <main class="hosts log-page">
      <header class="log-head">
        <h1>
          <a href={`/hosts/${props.params['id']}`}>{visible(host.value()?.name ?? '…')}</a> {t().hosts.log}
        </h1>
        <search class="filter-bar">
          <SearchField
            ref={element => (search = element)}
            label={words().filter}
            value={asked('text')}
            onSearch={text => setQuery({ text }, 'replace')}
          />
          <select
            aria-label={words().level}
            value={asked('level') || '7'}
            onChange={event =>
              setQuery({ level: event.currentTarget.value === '7' ? '' : event.currentTarget.value }, 'replace')
            }
          >
            <For each={words().levels}>{(name, index) => <option value={String(index())}>{name}</option>}</For>
          </select>
          <select
            aria-label={words().boot}
            value={asked('boot')}
            onChange={event => setQuery({ boot: event.currentTarget.value }, 'replace')}
          >
            <option value="">{words().allBoots}</option>
            <For each={boots()}>
              {boot => (
                <option value={boot.bootId} selected={boot.bootId === asked('boot')}>
                  {dateTime(boot.began ?? boot.firstSeen)}
                </option>
              )}
            </For>
          </select>
          <label class="check">
            <input
              type="checkbox"
              checked={follow()}
              onChange={event => {
                setFollow(event.currentTarget.checked)
                toEnd()
              }}
            />
            {words().live}
          </label>
          <button type="button" onClick={copyAll}>
            {words().copy}
          </button>
        </search>
      </header>
      <Show when={error()}>
        {problem => <Failed error={problem()} onAgain={() => setTurn(before => before + 1)} />}
      </Show>
      <p class="quiet">
        <Show when={older()} fallback={records().length > 0 ? words().oldest : ''}>
          <button type="button" class="link" disabled={loading()} onClick={() => void loadOlder()}>
            {words().older}
          </button>
        </Show>{' '}
        {words().count(records().length)}
      </p>
      <WindowRows list={drawn} class="log-rows" busy={loading()}>
        {index => (
          <Show when={records()[index]}>{record => <LogLine record={record()} before={records()[index - 1]} />}</Show>
        )}
      </WindowRows>
      <Show when={!loading() && records().length === 0 && error() === undefined}>
        <p class="nothing">{asked('text') + asked('level') === '' ? words().noneAtAll : words().none}</p>
      </Show>
    </main>
  )
}
