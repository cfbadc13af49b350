import type { TraceRecord } from '../../tracing/reader.ts'
import { exitsOf } from '../exits.ts'
import { type Context, type EventKind, numberOf, type Told, textOf } from '../kind.ts'
import { signalName } from '../signals.ts'

/** The low seven bits of what wait(2) gives are the signal, the eighth says that memory was dumped. */
function ending(code: number | undefined): Record<string, number | string | boolean> {
  if (code === undefined) return { ended: 'unknown' }
  const signal = code & 0x7f
  if (signal === 0) return { ended: 'exited', status: (code >> 8) & 0xff }
  return { ended: 'killed', signal, signalName: signalName(signal), coreDumped: (code & 0x80) !== 0 }
}

function told(record: TraceRecord, { tasks }: Context): Told {
  const pid = numberOf(record, 'pid')
  const task = tasks.get(pid)
  const { code, from } = exitsOf(tasks).take(pid)
  tasks.ended(pid)
  // Threads end without a word; on kernels that tell it, the last one of a process speaks for it.
  const last = record.field('group_dead')
  if (last === undefined ? task.tgid !== pid : last === 0) return undefined
  const process = task.tgid === pid ? task : tasks.get(task.tgid)
  const parent = process.parent === undefined ? undefined : tasks.get(process.parent)
  return {
    pid: task.tgid,
    details: {
      comm: textOf(record, 'comm') ?? '',
      ...ending(code),
      ...(from === undefined ? {} : { codeFrom: from }),
      ...(parent === undefined ? {} : { parent: { pid: parent.pid, comm: parent.comm ?? '' } }),
      ...(process.startedNs === undefined
        ? {}
        : { lifetimeUs: Math.max(0, Math.round((record.ns - process.startedNs) / 1000)) }),
    },
  }
}

/**
 * include/trace/events/sched.h tells that a task ended; how, is the argument of do_exit(), or, where functions cannot be
 * probed, what exit_group(2) was called with or the last fatal signal.
 */
export const exit: EventKind = {
  name: 'exit',
  what: 'a process that ended: status or signal, whether memory was dumped, how long it lived, its parent',
  sources: [
    [
      {
        probe: { function: 'do_exit', fetch: 'code=$arg1:s64' },
        tell: (record, { tasks }) => exitsOf(tasks).note(record.pid, numberOf(record, 'code'), 'do_exit'),
      },
      {
        tracepoint: 'syscalls/sys_enter_exit_group',
        tell: (record, { tasks }) =>
          exitsOf(tasks).note(record.pid, (numberOf(record, 'error_code') & 0xff) << 8, 'exit_group'),
      },
    ],
    [
      {
        tracepoint: 'signal/signal_generate',
        tell: (record, { tasks }) => exitsOf(tasks).sent(numberOf(record, 'pid'), numberOf(record, 'sig')),
      },
    ],
    [
      {
        tracepoint: 'signal/signal_deliver',
        tell: (record, { tasks }) => {
          if (Number(record.field('sa_handler')) === 0) exitsOf(tasks).signalled(record.pid, numberOf(record, 'sig'))
          return undefined
        },
      },
    ],
    [{ tracepoint: 'sched/sched_process_exit', tell: told }],
  ],
}
