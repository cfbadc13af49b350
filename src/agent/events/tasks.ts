// Which task a number was: names, parents and start times, from what the kernel tells of forks and names, and from /proc
// for those that were there before.

import { readFileSync } from 'node:fs'

export interface Task {
  pid: number
  comm?: string
  /** of its process; its own number unless it is a thread */
  tgid: number
  parent?: number
  /** ns of the trace clock, where its beginning was seen; else from /proc */
  startedNs?: number
}

/** Tasks that are remembered; the longest known are forgotten first. They are looked up in /proc again when need be. */
const MAX_TASKS = 65_536
/** Tasks that have ended. */
const MAX_GONE = 4096
/** USER_HZ: the unit of times in /proc/PID/stat; 100 on every architecture but alpha and ia64. */
const TICK_NS = 10_000_000

/** How /proc/PID is asked; tests have their own. */
export type ReadProc = (pid: number, file: 'stat' | 'status') => string | undefined

const readProc: ReadProc = (pid, file) => {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1')
  } catch {
    return undefined
  }
}

export interface TaskTableOptions {
  maxTasks?: number | undefined
  read?: ReadProc
}

export class TaskTable {
  private readonly tasks = new Map<number, Task>()
  private readonly gone = new Map<number, Task>()
  private readonly read: ReadProc
  private readonly epochNs: number

  private readonly maxTasks: number

  /** `epochNs`: of CLOCK_MONOTONIC, where the trace's numbers begin. */
  constructor(epochNs: number, { maxTasks = MAX_TASKS, read = readProc }: TaskTableOptions = {}) {
    this.epochNs = epochNs
    this.maxTasks = maxTasks
    this.read = read
  }

  /** A task that began: task:task_newtask. */
  began(task: Task): void {
    this.keep(task)
  }

  named(pid: number, comm: string): void {
    const known = this.tasks.get(pid)
    if (known) known.comm = comm
    else this.keep({ ...this.lookUp(pid), pid, comm })
  }

  /** Its name is wanted a moment longer: the word to its parent comes after its end. */
  ended(pid: number): void {
    const task = this.tasks.get(pid)
    if (task === undefined) return
    this.tasks.delete(pid)
    if (this.gone.size >= MAX_GONE) this.gone.delete(this.gone.keys().next().value ?? 0)
    this.gone.set(pid, task)
  }

  get(pid: number): Task {
    const known = this.tasks.get(pid)
    if (known !== undefined) return known
    const gone = this.gone.get(pid)
    if (gone !== undefined) return gone
    const found = this.lookUp(pid)
    if (found.comm !== undefined) this.keep(found)
    return found
  }

  private keep(task: Task): void {
    this.gone.delete(task.pid)
    this.tasks.delete(task.pid)
    this.tasks.set(task.pid, task)
    if (this.tasks.size <= this.maxTasks) return
    const oldest = this.tasks.keys().next().value
    if (oldest !== undefined) this.tasks.delete(oldest)
  }

  private lookUp(pid: number): Task {
    // The idle task of each CPU is not in /proc.
    if (pid === 0) return { pid, comm: 'swapper', tgid: 0 }
    const stat = this.read(pid, 'stat')
    if (stat === undefined) return { pid, tgid: pid }
    const open = stat.indexOf('(')
    const close = stat.lastIndexOf(')')
    const fields = stat.slice(close + 2).split(' ')
    const tgid = Number(/^Tgid:\s*(\d+)/m.exec(this.read(pid, 'status') ?? '')?.[1] ?? pid)
    return {
      pid,
      comm: stat.slice(open + 1, close),
      tgid,
      parent: Number(fields[1]),
      startedNs: Number(fields[19]) * TICK_NS - this.epochNs,
    }
  }
}
