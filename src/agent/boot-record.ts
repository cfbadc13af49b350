// The agent's own record of boots, <data>/boots: when each began, and whether the agent was told that it ends. One JSON
// object a line, appended and synced; a torn last line is passed over.

import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { replaceDurablySync } from '../node/durable.ts'
import { makeFoldersSync } from '../node/make-folders.ts'
import type { System } from './system.ts'

export const bootsName = 'boots'

/** Older ones are dropped when a boot begins. */
const MAX_BOOTS = 200

export interface BootRecord {
  bootId: string
  /** ISO 8601: when the kernel started */
  began: string
  release: string
  /** when the agent was told to end while the system went down */
  ended?: string
  /** how, where the service manager told */
  ending?: 'restart' | 'power-off' | 'halt'
}

export function readBootRecords(system: System, data: string): BootRecord[] {
  const records = new Map<string, BootRecord>()
  for (const line of (system.text(join(data, bootsName)) ?? '').split('\n')) {
    try {
      const read = JSON.parse(line) as Partial<BootRecord>
      if (typeof read.bootId !== 'string') continue
      records.set(read.bootId, { began: '', release: '', ...records.get(read.bootId), ...read, bootId: read.bootId })
    } catch {
      // Power failed in the middle of it.
    }
  }
  return [...records.values()]
}

/** ms since 1970; undefined where the machine is not this one. */
export function bootedAt(system: System): number | undefined {
  const uptime = system.text('/proc/uptime')?.split(' ')[0]
  const seconds = uptime === undefined ? Number.NaN : Number(uptime)
  return Number.isFinite(seconds) ? Math.round(system.now() - seconds * 1000) : undefined
}

const bootId = (system: System): string | undefined => system.text('/proc/sys/kernel/random/boot_id')

/** Notes that this boot is under way; again in the same boot it does nothing. Throws what Node throws. */
export function recordBoot(system: System, data: string): void {
  const id = bootId(system)
  const began = bootedAt(system)
  if (id === undefined || began === undefined) return
  const records = readBootRecords(system, data)
  if (records.some(record => record.bootId === id)) return
  const release = system.text('/proc/sys/kernel/osrelease') ?? ''
  const record: BootRecord = { bootId: id, began: new Date(began).toISOString(), release }
  makeFoldersSync(system.path(data), 0o750)
  if (records.length >= MAX_BOOTS) {
    const kept = [...records.slice(-MAX_BOOTS / 2), record].map(each => `${JSON.stringify(each)}\n`).join('')
    replaceDurablySync(system.path(join(data, bootsName)), Buffer.from(kept))
  } else append(system, data, record)
}

/** Notes that the machine goes down, when it does: to be called when the agent is told to end. Throws what Node throws. */
export function recordEnd(system: System, data: string): void {
  const id = bootId(system)
  const ending = goingDown(system)
  if (id === undefined || ending === undefined) return
  const how = ending === 'somehow' ? {} : { ending }
  append(system, data, { bootId: id, ended: new Date(system.now()).toISOString(), ...how })
}

function append(system: System, data: string, record: Partial<BootRecord>): void {
  const path = system.path(join(data, bootsName))
  const descriptor = openSync(path, 'a', 0o640)
  try {
    // A torn line before it stays alone.
    const start = endsInLine(path) ? '' : '\n'
    writeSync(descriptor, `${start}${JSON.stringify(record)}\n`)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function endsInLine(path: string): boolean {
  const text = readFileSync(path)
  return text.length === 0 || text.at(-1) === 10
}

/** systemctl(1), "list-jobs"; runlevel(8). Undefined: only the agent is stopped. */
function goingDown(system: System): NonNullable<BootRecord['ending']> | 'somehow' | undefined {
  const jobs = system.run('systemctl', ['list-jobs', '--no-legend', '--plain'])
  if (jobs?.status === 0) {
    if (/\b(?:reboot|kexec|soft-reboot)\.target\s+start/.test(jobs.out)) return 'restart'
    if (/\bpoweroff\.target\s+start/.test(jobs.out)) return 'power-off'
    if (/\bhalt\.target\s+start/.test(jobs.out)) return 'halt'
    return /\bshutdown\.target\s+start/.test(jobs.out) ? 'somehow' : undefined
  }
  const level = system.run('runlevel', [])?.out.trim().split(' ')[1]
  return level === '6' ? 'restart' : level === '0' ? 'power-off' : undefined
}

/** The boot that was under way at that time, of those recorded. */
export function bootAt(records: readonly BootRecord[], wallMs: number): string | undefined {
  const began = records.filter(record => Date.parse(record.began) <= wallMs)
  return began.at(-1)?.bootId
}
