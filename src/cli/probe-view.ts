// Calls of probed functions as text: a line each, or counted.

import type { Histogram, Tally } from '../agent/probe/aggregate.ts'
import type { ProbedCall } from '../agent/probe/probe-watch.ts'
import type { SymbolTable } from '../core/localise/symbol-table.ts'
import { terminalSafe } from '../core/render/safe.ts'

export const probeHeader = ['TIME'.padEnd(15), 'CPU', 'TASK'.padEnd(22), 'TOOK'.padStart(10), 'CALL'].join('  ')

/** Nanoseconds as `1.2 ms`. */
export function took(ns: number): string {
  if (ns < 1000) return `${ns} ns`
  if (ns < 1_000_000) return `${(ns / 1000).toFixed(1)} µs`
  if (ns < 1_000_000_000) return `${(ns / 1_000_000).toFixed(1)} ms`
  return `${(ns / 1_000_000_000).toFixed(2)} s`
}

const text = (value: string | number | boolean): string =>
  typeof value === 'string' && !/^0x[0-9a-f]+$|^\(unreadable\)$/.test(value) ? JSON.stringify(value) : String(value)

/** `fib_validate_source(dev->name="eth0", src=…) = -22 EINVAL` */
export function callLine(call: ProbedCall, colour: boolean): string {
  const { wall, monotonicUs, cpu, task, depth, durationNs, error } = call
  const micros = String(Math.floor(monotonicUs) % 1000).padStart(3, '0')
  const given = Object.entries(call.arguments).map(([name, value]) => `${name}=${text(value)}`)
  const result = call.result === undefined ? '' : ` = ${text(call.result)}${error === undefined ? '' : ` ${error}`}`
  const end = call.returned ? result : ' … has not come back'
  const red = colour && error !== undefined
  const columns = [
    `${wall.slice(11, 23)}${micros}`,
    String(cpu).padStart(3),
    terminalSafe(`${task.comm ?? '?'}[${task.pid}]`).padEnd(22),
    (durationNs === undefined ? '' : took(durationNs)).padStart(10),
    `${'  '.repeat(depth)}${call.function}(${terminalSafe(given.join(', '))})${red ? '\u001b[31m' : ''}${terminalSafe(end)}${red ? '\u001b[0m' : ''}`,
  ]
  return columns.join('  ')
}

/** Return addresses as `function+0x10/0x80 [module]`, by the running kernel's symbols. */
export function stackLines(stack: readonly string[], table: SymbolTable | undefined): string[] {
  return stack.map(word => {
    const at = table?.at(BigInt(word))
    if (at === undefined) return `    ${word}`
    const size = at.sizeBytes === undefined ? '' : `/0x${at.sizeBytes.toString(16)}`
    return terminalSafe(
      `    ${at.name}+0x${at.offset.toString(16)}${size}${at.module === undefined ? '' : ` [${at.module}]`}`,
    )
  })
}

export function tallyLines(tally: Tally, rows: number): string[] {
  return [
    `${'CALLS'.padStart(10)}  WHAT`,
    ...tally.rows(rows).map(({ key, count }) => `${String(count).padStart(10)}  ${terminalSafe(key)}`),
  ]
}

const WIDTH = 40

export function histogramLines(histogram: Histogram): string[] {
  return [...histogram.buckets.keys()].flatMap(name => {
    const rows = histogram.rows(name)
    const most = Math.max(...rows.map(({ count }) => count))
    return [
      name,
      ...rows.map(({ from, to, count }) => {
        const bar = '█'.repeat(Math.round((count / most) * WIDTH)).padEnd(WIDTH)
        return `  ${`${from} … ${to}`.padStart(28)}  ${bar} ${count}`
      }),
    ]
  })
}
