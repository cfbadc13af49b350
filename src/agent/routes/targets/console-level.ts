// The kernel's own console: what the selector says is printed there by the kernel, as klogd's -c and dmesg's -n set it.

import { readFileSync } from 'node:fs'
import { LibcError, libc } from '../../../node/libc.ts'
import { showPriorities } from '../priorities.ts'
import type { Selector } from '../selector.ts'
import { type Channel, TargetError, type TargetKind } from './target.ts'

/** include/linux/syslog.h */
const SYSLOG_ACTION_CONSOLE_LEVEL = 8
const PRINTK = '/proc/sys/kernel/printk'

export const consoleLevel: TargetKind = {
  name: 'console-level',
  forms: ['console-level'],
  options: [],
  recognise(word, _options, selector) {
    if (word !== 'console-level') return undefined
    const level = levelOfSelector(selector)
    return host => {
      const before = currentLevel()
      // At once: the first message must be there already.
      setLevel(level, host.tell)
      const channel: Channel = {
        send: async batch => batch.length,
        reopen: () => setLevel(level, host.tell),
        async close() {
          if (before !== undefined) setLevel(before, host.tell)
        },
      }
      return channel
    }
  },
}

/** The kernel prints what is worse than its console level, and knows of nothing else. */
function levelOfSelector({ priorities, conditions, kinds }: Selector): number {
  const levels = priorities[0]!
  if (conditions.length > 0 || kinds !== undefined || levels === 0 || (levels & (levels + 1)) !== 0) {
    throw new TargetError(
      `console-level takes kern.LEVEL, since the kernel chooses by level alone; this is ${showPriorities(priorities)}${conditions.length > 0 ? ' with conditions' : ''}`,
    )
  }
  return Math.log2(levels + 1)
}

function currentLevel(): number | undefined {
  try {
    const level = Number(readFileSync(PRINTK, 'utf8').split(/\s+/)[0])
    return level >= 1 && level <= 15 ? level : undefined
  } catch {
    return undefined
  }
}

function setLevel(level: number, tell: (message: string) => void): void {
  try {
    const library = libc()
    if (library === undefined) throw new Error('koffi, by which system calls are made, has no library for this machine')
    library.klogctl(SYSLOG_ACTION_CONSOLE_LEVEL, null, level)
  } catch (error) {
    const why = error instanceof LibcError && error.code === 'EPERM' ? 'it takes CAP_SYSLOG' : String(error)
    tell(`console-level: the console's level could not be set to ${level}: ${why}`)
  }
}
