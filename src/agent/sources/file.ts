// A log file that grows, and is rotated: renamed and made anew, or copied and cut to nothing (logrotate's copytruncate).

import { createHash } from 'node:crypto'
import { closeSync, fstatSync, openSync, readdirSync, readSync, type Stats, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { LogRecord } from '../../core/model.ts'
import { type Capture, type CaptureSource, type Cursor, codeOf, messageOf, type Sink, SourceError } from './source.ts'
import { TextStream } from './text-stream.ts'

const READ_BYTES = 64 * 1024
const TURN_READS = 16
const LEAST_WAIT_MS = 20
const MOST_WAIT_MS = 500
/** The beginning of a file by which it is known again under another name. */
const HEAD_BYTES = 256
/** A program goes on writing into the renamed file until it is told to open the new one. */
const LINGER_MS = 10_000
/** Starts of files that are remembered, to say where a record of theirs stands. */
const MAX_PLACES = 16

interface Open {
  descriptor: number
  inode: number
  /** bytes read */
  position: number
  /** what the file begins with, as far as it was known when it was opened */
  head: Buffer
}

/** From this byte of the stream on, it is this file from this byte on. */
interface Place {
  stream: number
  inode: number
  file: number
}

class FileCapture implements Capture {
  private readonly path: string
  private readonly sink: Sink
  private readonly text = new TextStream('')
  private readonly memory = new Uint8Array(READ_BYTES)
  private file: Open | undefined
  /** renamed; its writer may still write to it */
  private former: (Open & { until: number }) | undefined
  private places: Place[] = []
  /** end of the last whole line, in bytes of the stream */
  private whole = 0
  private waitMs = LEAST_WAIT_MS
  private timer: NodeJS.Timeout | undefined
  private told = ''
  private closed = false
  /** read to its end, at the last look */
  private drained = true
  private readonly counts = { rotations: 0, truncations: 0, files: 0 }

  constructor(path: string, sink: Sink, begin: 'start' | 'end', resume: Cursor | undefined) {
    this.path = path
    this.sink = sink
    const position = resume === undefined ? undefined : this.resume(resume)
    this.file = this.opened(path, position ?? (begin === 'end' && resume === undefined ? 'end' : 0))
    this.turn()
  }

  cursor(first: Pick<LogRecord, 'span' | 'sequence'> | undefined): Cursor | undefined {
    const at = first?.span.start ?? this.whole
    const place = this.places.findLast(each => each.stream <= at)
    const file = this.file?.inode === place?.inode ? this.file : this.former
    if (place === undefined || file === undefined) return undefined
    return { inode: place.inode, position: place.file + at - place.stream, ...fingerprint(file.head) }
  }

  settle(): boolean {
    if (this.closed) return true
    try {
      this.read()
    } catch {
      // The next turn says it.
      return true
    }
    return this.drained
  }

  stats(): Record<string, number> {
    return { bytes: this.text.position, ...this.counts }
  }

  close(): void {
    if (this.closed) return
    this.closed = true
    clearTimeout(this.timer)
    this.read()
    const last = this.text.flush()
    if (last) this.sink.take(last)
    for (const file of [this.former, this.file]) if (file) closeSync(file.descriptor)
  }

  private turn(): void {
    let came = false
    try {
      came = this.read()
      if (!came) this.follow()
      this.told = ''
    } catch (error) {
      const message = messageOf(error)
      if (message !== this.told) this.sink.trouble(`${this.path}: ${message}; it is tried again`)
      this.told = message
    }
    this.waitMs = came ? LEAST_WAIT_MS : Math.min(MOST_WAIT_MS, this.waitMs * 2)
    this.timer = setTimeout(() => this.turn(), this.waitMs)
  }

  private read(): boolean {
    this.drained = true
    const came = this.former !== undefined && this.readFrom(this.former)
    return (this.file !== undefined && this.readFrom(this.file)) || came
  }

  private readFrom(file: Open): boolean {
    let came = false
    for (let turn = 0; turn < TURN_READS; turn++) {
      const length = readSync(file.descriptor, this.memory, 0, this.memory.length, file.position)
      if (length === 0) return came
      if (!came && this.isAnother(file)) {
        this.truncated(file)
        continue
      }
      came = true
      this.take(file, this.memory.slice(0, length))
    }
    this.drained = false
    return came
  }

  private take(file: Open, bytes: Uint8Array): void {
    const start = this.text.position
    const last = this.places.at(-1)
    if (last === undefined || last.inode !== file.inode || last.file + start - last.stream !== file.position) {
      this.places.push({ stream: start, inode: file.inode, file: file.position })
      if (this.places.length > MAX_PLACES) this.places.shift()
    }
    if (file.position < HEAD_BYTES) file.head = headOf(file.descriptor)
    file.position += bytes.length
    const lineFeed = bytes.lastIndexOf(10)
    if (lineFeed >= 0) this.whole = start + lineFeed + 1
    this.sink.take(this.text.push(bytes, performance.now()))
  }

  /** Cut to nothing and grown beyond where it was read: it begins with something else. */
  private isAnother(file: Open): boolean {
    if (file.position === 0) return false
    const now = headOf(file.descriptor)
    return !now.subarray(0, file.head.length).equals(file.head)
  }

  /** Nothing more to read: is this still the file of that name? */
  private follow(): void {
    const { file } = this
    if (this.former !== undefined && performance.now() > this.former.until) {
      closeSync(this.former.descriptor)
      this.former = undefined
    }
    if (file !== undefined && fstatSync(file.descriptor).size < file.position) this.truncated(file)
    const named = statOf(this.path)
    if (named === undefined || named.ino === file?.inode) return
    if (this.former !== undefined) {
      this.readFrom(this.former)
      closeSync(this.former.descriptor)
      this.former = undefined
    }
    const next = this.opened(this.path, 0)
    if (next === undefined) return
    if (file !== undefined) {
      this.counts.rotations++
      this.former = { ...file, until: performance.now() + LINGER_MS }
    }
    this.file = next
  }

  private truncated(file: Open): void {
    this.counts.truncations++
    // The copy has what came between the last read and the cut.
    const copy = rotatedCopies(this.path).find(each => each.size >= file.position && beginsWith(each.path, file.head))
    if (copy !== undefined) this.rest(copy.path, file.position)
    file.position = 0
    file.head = headOf(file.descriptor)
  }

  /** What a file that is not written to any more has from this byte on. */
  private rest(path: string, from: number): void {
    const file = this.opened(path, from)
    if (file === undefined) return
    while (this.readFrom(file)) this.counts.files += 0
    closeSync(file.descriptor)
  }

  private opened(path: string, position: number | 'end'): Open | undefined {
    let descriptor: number
    try {
      descriptor = openSync(path, 'r')
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined
      throw error
    }
    const { ino, size } = fstatSync(descriptor)
    this.counts.files++
    const at = position === 'end' ? size : Math.min(position, size)
    return { descriptor, inode: ino, position: at, head: headOf(descriptor) }
  }

  /** Reads what was written to files that have been rotated since; where to go on in the present one. */
  private resume(cursor: Cursor): number | undefined {
    const position = Number(cursor['position'])
    if (!Number.isSafeInteger(position) || position < 0) return undefined
    const isIt = (path: string): boolean => {
      const stats = statOf(path)
      return stats !== undefined && stats.size >= position && isSame(path, cursor)
    }
    if (isIt(this.path)) return position
    const copies = rotatedCopies(this.path)
    const at = copies.findIndex(each => isIt(each.path))
    if (at < 0) {
      if (copies.length > 0 || statOf(this.path) !== undefined)
        this.sink.trouble(
          `${this.path}: the file that was read before has gone (rotated and packed, or removed); what came in between is not read`,
        )
      return 0
    }
    // newest first
    for (const each of copies.slice(0, at + 1).reverse()) this.rest(each.path, each === copies[at] ? position : 0)
    return 0
  }
}

const fingerprint = (head: Buffer): { head: string; headBytes: number } => ({
  head: createHash('sha256').update(head).digest('hex').slice(0, 32),
  headBytes: head.length,
})

function headOf(descriptor: number): Buffer {
  const head = Buffer.alloc(HEAD_BYTES)
  return head.subarray(0, readSync(descriptor, head, 0, HEAD_BYTES, 0))
}

function withFile<T>(path: string, read: (descriptor: number) => T): T | undefined {
  try {
    const descriptor = openSync(path, 'r')
    try {
      return read(descriptor)
    } finally {
      closeSync(descriptor)
    }
  } catch {
    return undefined
  }
}

const beginsWith = (path: string, head: Buffer): boolean =>
  withFile(path, descriptor => headOf(descriptor).subarray(0, head.length).equals(head)) ?? false

/** The same beginning; a file that was empty is known by its inode. */
const isSame = (path: string, cursor: Cursor): boolean => {
  const bytes = Number(cursor['headBytes'])
  if (bytes === 0) return statOf(path)?.ino === Number(cursor['inode'])
  return (
    withFile(path, descriptor => fingerprint(headOf(descriptor).subarray(0, bytes)).head === cursor['head']) ?? false
  )
}

function statOf(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false })
}

/** log.1, log-20261122, log.old: what logrotate and others make of it, newest first. Packed ones are left out. */
function rotatedCopies(path: string): { path: string; size: number; modifiedMs: number }[] {
  const folder = dirname(path)
  const name = basename(path)
  let names: string[]
  try {
    names = readdirSync(folder)
  } catch {
    return []
  }
  return names
    .filter(each => each !== name && each.startsWith(name) && !/\.(?:gz|xz|bz2|zst|lz4)$/.test(each))
    .flatMap(each => {
      const full = join(folder, each)
      const stats = statOf(full)
      return stats?.isFile() ? [{ path: full, size: stats.size, modifiedMs: stats.mtimeMs }] : []
    })
    .sort((a, b) => b.modifiedMs - a.modifiedMs)
}

export const file: CaptureSource = {
  name: 'file',
  what: 'a log file, as it grows and is rotated; from its end on, or from its beginning',
  argument: 'PATH[,all]',
  own: false,
  open(argument, sink, _host, resume) {
    const all = argument.endsWith(',all')
    const path = all ? argument.slice(0, -4) : argument
    if (path === '') throw new SourceError('file: expected a path, as in file:/var/log/kern.log')
    const stats = statOf(path)
    if (stats !== undefined && !stats.isFile()) throw new SourceError(`file:${path}: this is no file`)
    try {
      return new FileCapture(path, sink, all ? 'start' : 'end', resume)
    } catch (error) {
      throw new SourceError(`file:${path}: ${messageOf(error)}`)
    }
  },
}
