// How tasks that are ending end: said before the kernel tells that they have.

import { constants } from 'node:os'
import { endsProcess } from './signals.ts'
import type { Task, TaskTable } from './tasks.ts'

type From = 'do_exit' | 'exit_group' | 'signal'

interface Ending {
  code?: number
  from?: From
}

/** Tasks between the word of how they end and the end itself. */
const MAX_ENDING = 4096

export class Exits {
  private readonly endings = new Map<number, { code: number; from: From }>()
  /** the last fatal signal that each process was sent */
  private readonly fatal = new Map<number, number>()
  private readonly tgidOf: (pid: number) => Task

  constructor(tasks: TaskTable) {
    this.tgidOf = pid => tasks.get(pid)
  }

  /** What wait(2) would give, from the best source: do_exit() was called with it. */
  note(pid: number, code: number, from: From): undefined {
    if (this.endings.size >= MAX_ENDING) this.endings.delete(this.endings.keys().next().value ?? 0)
    this.endings.set(from === 'exit_group' ? this.tgidOf(pid).tgid : pid, { code, from })
    return undefined
  }

  sent(pid: number, signal: number): undefined {
    if (!endsProcess(signal)) return undefined
    if (this.fatal.size >= MAX_ENDING) this.fatal.delete(this.fatal.keys().next().value ?? 0)
    this.fatal.set(this.tgidOf(pid).tgid, signal)
    return undefined
  }

  /**
   * A signal took its default way with a task. What ends a whole process reaches its threads as SIGKILL, whatever was sent
   * (kernel/signal.c, complete_signal()).
   */
  signalled(pid: number, signal: number): void {
    if (!endsProcess(signal)) return
    const sent = signal === constants.signals.SIGKILL ? this.fatal.get(this.tgidOf(pid).tgid) : undefined
    this.note(pid, sent ?? signal, 'signal')
  }

  take(pid: number): Ending {
    const found = this.endings.get(pid)
    this.endings.delete(pid)
    this.fatal.delete(pid)
    return found ?? {}
  }
}

const all = new WeakMap<TaskTable, Exits>()

/** Those of the same trace. */
export function exitsOf(tasks: TaskTable): Exits {
  let exits = all.get(tasks)
  if (exits === undefined) all.set(tasks, (exits = new Exits(tasks)))
  return exits
}
