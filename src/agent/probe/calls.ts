// Entries and returns → calls: each return is given to its entry, of the same task and function, the last one first.

/** A call that came back, or was still under way when the probe ended. */
export interface Call<Entry> {
  function: number
  entry: Entry
  /** calls of probed functions that it was made in, of the same task */
  depth: number
  /** absent: it had not come back */
  returned?: { ns: number; durationNs: number }
}

interface Open<Entry> {
  function: number
  ns: number
  entry: Entry
  depth: number
  inside: boolean
}

/** Tasks with open calls, and open calls of one; what is more was missed by returns and is let go. */
const MAX_TASKS = 65_536
const MAX_DEPTH = 256

/**
 * A state machine without I/O. `entry` and `exit` come in the order of time. Where a return was missed (too many at once,
 * or the function never comes back) its entry is let go when an outer one returns; where an entry was missed, the return
 * stands alone. Both are counted.
 */
export class Calls<Entry> {
  private readonly tasks = new Map<number, Open<Entry>[]>()
  /** function within which calls are wanted; undefined: everywhere */
  private readonly inside: number | undefined
  readonly counts = { entries: 0, returns: 0, withoutReturn: 0, withoutEntry: 0 }

  constructor(inside?: number) {
    this.inside = inside
  }

  /** `task`: the pid, of idle tasks something else that tells the CPU's apart. */
  entry(task: number, fn: number, ns: number, entry: Entry): void {
    this.counts.entries++
    let open = this.tasks.get(task)
    if (open === undefined) {
      if (this.tasks.size >= MAX_TASKS) this.forget(this.tasks.keys().next().value ?? 0)
      open = []
      this.tasks.set(task, open)
    }
    if (open.length >= MAX_DEPTH) {
      open.shift()
      this.counts.withoutReturn++
    }
    const last = open.at(-1)
    const inside = this.inside === undefined || (last?.inside ?? false) || last?.function === this.inside
    open.push({ function: fn, ns, entry, depth: open.length, inside })
  }

  /** The call that has come back; undefined when its entry was missed, or it was not made where it is wanted. */
  exit(task: number, fn: number, ns: number): Call<Entry> | undefined {
    this.counts.returns++
    const open = this.tasks.get(task) ?? []
    const at = open.findLastIndex(each => each.function === fn)
    if (at < 0) {
      this.counts.withoutEntry++
      return undefined
    }
    this.counts.withoutReturn += open.length - 1 - at
    const [found] = open.splice(at)
    if (open.length === 0) this.tasks.delete(task)
    if (found === undefined || !found.inside || fn === this.inside) return undefined
    return {
      function: fn,
      entry: found.entry,
      depth: this.inside === undefined ? found.depth : found.depth - 1,
      returned: { ns, durationNs: ns - found.ns },
    }
  }

  private forget(task: number): void {
    this.counts.withoutReturn += this.tasks.get(task)?.length ?? 0
    this.tasks.delete(task)
  }

  /** Calls under way, the oldest first: functions that never come back, or not yet. */
  open(): Call<Entry>[] {
    return [...this.tasks.values()]
      .flat()
      .filter(({ inside, function: fn }) => inside && fn !== this.inside)
      .map(({ function: fn, entry, depth }) => ({ function: fn, entry, depth }))
  }
}
