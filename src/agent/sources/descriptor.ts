// Reading text from a descriptor that does not block: /proc/kmsg, terminals, FIFOs.

import { closeSync, readSync } from 'node:fs'
import { type Capture, codeOf, messageOf, type Sink, type SourceHost } from './source.ts'
import { TextStream, type TextStreamOptions } from './text-stream.ts'

/** Read at once; what is left waits in the kernel. */
const READ_BYTES = 64 * 1024
/** Reads in one turn, after which others have theirs. */
const TURN_READS = 16

export interface DescriptorOptions extends TextStreamOptions {
  /** what a read of nothing means: the writer is gone and may come back, or the end */
  atEnd: 'wait' | 'end'
  closed?: () => void
  more?: () => Record<string, number>
}

/** A read that fails for good is told once, and ends the capture. */
export function captureDescriptor(
  descriptor: number,
  name: string,
  sink: Sink,
  host: SourceHost,
  options: DescriptorOptions,
): Capture {
  const text = new TextStream('', options)
  const memory = new Uint8Array(READ_BYTES)
  let open = true
  let reads = 0
  let drained = false

  const stop = (): void => {
    if (!open) return
    open = false
    unwatch()
    const last = text.flush()
    if (last) sink.take(last)
    closeSync(descriptor)
    options.closed?.()
  }
  /** Whether something came. */
  const readOnce = (): boolean => {
    let length: number
    drained = false
    try {
      length = readSync(descriptor, memory, 0, memory.length, null)
    } catch (error) {
      const code = codeOf(error)
      drained = code === 'EAGAIN'
      if (drained || code === 'EINTR') return false
      sink.trouble(`${name}: ${messageOf(error)}; it is read no more`)
      stop()
      sink.ended()
      return false
    }
    if (length === 0) {
      drained = true
      if (options.atEnd === 'wait') return false
      stop()
      sink.ended()
      return false
    }
    reads++
    sink.take(text.push(memory.slice(0, length), performance.now()))
    return true
  }
  const readable = (): boolean => {
    let came = false
    for (let turn = 0; turn < TURN_READS && open && readOnce(); turn++) came = true
    return came
  }
  const unwatch = host.poller.watch(descriptor, readable)
  return {
    settle(now) {
      readable()
      const piece = open && drained ? text.settle(now) : undefined
      if (piece) sink.take(piece)
      return !open || drained
    },
    stats: () => ({ bytes: text.position, reads, ...options.more?.() }),
    close() {
      if (open) readable()
      stop()
    },
  }
}
