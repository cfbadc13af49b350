// What tasks are called, whose threads they are and when they began: include/trace/events/task.h.

import type { TraceRecord } from '../tracing/reader.ts'
import type { TaskTable } from './tasks.ts'

/** CLONE_THREAD of include/uapi/linux/sched.h */
const CLONE_THREAD = 0x10000

/** By the tracepoint. Every trace listens to them: names of tasks that live shortly are not in /proc any more. */
export const taskEvents: Readonly<Record<string, (record: TraceRecord, tasks: TaskTable) => undefined>> = {
  'task/task_newtask': (record, tasks) => {
    const pid = Number(record.field('pid'))
    const thread = (Number(record.field('clone_flags')) & CLONE_THREAD) !== 0
    const maker = tasks.get(record.pid)
    tasks.began({
      pid,
      comm: String(record.field('comm') ?? ''),
      tgid: thread ? maker.tgid : pid,
      parent: thread ? (maker.parent ?? 0) : maker.tgid,
      startedNs: record.ns,
    })
    return undefined
  },
  'task/task_rename': (record, tasks) => {
    tasks.named(Number(record.field('pid')), String(record.field('newcomm') ?? ''))
    return undefined
  },
}
