// The records to print, with the bytes they came in, from wherever they were asked.

import { readFileSync } from 'node:fs'
import { kmsgFileRecords, kmsgRecord, RecordTooLong } from './kmsg-form.ts'
import type { RingRecord } from './record.ts'
import { type DmesgOptions, RequestError, readBufferSize } from './request.ts'
import { type KmsgReader, openKmsg, readSyslog } from './ring-buffer.ts'
import { syslogRecords } from './syslog-form.ts'

export type Method = 'kmsg' | 'kmsg-file' | 'syslog' | 'file'

export interface RingInput {
  method: Method
  /** all bytes, of 'file', 'kmsg-file' and 'syslog' */
  bytes: Buffer
  /** of 'kmsg' */
  kmsg: KmsgReader | undefined
}

const reasons: Record<string, string> = {
  ENOENT: 'there is no such file',
  EACCES: 'no permission to read it',
  EISDIR: 'is a folder, a file was expected',
  ERR_FS_FILE_TOO_LARGE: 'is larger than 2 GiB; `faultline decode` reads files of any size',
}

function readWhole(path: string): Buffer {
  try {
    return readFileSync(path === '-' ? 0 : path)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    throw new RequestError(`cannot open ${path}: ${reasons[code] ?? (error instanceof Error ? error.message : error)}`)
  }
}

/** Throws RequestError for a file, RingError for a ring that cannot be read. */
export function openInput(options: DmesgOptions): RingInput {
  const none = Buffer.alloc(0)
  if (options.file !== undefined) return { method: 'file', bytes: readWhole(options.file), kmsg: undefined }
  if (options.kmsgFile !== undefined) {
    return { method: 'kmsg-file', bytes: readWhole(options.kmsgFile), kmsg: undefined }
  }
  const kmsg = options.syslog ? undefined : openKmsg(options.followNew ? 'end' : 'clear')
  if (kmsg !== undefined) return { method: 'kmsg', bytes: none, kmsg }
  return { method: 'syslog', bytes: readSyslog(readBufferSize(options.bufferSize)), kmsg: undefined }
}

export interface InputRecord {
  record: RingRecord
  /** the lines it had in the input, as a decoder of logs reads them */
  bytes: Buffer
}

/** All that is there now. `withPriority`: someone asks for facility or level. Throws RequestError for a broken file. */
export function* recordsNow({ method, bytes, kmsg }: RingInput, withPriority: boolean): Generator<InputRecord> {
  if (kmsg !== undefined) {
    for (let read = kmsg.read(); read !== undefined; read = kmsg.read()) yield* kmsgInput(read, withPriority)
    return
  }
  const text = bytes.toString('latin1')
  if (method === 'kmsg-file') {
    try {
      for (const { record, start, end } of kmsgFileRecords(text, withPriority)) {
        yield { record, bytes: Buffer.concat([bytes.subarray(start, end), lineFeed]) }
      }
    } catch (error) {
      if (error instanceof RecordTooLong) throw new RequestError(error.message)
      throw error
    }
    return
  }
  for (const { record, start, end } of syslogRecords(text, withPriority))
    yield { record, bytes: bytes.subarray(start, end) }
}

const lineFeed = Buffer.from('\n')

export function* kmsgInput(read: Buffer, withPriority: boolean): Generator<InputRecord> {
  const record = kmsgRecord(read.toString('latin1'), withPriority)
  if (record !== undefined) yield { record, bytes: read }
}
