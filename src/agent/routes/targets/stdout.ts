// Standard output: for a container's log, a service manager, a look at what a route would take.

import { terminalSafe } from '../../../core/render/safe.ts'
import { type InheritedOutput, inheritedOutput } from '../descriptor.ts'
import { formatMessage } from '../format.ts'
import { LineQueue } from '../line-queue.ts'
import type { TargetKind } from './target.ts'

const STDOUT = 1

export const stdout: TargetKind = {
  name: 'stdout',
  forms: ['stdout'],
  options: [],
  recognise(word, options) {
    if (word !== 'stdout') return undefined
    return host => {
      const format = options.format ?? 'dmesg'
      const lines = new LineQueue(message => terminalLines(formatMessage(message, format, host)))
      let output: InheritedOutput | undefined
      return {
        send(batch) {
          output ??= inheritedOutput(STDOUT)
          return lines.send(batch, output.write)
        },
        async close() {
          output?.close()
          output = undefined
        },
      }
    }
  },
}

/** For what is or may be a terminal: no byte of a message acts on it. */
export const terminalLines = (text: string): string => text.split('\n').map(terminalSafe).join('\n')
