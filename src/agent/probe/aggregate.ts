// Calls counted instead of shown: by function, by a value, by how long they took.

import type { ProbedCall } from './probe-watch.ts'

/** Values that are counted apart; others are counted together. */
const MAX_KEYS = 10_000
const OTHERS = '(others)'

/** What is counted: `duration`, `result`, `comm`, `pid`, `cpu`, `stack`, or a value by its label. */
export function keyOf(call: ProbedCall, what: string): string {
  switch (what) {
    case 'result':
      return String(call.error ?? call.result ?? '')
    case 'comm':
      return call.task.comm ?? '?'
    case 'pid':
      return String(call.task.pid)
    case 'cpu':
      return String(call.cpu)
    case 'stack':
      return (call.stack ?? []).join(' < ')
    default:
      return String(call.arguments[what] ?? '')
  }
}

export class Tally {
  readonly counts = new Map<string, number>()
  private readonly what: string | undefined

  /** Without `what`, calls are counted by function and error. */
  constructor(what?: string) {
    this.what = what
  }

  add(call: ProbedCall): void {
    const value = this.what === undefined ? (call.error ?? '') : keyOf(call, this.what)
    const key = value === '' ? call.function : `${call.function}  ${value}`
    const known = this.counts.has(key) || this.counts.size < MAX_KEYS ? key : OTHERS
    this.counts.set(known, (this.counts.get(known) ?? 0) + 1)
  }

  /** The most frequent first. */
  rows(limit = 1000): { key: string; count: number }[] {
    return [...this.counts]
      .map(([key, count]) => ({ key, count }))
      .sort((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1))
      .slice(0, limit)
  }
}

/** Powers of two, as bpftrace's hist(): each function's calls by how long they took (ns), or by a number. */
export class Histogram {
  readonly buckets = new Map<string, Map<number, number>>()
  private readonly what: string

  constructor(what: string) {
    this.what = what
  }

  add(call: ProbedCall): void {
    const value = this.what === 'duration' ? call.durationNs : Number(call.arguments[this.what] ?? call.result)
    if (value === undefined || Number.isNaN(value)) return
    const buckets = this.buckets.get(call.function) ?? new Map<number, number>()
    this.buckets.set(call.function, buckets)
    const bucket = value < 0 ? -1 : value === 0 ? 0 : Math.floor(Math.log2(value)) + 1
    buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1)
  }

  /** Bounds and counts of a function's buckets, gaps with 0. */
  rows(name: string): { from: number; to: number; count: number }[] {
    const buckets = this.buckets.get(name) ?? new Map<number, number>()
    const numbers = [...buckets.keys()]
    if (numbers.length === 0) return []
    const first = Math.min(...numbers)
    const last = Math.max(...numbers)
    return Array.from({ length: last - first + 1 }, (_, index) => {
      const bucket = first + index
      const from = bucket < 0 ? Number.NEGATIVE_INFINITY : bucket === 0 ? 0 : 2 ** (bucket - 1)
      return { from, to: bucket < 0 ? -1 : bucket === 0 ? 0 : 2 ** bucket - 1, count: buckets.get(bucket) ?? 0 }
    })
  }
}
