// /proc/kmsg. proc(5), fs/proc/kmsg.c: the lines that no reader has had yet, with their levels. Reading consumes them,
// for everyone: two readers take each other's lines.

import { constants, openSync } from 'node:fs'
import { otherReaders } from '../../node/other-readers.ts'
import { captureDescriptor } from './descriptor.ts'
import { type CaptureSource, codeOf, messageOf, SourceError } from './source.ts'

export const procKmsgPath = '/proc/kmsg'

/** How often it is looked for another reader. */
const LOOK_MS = 60_000

export const procKmsg: CaptureSource = {
  name: 'proc-kmsg',
  what: 'the kernel’s lines by /proc/kmsg, whose reader must be alone',
  own: true,
  open(_argument, sink, host) {
    let descriptor: number
    try {
      descriptor = openSync(procKmsgPath, constants.O_RDONLY | constants.O_NONBLOCK)
    } catch (error) {
      const denied = codeOf(error) === 'EPERM' || codeOf(error) === 'EACCES'
      throw new SourceError(`${procKmsgPath}: ${denied ? 'reading it takes root or CAP_SYSLOG' : messageOf(error)}`)
    }
    const known = new Set<number>()
    const look = (): void => {
      for (const { pid, command } of otherReaders(procKmsgPath)) {
        if (known.has(pid)) continue
        known.add(pid)
        sink.trouble(
          `${procKmsgPath}: ${command} (process ${pid}) reads it too: each line comes to only one of the two. ` +
            `Stop one of them, or use Source=kmsg`,
        )
      }
    }
    look()
    const timer = setInterval(look, LOOK_MS)
    timer.unref()
    return captureDescriptor(descriptor, procKmsgPath, sink, host, {
      atEnd: 'wait',
      mark: stampWall(host),
      closed: () => clearInterval(timer),
      more: () => ({ otherReaders: known.size }),
    })
  },
}

/** The wall time of records of this machine's kernel, by their stamps. */
export const stampWall =
  (host: { clock: { wall(stampUs: number, text?: string): string | undefined } }) =>
  (record: { sinceBootUs?: number | undefined; wall?: string | undefined; text: string }): void => {
    if (record.sinceBootUs !== undefined) record.wall ??= host.clock.wall(record.sinceBootUs, record.text)
  }
