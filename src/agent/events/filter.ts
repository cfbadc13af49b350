// Which events are wanted, as far as the kernel has not left out the others already.

import { readFileSync } from 'node:fs'
import type { EventDetail, KernelEvent } from '../../core/event.ts'
import type { EventFilter } from './kind.ts'
import type { TaskTable } from './tasks.ts'

/** Cgroups of processes that were asked for; a process seldom changes its own. */
const MAX_KNOWN = 4096

export class Choice {
  private readonly filter: EventFilter
  private readonly tasks: TaskTable
  private readonly cgroups = new Map<number, string>()

  constructor(filter: EventFilter, tasks: TaskTable) {
    this.filter = filter
    this.tasks = tasks
  }

  /** Whether any of the tasks of an event, running, sending or receiving, is one that was asked for. */
  wants(event: KernelEvent): boolean {
    const { signals, pids, comms, cgroup } = this.filter
    if (signals !== undefined && event.kind === 'signal' && !signals.has(partNumber(event.details['signal'], 'number')))
      return false
    if (pids === undefined && comms === undefined && cgroup === undefined) return true
    const about = tasksOf(event)
    if (pids !== undefined && !about.some(({ pid }) => pids.has(pid) || pids.has(this.tasks.get(pid).tgid)))
      return false
    if (comms !== undefined && !about.some(({ comm }) => comm !== undefined && comms.has(comm))) return false
    return cgroup === undefined || about.some(({ pid }) => isWithin(this.cgroupOf(pid), cgroup))
  }

  private cgroupOf(pid: number): string {
    const known = this.cgroups.get(pid)
    if (known !== undefined) return known
    let found = ''
    try {
      const lines = readFileSync(`/proc/${pid}/cgroup`, 'latin1').trim().split('\n')
      found = (lines.find(line => line.startsWith('0::')) ?? lines[0] ?? '').split(':').slice(2).join(':')
    } catch {
      // It is gone: no cgroup is known to be its.
      return ''
    }
    if (this.cgroups.size >= MAX_KNOWN) this.cgroups.clear()
    this.cgroups.set(pid, found)
    return found
  }
}

const isWithin = (cgroup: string, wanted: string): boolean => {
  const top = `/${wanted.replace(/^(?:\/sys\/fs\/cgroup)?\/*/, '').replace(/\/+$/, '')}`
  return cgroup === top || cgroup.startsWith(top === '/' ? '/' : `${top}/`)
}

function tasksOf({ task, details }: KernelEvent): { pid: number; comm?: string | undefined }[] {
  const receiver = details['receiver']
  const victim = typeof details['pid'] === 'number' ? [{ pid: details['pid'], comm: wordOf(details['comm']) }] : []
  return [
    ...(task === undefined ? [] : [task]),
    ...(receiver === undefined ? [] : [{ pid: partNumber(receiver, 'pid'), comm: partText(receiver, 'comm') }]),
    ...victim,
  ]
}

const wordOf = (detail: EventDetail | undefined): string | undefined =>
  typeof detail === 'string' ? detail : undefined

function partNumber(detail: EventDetail | undefined, name: string): number {
  const part = typeof detail === 'object' ? detail[name] : undefined
  return typeof part === 'number' ? part : Number.NaN
}

const partText = (detail: EventDetail, name: string): string | undefined =>
  typeof detail === 'object' ? wordOf(detail[name]) : undefined
