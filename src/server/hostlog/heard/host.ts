// What one machine that is only heard has said and is not in the store yet.

import { promisify } from 'node:util'
import { zstdCompress } from 'node:zlib'
import { type KeptRecord, MAX_TEXT } from '../../../core/log/kept-record.ts'
import type { LogRecord } from '../../../core/model.ts'
import { newId } from '../../store/id.ts'
import { CHUNK_BYTES, type Chunk, ChunkText } from '../chunk.ts'
import { type LastKept, Numbering, releaseOf } from './numbering.ts'

const compressed = promisify(zstdCompress)

/** Text that waits of one host at most; what is beyond shows as a gap in its log. */
const MAX_HOST_BYTES = 8 * 1024 * 1024
/** … and of all. */
const MAX_BYTES = 64 * 1024 * 1024
/** What a record takes besides its text. */
const RECORD_BYTES = 96
/** Shorter text is kept as it is until there is more of it: most hosts say a line now and then. */
const PLAIN_BYTES = 1024

/** A boot may begin with an exception, and words are older than the records in them, by less than that. */
export const BEFORE_MS = 500

/** Boots that are heard have no id of the kernel's. */
export const BOOT_PREFIX = 'heard-'

/** What all hosts share. */
export interface HeardBounds {
  bytes: number
  /** records for which there was no room */
  dropped: number
  /** the least severity that is kept */
  level: number
}

export interface HeardBoot {
  id: string
  /** LogStreamTable.id */
  stream: string
  /** its rows are in the store */
  written: boolean
  /** when its kernel began, or null where that says no times */
  began: number | null
  firstAt: number
  release: string | undefined
  releaseWritten: boolean
  /** the boot before it, and when that was last heard */
  former: { id: string; lastAt: number } | undefined
}

export interface HeardPiece {
  boot: HeardBoot
  /** the number behind its last record */
  next: number
  missing: number
  chunk: Promise<Chunk>
  /** counted in the bounds */
  bytes: number
}

export class HeardHost {
  readonly name: string
  /** HostTable.id, once it is known */
  id: string | undefined
  /** it is among those that have something to write */
  listed = false
  /** when its row was last told that it was heard */
  toldAt = 0
  readonly #bounds: HeardBounds
  readonly #numbering = new Numbering()
  /** until it is known what the store has of it */
  #unplaced: { record: LogRecord; at: number }[] | undefined = []
  #boot: HeardBoot | undefined
  #text: ChunkText | undefined
  /** bytes that the next piece is likely to take: some more than the last took */
  #usual = 0
  #next = 0
  #last: KeptRecord | undefined
  /** of the last record that had a number */
  #lastTransport: string | undefined
  #lastAt = 0
  #bytes = 0
  #pieces: HeardPiece[] = []

  constructor(name: string, bounds: HeardBounds) {
    this.name = name
    this.#bounds = bounds
  }

  get placed(): boolean {
    return this.#unplaced === undefined
  }

  take(record: LogRecord, at: number): void {
    if (this.#unplaced === undefined) {
      this.#place(record, at)
    } else if (this.#hasRoom(record)) {
      this.#unplaced.push({ record, at })
      this.#count(sizeOf(record))
    }
  }

  /** What the store has of it, from which it goes on. */
  begin(kept: { boot: HeardBoot; last: LastKept } | undefined): void {
    const waiting = this.#unplaced ?? []
    this.#unplaced = undefined
    if (kept !== undefined) {
      this.#boot = kept.boot
      this.#next = kept.last.sequence + 1
      this.#lastAt = kept.last.at
      this.#numbering.resume(kept.last)
    }
    for (const { record, at } of waiting) {
      this.#count(-sizeOf(record))
      this.#place(record, at)
    }
  }

  /** The id of the boot that it was in at that time, ms since 1970, as far as it is remembered. */
  bootAt(at: number): string | undefined {
    const boot = this.#boot
    return boot === undefined || at >= boot.firstAt - BEFORE_MS ? boot?.id : boot.former?.id
  }

  /** What is to be written, the oldest first; `written` takes it away. */
  pieces(): readonly HeardPiece[] {
    this.#seal()
    return this.#pieces
  }

  written(count: number): void {
    for (const { bytes } of this.#pieces.splice(0, count)) this.#count(-bytes)
  }

  /** Its row in the store is gone, and all that was of it. */
  forgotten(): void {
    this.id = undefined
    for (const boot of new Set([...this.#pieces.map(piece => piece.boot), ...(this.#boot ? [this.#boot] : [])])) {
      boot.written = boot.releaseWritten = false
      boot.stream = newId()
      boot.former = undefined
    }
  }

  #place(record: LogRecord, at: number): void {
    const { sequence, level, transport } = record
    const continues = sequence === undefined && transport === this.#lastTransport
    if (continues && this.#last !== undefined && record.sinceBootUs === this.#last.sinceBootUs) {
      // One printk of several lines is one record, of which the first line has the number.
      if (this.#last.text.length + record.text.length >= MAX_TEXT || !this.#hasRoom(record)) return
      this.#last.text += `\n${record.text}`
      this.#count(sizeOf(record))
      return
    }
    const kept = level === undefined || level <= this.#bounds.level
    const { sequence: number, anew } = this.#numbering.place(record, at, kept)
    if (anew) this.#begin(record, at, number)
    const boot = this.#boot!
    boot.release ??= releaseOf(record)
    this.#lastTransport = sequence === undefined ? undefined : transport
    this.#lastAt = at
    this.#settle()
    if (!kept || !this.#hasRoom(record)) return
    this.#last = keptOf(record, number, at)
    this.#count(sizeOf(record))
  }

  #begin({ sinceBootUs }: LogRecord, at: number, first: number): void {
    this.#seal()
    const former = this.#boot && { id: this.#boot.id, lastAt: this.#lastAt }
    const began = sinceBootUs === undefined ? null : Math.round(at - sinceBootUs / 1000)
    const unwritten = { written: false, release: undefined, releaseWritten: false }
    this.#boot = { id: `${BOOT_PREFIX}${newId()}`, stream: newId(), began, firstAt: at, former, ...unwritten }
    this.#next = first
  }

  #hasRoom(record: LogRecord): boolean {
    const bytes = sizeOf(record)
    if (this.#bytes + bytes <= MAX_HOST_BYTES && this.#bounds.bytes + bytes <= MAX_BYTES) return true
    this.#bounds.dropped++
    return false
  }

  #count(bytes: number): void {
    this.#bytes += bytes
    this.#bounds.bytes += bytes
  }

  /** Nothing more belongs to the last record. */
  #settle(): void {
    if (this.#last === undefined) return
    this.#text ??= new ChunkText(this.#next, this.#usual)
    this.#text.add(this.#last)
    this.#last = undefined
    if (this.#text.length >= CHUNK_BYTES) this.#seal()
  }

  #seal(): void {
    this.#settle()
    if (this.#text === undefined) return
    const { next, missing } = this.#text
    const { row, text } = this.#text.text()
    this.#text = undefined
    this.#next = next
    this.#usual = Math.round(text.length * 1.25)
    const pieces = this.#pieces.reduce((sum, each) => sum + each.bytes, 0)
    const piece: HeardPiece = {
      ...{ boot: this.#boot!, next, missing, bytes: this.#bytes - pieces },
      chunk: (text.length < PLAIN_BYTES ? Promise.resolve(text) : compressed(text)).then(body => {
        this.#count(body.length - piece.bytes)
        piece.bytes = body.length
        return { row: { ...row, stored_bytes: body.length }, body }
      }),
    }
    this.#pieces.push(piece)
  }
}

const sizeOf = ({ text }: LogRecord): number => text.length + RECORD_BYTES

const keptOf = ({ text, tag, sinceBootUs, level, facility, caller }: LogRecord, sequence: number, at: number) => {
  const record: KeptRecord = { sequence, at, text: (tag === undefined ? text : `${tag}: ${text}`).slice(0, MAX_TEXT) }
  if (sinceBootUs !== undefined) record.sinceBootUs = sinceBootUs
  if (level !== undefined) record.level = level
  if (facility !== undefined) record.facility = facility
  if (caller !== undefined) record.caller = caller
  return record
}
