// syslog(2), as klogd used it before there was /proc/kmsg and with `-s` since: SYSLOG_ACTION_READ consumes, and blocks
// where there is nothing; so what is unread is asked for first, often while lines come and seldom while none do.

import { LibcError, libc } from '../../node/libc.ts'
import { MOST_WAIT_MS } from '../../node/poller.ts'
import { stampWall } from './proc-kmsg.ts'
import { type Capture, type CaptureSource, messageOf, type Sink, SourceError, type SourceHost } from './source.ts'
import { TextStream } from './text-stream.ts'

// include/linux/syslog.h
const SYSLOG_ACTION_READ = 2
const SYSLOG_ACTION_SIZE_UNREAD = 9

const READ_BYTES = 64 * 1024
const TURN_READS = 16
const LEAST_WAIT_MS = 4

class SyslogCapture implements Capture {
  private readonly text: TextStream
  private readonly memory = new Uint8Array(READ_BYTES)
  private readonly sink: Sink
  private timer: NodeJS.Timeout | undefined
  private waitMs = LEAST_WAIT_MS
  private reads = 0
  private drained = false

  constructor(sink: Sink, host: SourceHost) {
    this.sink = sink
    this.text = new TextStream('', { mark: stampWall(host) })
    this.turn()
  }

  settle(): boolean {
    try {
      this.read()
    } catch {
      // The next turn says it.
      return true
    }
    return this.drained
  }

  stats(): Record<string, number> {
    return { bytes: this.text.position, reads: this.reads }
  }

  close(): void {
    clearTimeout(this.timer)
    this.read()
    const last = this.text.flush()
    if (last) this.sink.take(last)
  }

  private turn(): void {
    try {
      this.waitMs = this.read() ? LEAST_WAIT_MS : Math.min(MOST_WAIT_MS, this.waitMs * 2)
      this.timer = setTimeout(() => this.turn(), this.waitMs)
    } catch (error) {
      this.sink.trouble(`syslog(2): ${messageOf(error)}; it is read no more`)
      this.sink.ended()
    }
  }

  private read(): boolean {
    const calls = libc()!
    let came = false
    this.drained = false
    for (let turn = 0; turn < TURN_READS; turn++) {
      this.drained = calls.klogctl(SYSLOG_ACTION_SIZE_UNREAD, null, 0) <= 0
      if (this.drained) break
      const length = calls.klogctl(SYSLOG_ACTION_READ, this.memory, this.memory.length)
      if (length <= 0) break
      this.reads++
      came = true
      this.sink.take(this.text.push(this.memory.slice(0, length), performance.now()))
    }
    return came
  }
}

export const syslogCall: CaptureSource = {
  name: 'syslog',
  what: 'the kernel’s lines by syslog(2), for where neither /dev/kmsg nor /proc/kmsg is',
  own: true,
  open(_argument, sink, host) {
    const calls = libc()
    if (calls === undefined)
      throw new SourceError('syslog(2): it takes koffi’s library, which this machine lacks: npm install koffi')
    try {
      calls.klogctl(SYSLOG_ACTION_SIZE_UNREAD, null, 0)
    } catch (error) {
      const denied = error instanceof LibcError && error.code === 'EPERM'
      throw new SourceError(`syslog(2): ${denied ? 'reading takes root or CAP_SYSLOG' : messageOf(error)}`)
    }
    return new SyslogCapture(sink, host)
  },
}
