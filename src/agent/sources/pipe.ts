// Text that another program writes: standard input, or a FIFO that outlives its writers.

import { constants, fstatSync, openSync } from 'node:fs'
import { captureDescriptor } from './descriptor.ts'
import { type Capture, type CaptureSource, messageOf, SourceError } from './source.ts'
import { TextStream } from './text-stream.ts'

const UNFINISHED_MS = 1000

export const stdin: CaptureSource = {
  name: 'stdin',
  what: 'standard input, to its end',
  own: false,
  open(_argument, sink): Capture {
    const text = new TextStream('', { unfinishedMs: UNFINISHED_MS })
    const input = process.stdin
    let open = true
    const stop = (): void => {
      if (!open) return
      open = false
      const last = text.flush()
      if (last) sink.take(last)
    }
    input.on('data', (chunk: Buffer) => {
      if (open) sink.take(text.push(chunk, performance.now()))
    })
    input.on('end', () => {
      stop()
      sink.ended()
    })
    input.on('error', error => {
      sink.trouble(`standard input: ${error.message}`)
      stop()
      sink.ended()
    })
    return {
      settle(now) {
        const piece = open ? text.settle(now) : undefined
        if (piece) sink.take(piece)
        return true
      },
      stats: () => ({ bytes: text.position }),
      close() {
        stop()
        input.destroy()
      },
    }
  },
}

export const pipe: CaptureSource = {
  name: 'pipe',
  what: 'a FIFO (mkfifo) into which other programs write; they may come and go',
  argument: 'PATH',
  own: false,
  open(argument, sink, host) {
    try {
      // Open for writing too, it never sees an end: fifo(7). Writers come and go.
      const descriptor = openSync(argument, constants.O_RDWR | constants.O_NONBLOCK)
      if (fstatSync(descriptor).isFIFO())
        return captureDescriptor(descriptor, argument, sink, host, { atEnd: 'wait', unfinishedMs: UNFINISHED_MS })
    } catch (error) {
      throw new SourceError(`pipe:${argument}: ${messageOf(error)}`)
    }
    throw new SourceError(`pipe:${argument}: this is no FIFO; a file is watched by file:${argument}`)
  },
}
