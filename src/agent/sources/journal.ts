// systemd's journal, by `journalctl -o export`: of this machine as it is written, or an exported file.
// systemd, docs/JOURNAL_EXPORT_FORMATS.md.

import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { createReadStream, statSync } from 'node:fs'
import type { Readable } from 'node:stream'
import type { LogRecord } from '../../core/model.ts'
import { type Capture, type CaptureSource, type Cursor, type Sink, SourceError } from './source.ts'
import { TextStream } from './text-stream.ts'

/** journalctl that ends is begun anew after a while, each time a longer one. */
const LEAST_PAUSE_MS = 500
const MOST_PAUSE_MS = 60_000
/** Entries that may begin behind the first record under way. */
const MAX_ENTRIES = 8192

const begin = '__CURSOR='

/** Where in the stream each entry begins, with the cursor it has. */
class Entries {
  private entries: { offset: number; cursor: string }[] = []
  private tail = ''
  /** of the last entry that came to its end */
  private whole: string | undefined
  private tailOffset = 0

  push(bytes: Uint8Array, offset: number): void {
    if (this.tail === '') this.tailOffset = offset
    const text = this.tail + Buffer.from(bytes).toString('latin1')
    const lines = text.split('\n')
    this.tail = lines.pop()!
    let at = this.tailOffset
    for (const line of lines) {
      if (line.startsWith(begin)) this.entries.push({ offset: at, cursor: line.slice(begin.length) })
      else if (line === '') this.whole = this.entries.at(-1)?.cursor ?? this.whole
      at += line.length + 1
    }
    this.tailOffset = at
    if (this.tail.length > 4096) this.tail = this.tail.slice(0, 4096)
    if (this.entries.length > MAX_ENTRIES) this.entries.splice(0, this.entries.length - MAX_ENTRIES)
  }

  /** The entry before the one that holds this byte; without, the last that is complete. */
  before(offset: number | undefined): string | undefined {
    if (offset === undefined) return this.whole
    return this.entries.findLast(each => each.offset < offset)?.cursor
  }
}

class JournalCapture implements Capture {
  private readonly sink: Sink
  private readonly args: readonly string[]
  private text = new TextStream('')
  private readonly entries = new Entries()
  private after: string | undefined
  private child: ChildProcessByStdio<null, Readable, Readable> | undefined
  private timer: NodeJS.Timeout | undefined
  private pauseMs = LEAST_PAUSE_MS
  private closed = false
  private readonly counts = { started: 0 }

  constructor(sink: Sink, folder: string, resume: Cursor | undefined) {
    this.sink = sink
    this.args = folder === '' ? [] : ['--directory', folder]
    const after = resume?.['after']
    this.after = typeof after === 'string' ? after : undefined
    this.start()
  }

  cursor(first: Pick<LogRecord, 'span' | 'sequence'> | undefined): Cursor | undefined {
    const after = this.entries.before(first?.span.start) ?? this.after
    return after === undefined ? undefined : { after }
  }

  stats(): Record<string, number> {
    return { bytes: this.text.position, ...this.counts }
  }

  close(): void {
    this.closed = true
    clearTimeout(this.timer)
    this.child?.kill()
    const last = this.text.flush()
    if (last) this.sink.take(last)
  }

  private start(): void {
    this.counts.started++
    const from = this.after === undefined ? ['--lines=all', '--boot'] : [`--after-cursor=${this.after}`]
    const args = [...this.args, '--output=export', '--follow', '--quiet', ...from, '_TRANSPORT=kernel']
    const child = spawn('journalctl', args, { stdio: ['ignore', 'pipe', 'pipe'] })
    this.child = child
    let complaint = ''
    child.stderr.on('data', (chunk: Buffer) => {
      complaint = (complaint + chunk.toString()).slice(-500)
    })
    child.stdout.on('data', (chunk: Buffer) => {
      this.pauseMs = LEAST_PAUSE_MS
      this.entries.push(chunk, this.text.position)
      this.sink.take(this.text.push(chunk, performance.now()))
    })
    child.on('error', error => this.again(error.message))
    child.on('close', code => this.again(complaint.trim() || `ended with ${code}`))
  }

  private again(why: string): void {
    if (this.closed || this.timer !== undefined) return
    this.sink.trouble(`journalctl: ${why}; it is started again in ${this.pauseMs} ms`)
    this.after = this.entries.before(undefined) ?? this.after
    this.timer = setTimeout(() => {
      this.timer = undefined
      this.start()
    }, this.pauseMs)
    this.pauseMs = Math.min(MOST_PAUSE_MS, this.pauseMs * 2)
  }
}

/** An exported file, to its end; "-" is standard input. */
function captureExport(path: string, sink: Sink): Capture {
  const text = new TextStream('')
  const stream = path === '-' ? process.stdin : createReadStream(path)
  let open = true
  const end = (): void => {
    if (!open) return
    open = false
    const last = text.flush()
    if (last) sink.take(last)
    sink.ended()
  }
  stream.on('data', (chunk: Buffer | string) => {
    if (open) sink.take(text.push(Buffer.from(chunk), performance.now()))
  })
  stream.on('end', end)
  stream.on('error', (error: Error) => {
    sink.trouble(`journal:${path}: ${error.message}`)
    end()
  })
  return {
    stats: () => ({ bytes: text.position }),
    close() {
      open = false
      stream.destroy()
    },
  }
}

export const journal: CaptureSource = {
  name: 'journal',
  what: 'systemd’s journal: this machine’s, that of a folder, or an exported file ("-": standard input)',
  argument: '[FOLDER|FILE|-]',
  own: false,
  open(argument, sink, _host, resume) {
    if (argument === '-') return captureExport('-', sink)
    if (argument === '') return new JournalCapture(sink, '', resume)
    const stats = statSync(argument, { throwIfNoEntry: false })
    if (stats === undefined) throw new SourceError(`journal:${argument}: there is no such file or folder`)
    return stats.isDirectory() ? new JournalCapture(sink, argument, resume) : captureExport(argument, sink)
  },
}
