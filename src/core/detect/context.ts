// Whether two reports were printed by the same task, or the one in the midst of the other, where no caller is named.

import type { EventLine } from './event.ts'

// "by task syz-executor/13", "modprobe/77 is trying to acquire lock:", "modprobe/77 [HC0[0]:SC0[0]:HE1:SE1] takes:"
const namedTask =
  /\bby task .{1,64}\/(?<by>\d{1,10})$|^\S.{0,64}\/(?<who>\d{1,10}) (?:is (?:trying|freeing|leaving|exiting)|just changed|\[HC)/

/** A stalled CPU tells of it from its own timer interrupt: kernel/rcu/tree.c, kernel/watchdog.c. */
const stallChecks = /\b(?:rcu_sched_clock_irq|rcu_check_callbacks|check_cpu_stall|print_other_cpu_stall)\b/

function pidOf({ record, item }: EventLine): number | undefined {
  if (item.is === 'task') return item.task.pid
  const named = namedTask.exec(record.text)?.groups
  const pid = named?.['by'] ?? named?.['who']
  return pid === undefined ? undefined : Number(pid)
}

const firstPid = (lines: readonly EventLine[]): number | undefined => {
  for (const line of lines) {
    const pid = pidOf(line)
    if (pid !== undefined) return pid
  }
  return undefined
}

/** Both name the same task, or the stack of the second leads through what was printing the first. */
export function sharesContext(first: readonly EventLine[], second: readonly EventLine[], stall: boolean): boolean {
  const pid = firstPid(first)
  if (pid !== undefined && pid !== 0) return pid === firstPid(second)
  return stall && second.some(({ item, record }) => item.is === 'frame' && stallChecks.test(record.text))
}
