// A FIFO that some other program reads. While nobody does, messages wait, and what waits too long is counted.

import { formatMessage } from '../format.ts'
import { LineQueue } from '../line-queue.ts'
import { reachedChannel } from '../reached.ts'
import { TargetError, type TargetKind } from './target.ts'

const problems = {
  ENXIO: 'nobody reads this FIFO now',
  EPIPE: 'whoever read this FIFO has gone',
  ENOENT: 'there is no such FIFO; make it with mkfifo(1)',
  EACCES: 'no permission to write to this FIFO',
}

export const fifo: TargetKind = {
  name: 'fifo',
  forms: ['|/FIFO'],
  options: [],
  recognise(word, options) {
    if (!word.startsWith('|')) return undefined
    const path = word.slice(1)
    if (!path.startsWith('/') || path.includes('\0')) {
      throw new TargetError(
        `"${word}": the path of a FIFO was expected after "|"; a program is written as exec:PROGRAM`,
      )
    }
    return host => {
      const format = options.format ?? 'syslog'
      return reachedChannel({
        path,
        lines: new LineQueue(message => formatMessage(message, format, host)),
        refuse: found => (found.isFIFO() ? undefined : 'is no FIFO'),
        problems,
      })
    }
  },
}
