// Kernel events as columns of text, and as a table of what happens most.

import type { EventDetail, KernelEvent } from '../core/event.ts'
import { terminalSafe } from '../core/render/safe.ts'

/** `12:00:00.123456  1  signal         sh[132]           SIGSEGV SI_USER to sleep[140] …` */
export function eventLine(event: KernelEvent, colour: boolean): string {
  const { kind, cpu, task } = event
  const who = task === undefined ? '' : `${task.comm ?? '?'}[${task.pid}]`
  const paint = colour ? (grave.has(kind) ? red : dim) : (text: string) => text
  const columns = [clockOf(event), String(cpu).padStart(3), paint(kind.padEnd(14)), terminalSafe(who).padEnd(22)]
  return `${columns.join('  ')}  ${terminalSafe(sentence(event))}`.trimEnd()
}

export const eventHeader = ['TIME'.padEnd(15), 'CPU', 'EVENT'.padEnd(14), 'TASK'.padEnd(22), 'WHAT'].join('  ')

const grave = new Set(['oops', 'warning', 'panic', 'oom', 'machine-check', 'memory-failure'])
const red = (text: string): string => `\u001b[31m${text}\u001b[0m`
const dim = (text: string): string => `\u001b[36m${text}\u001b[0m`

function clockOf({ monotonicUs, wall }: KernelEvent): string {
  const micros = String(Math.floor(monotonicUs) % 1000).padStart(3, '0')
  return `${wall.slice(11, 23)}${micros}`
}

const partOf = (detail: EventDetail | undefined, name: string): EventDetail | undefined =>
  typeof detail === 'object' ? detail[name] : undefined

const taskText = (detail: EventDetail | undefined): string =>
  `${partOf(detail, 'comm') ?? '?'}[${partOf(detail, 'pid') ?? '?'}]`

/** What happened, in the words of its kind; those that have none list their details. */
function sentence({ kind, details }: KernelEvent): string {
  const said = sentences[kind]?.(details)
  if (said !== undefined) return said
  return Object.entries(details)
    .map(([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : value}`)
    .join(' ')
}

type Sentence = (details: KernelEvent['details']) => string | undefined

const sentences: Partial<Record<KernelEvent['kind'], Sentence>> = {
  signal: ({ stage, signal, code, receiver, result, handler }) =>
    stage === 'generated'
      ? `${partOf(signal, 'name')} ${code} to ${taskText(receiver)}${result === 'delivered' ? '' : `, ${result}`}`
      : `${partOf(signal, 'name')} ${code} delivered, handler ${handler}`,
  exit: ({ ended, status, signalName, coreDumped, parent, lifetimeUs }) => {
    const how =
      ended === 'exited'
        ? `status ${status}`
        : ended === 'killed'
          ? `killed by ${signalName}${coreDumped === true ? ', core dumped' : ''}`
          : 'status unknown'
    const lived = typeof lifetimeUs === 'number' ? ` after ${duration(lifetimeUs)}` : ''
    return `${how}${lived}${parent === undefined ? '' : `, child of ${taskText(parent)}`}`
  },
  oom: ({ stage, pid, comm, anonRssKb, cgroup }) =>
    `${stage} ${comm ?? '?'}[${pid}]${anonRssKb === undefined ? '' : `, ${anonRssKb} kB anonymous`}${cgroup === undefined ? '' : `, in ${cgroup}`}`,
  oops: () => 'begins',
  warning: ({ file, line, detector }) => (file === undefined ? String(detector) : `at ${file}:${line}`),
}

/** `1.2 ms` */
export function duration(us: number): string {
  if (us < 1000) return `${us} µs`
  if (us < 1_000_000) return `${(us / 1000).toFixed(1)} ms`
  return `${(us / 1_000_000).toFixed(1)} s`
}

/** What is counted together in the live table. */
export function topKey(event: KernelEvent): string {
  const { kind, task, details } = event
  const signal = partOf(details['signal'], 'name')
  const what = signal ?? details['signalName'] ?? details['status'] ?? details['name'] ?? ''
  return `${kind.padEnd(14)}  ${(task?.comm ?? '?').padEnd(16)}  ${what}`
}

/** The most frequent, with how often in the last second and since the beginning. */
export function topTable(
  total: ReadonlyMap<string, number>,
  before: ReadonlyMap<string, number>,
  rows: number,
): string[] {
  const sorted = [...total].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, rows)
  return [
    `${'ALL'.padStart(10)} ${'PER s'.padStart(8)}  ${'EVENT'.padEnd(14)}  ${'TASK'.padEnd(16)}  WHAT`,
    ...sorted.map(([key, count]) => {
      const recent = count - (before.get(key) ?? 0)
      return `${String(count).padStart(10)} ${String(recent).padStart(8)}  ${terminalSafe(key)}`.trimEnd()
    }),
  ]
}
