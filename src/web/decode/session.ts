// What the page knows: the job under way, its reports, which one is looked at, what is filtered away.

import { createMemo, createSignal } from 'solid-js'
import type { Report, SeverityName } from '../../core/model.ts'
import { visible } from '../../core/render/safe.ts'
import { severityOrder } from '../../core/render/wording.ts'
import { language, t } from '../i18n/index.ts'
import { said } from '../i18n/said.ts'
import { type Job, type Log, type News, reportBound } from './protocol.ts'
import { loadWasm } from './symbols/wasm.ts'

export type Status = 'idle' | 'working' | 'done' | 'stopped'

/** A report with the text that the filter looks through. */
export interface Entry {
  report: Report
  haystack: string
}

/** Functions, modules, task, kernel: what someone types to find a report again. */
function haystackOf(report: Report): string {
  const frames = (report.traces ?? []).flatMap(trace =>
    trace.frames.map(frame => `${frame.symbol ?? ''} ${frame.module ?? ''}`),
  )
  const { task, kernel, source, pc } = report
  const words = [
    report.title,
    ...report.altTitles,
    report.kind,
    report.severity,
    task?.comm,
    task?.pid,
    kernel?.release,
    source.host,
    pc?.symbol,
    report.arch,
  ]
  return [...words, ...frames].join('\n').toLowerCase()
}

export function createSession() {
  const [status, setStatus] = createSignal<Status>('idle')
  const [name, setName] = createSignal('')
  const [several, setSeveral] = createSignal(false)
  const [bytes, setBytes] = createSignal(0)
  const [entries, setEntries] = createSignal<readonly Entry[]>([])
  const [problem, setProblem] = createSignal<string>()
  const [selected, setSelected] = createSignal<Report>()
  const [query, setQuery] = createSignal('')
  const [hidden, setHidden] = createSignal<ReadonlySet<SeverityName>>(new Set())
  const newWorker = (): Worker => new Worker(new URL('./decode.worker.ts', import.meta.url), { type: 'module' })
  // One is always loaded ahead, so that the page needs no network for its first log nor any later one.
  let spare = newWorker()
  let worker: Worker | undefined
  const wasm = loadWasm()
  const [symbols, setSymbols] = createSignal<readonly Log[]>([])
  /** what was decoded last: symbols that come later are for it */
  let last: { logs: readonly Log[]; label: string } | undefined

  const counts = createMemo(() => {
    const found = new Map<SeverityName, number>()
    for (const { report } of entries()) found.set(report.severity, (found.get(report.severity) ?? 0) + 1)
    return severityOrder
      .filter(severity => found.has(severity))
      .map(severity => ({ severity, count: found.get(severity) ?? 0 }))
  })
  const alike = createMemo(() => {
    const found = new Map<string, number>()
    for (const { report } of entries()) found.set(report.fingerprint, (found.get(report.fingerprint) ?? 0) + 1)
    return found
  })
  const shown = createMemo(() => {
    const words = query()
      .toLowerCase()
      .split(/\s+/)
      .filter(word => word !== '')
    return entries()
      .filter(({ report, haystack }) => !hidden().has(report.severity) && words.every(word => haystack.includes(word)))
      .map(({ report }) => report)
  })

  function hear(news: News): void {
    switch (news.kind) {
      case 'progress': {
        setBytes(news.bytes)
        if (news.reports.length === 0) return
        const first = entries().length === 0
        setEntries(before => [...before, ...news.reports.map(report => ({ report, haystack: haystackOf(report) }))])
        if (first) setSelected(news.reports[0])
        return
      }
      case 'problem':
        setProblem(before => (before === undefined ? said(news.message) : `${before} ${said(news.message)}`))
        return
      case 'done':
        if (news.bounded) setProblem(t().decode.work.tooMany(reportBound))
        setStatus('done')
        release()
    }
  }

  function release(): void {
    worker?.terminate()
    worker = undefined
  }

  function start(logs: readonly Log[], label: string): void {
    last = { logs, label }
    release()
    setName(visible(label))
    setSeveral(logs.length > 1)
    setBytes(0)
    setEntries([])
    setProblem(undefined)
    setSelected(undefined)
    setQuery('')
    setHidden(new Set<SeverityName>())
    setStatus('working')
    worker = spare
    spare = newWorker()
    worker.addEventListener('message', (event: MessageEvent<News>) => hear(event.data))
    worker.addEventListener('error', event => {
      hear({ kind: 'problem', message: t().decode.problem.crashed(event.message ?? '') })
      hear({ kind: 'done', bytes: 0, bounded: false })
    })
    const job = { logs, symbols: symbols(), language: language() }
    const decoding = worker
    void wasm.then(loaded => decoding.postMessage({ ...job, wasm: loaded } satisfies Job))
  }

  return {
    status,
    name,
    /** more than one file is read */
    several,
    bytes,
    entries,
    problem,
    selected,
    query,
    hidden,
    counts,
    shown,
    setQuery,
    select: setSelected,
    /** Reports with the same fingerprint, itself among them. */
    alike: (report: Report): number => alike().get(report.fingerprint) ?? 1,

    /** what was decoded last, as it came */
    logs: (): Blob[] => (last?.logs ?? []).map(({ file }) => file),

    /** names of the files of symbols that are used */
    symbols: () => symbols().map(({ name = '' }) => name),

    /** Uses these symbols too, for the log that is there and for the next ones. */
    addSymbols(files: readonly Log[]): void {
      const names = new Set(files.map(({ name }) => name))
      setSymbols(before => [...before.filter(({ name }) => !names.has(name)), ...files])
      if (last !== undefined && status() !== 'idle') start(last.logs, last.label)
    },
    dropSymbols(): void {
      setSymbols([])
      if (last !== undefined && status() !== 'idle') start(last.logs, last.label)
    },

    /** Decodes a log; what was there before goes. `label` is for people, the job's name for the reports. */
    start,
    stop(): void {
      release()
      setStatus('stopped')
    },
    clear(): void {
      release()
      setStatus('idle')
      setEntries([])
      setSelected(undefined)
      setProblem(undefined)
    },
    toggle(severity: SeverityName): void {
      setHidden(before => {
        const after = new Set(before)
        if (!after.delete(severity)) after.add(severity)
        return after
      })
    },
    showAll(): void {
      setQuery('')
      setHidden(new Set<SeverityName>())
    },
    /** Moves the selection by so many reports among those shown. */
    step(by: number): void {
      const list = shown()
      const current = selected()
      const at = current === undefined ? -1 : list.indexOf(current)
      setSelected(list[Math.max(0, Math.min(list.length - 1, at + by))])
    },
  }
}

export type Session = ReturnType<typeof createSession>
