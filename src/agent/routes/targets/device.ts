// A terminal, a serial line or any other character device: someone there sees the kernel's words as they come.

import { formatMessage } from '../format.ts'
import { LineQueue } from '../line-queue.ts'
import { reachedChannel } from '../reached.ts'
import { terminalLines } from './stdout.ts'
import type { TargetKind } from './target.ts'

const problems = {
  ENOENT: 'there is no such device now',
  ENXIO: 'nothing is behind this device',
  EIO: 'whoever was at this terminal has gone',
  EACCES: 'no permission to write to this device',
  ENODEV: 'there is no such device now',
}

export const device: TargetKind = {
  name: 'device',
  forms: ['/dev/TTY'],
  options: [],
  recognise(word, options) {
    // What stands in /dev and is no device is a file in memory.
    if (!/^\/dev\/[^\0]+$/s.test(word) || word.startsWith('/dev/shm/')) return undefined
    return host => {
      const format = options.format ?? 'syslog'
      return reachedChannel({
        path: word,
        lines: new LineQueue(message => terminalLines(formatMessage(message, format, host))),
        refuse: found =>
          found.isCharacterDevice()
            ? undefined
            : `is no device${found.isFIFO() ? ` but a FIFO; write it as |${word}` : ''}`,
        problems,
      })
    }
  },
}
