// A target that is opened by a path without waiting for whoever is at its other end: devices, terminals, FIFOs.

import { close, constants, fstatSync, openSync } from 'node:fs'
import { libc, TCOFLUSH } from '../../node/libc.ts'
import { writeNow } from './descriptor.ts'
import type { LineQueue } from './line-queue.ts'
import type { Message } from './message.ts'
import { type Channel, TargetError } from './targets/target.ts'

const FLAGS = constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY

export interface Reached {
  path: string
  lines: LineQueue
  /** undefined: it is what was expected; else what is wrong with it */
  refuse(found: { isFIFO(): boolean; isCharacterDevice(): boolean; isFile(): boolean }): string | undefined
  /** what the errors of open(2) and write(2) mean there */
  problems: Readonly<Record<string, string>>
}

export function reachedChannel({ path, lines, refuse, problems }: Reached): Channel {
  let descriptor: number | undefined
  const letGo = (): void => {
    if (descriptor === undefined) return
    const old = descriptor
    descriptor = undefined
    lines.restart()
    // A serial line that takes nothing would hold its closer for half a minute (termios closing_wait).
    libc()?.tcflush(old, TCOFLUSH)
    close(old, () => {})
  }
  const open = (): number => {
    const opened = openSync(path, FLAGS)
    const wrong = refuse(fstatSync(opened))
    if (wrong === undefined) return opened
    close(opened, () => {})
    throw new TargetError(`${path}: ${wrong}`)
  }
  return {
    async send(batch: readonly Message[]) {
      try {
        descriptor ??= open()
        return await lines.send(batch, writeNow(descriptor))
      } catch (error) {
        letGo()
        if (error instanceof TargetError) throw error
        const code = error instanceof Error && 'code' in error ? String(error.code) : ''
        throw new TargetError(`${path}: ${problems[code] ?? (error instanceof Error ? error.message : String(error))}`)
      }
    },
    reopen: letGo,
    async close() {
      letGo()
    },
  }
}
