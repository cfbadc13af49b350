// What `faultline watch --status` shows.

import type { Status } from '../agent/watch/status.ts'
import { terminalSafe } from '../core/render/safe.ts'

const megabytes = (bytes: number): string => `${(bytes / 1024 ** 2).toFixed(0)} MiB`

const counts = (record: Readonly<Record<string, string | number>>): string =>
  Object.entries(record)
    .filter(([, count]) => typeof count === 'number' && count !== 0)
    .map(([name, count]) => `${words(name)} ${count}`)
    .join(', ')

/** beforeStart → before start */
const words = (name: string): string => name.replace(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`)

export function statusText(status: Status, alive: boolean): string {
  const { kernel } = status
  const lines = [
    alive
      ? `running as process ${status.pid} since ${status.started}, ${megabytes(status.memory.rssBytes)}`
      : `not running: process ${status.pid} ${status.state === 'ended' ? 'ended' : 'was gone'} after ${status.updated}`,
    `bundles in ${status.spool}${status.lastBundle === undefined ? '' : `, the last ${status.lastBundle}`}`,
    `exceptions: ${counts(status.reports) || 'none'}`,
  ]
  if (kernel.oopses !== undefined || kernel.warnings !== undefined) {
    const missed = (kernel.missedOopses ?? 0) + (kernel.missedWarnings ?? 0)
    lines.push(
      `the kernel counts ${kernel.oopses ?? '?'} oopses and ${kernel.warnings ?? '?'} warnings in this boot; ` +
        (missed === 0 ? 'none since the start was missed' : `${missed} since the start were not seen`),
    )
  }
  for (const { source, state, records, userSpace, lost, stats } of status.sources) {
    const more = counts(
      Object.fromEntries(Object.entries(stats).filter(([name]) => !['records', 'lost', 'from', 'next'].includes(name))),
    )
    lines.push(
      `source ${source}: ${state}, ${records} records (${userSpace} of programs), ${lost} lost${more && `; ${more}`}`,
    )
  }
  for (const { route, ...rest } of status.routes) lines.push(`route ${route}: ${counts(rest) || 'nothing yet'}`)
  if (status.server !== undefined) {
    const { url, log, ...rest } = status.server
    lines.push(`server ${url}: ${rest.state}, ${counts(rest) || 'nothing sent yet'}`)
    if (log !== undefined) lines.push(`its copy of the kernel's log: ${log.state}, ${counts({ ...log }) || 'empty'}`)
  }
  for (const { at, message } of status.troubles) lines.push(`${at} ${message}`)
  return lines.map(line => `${terminalSafe(line)}\n`).join('')
}
