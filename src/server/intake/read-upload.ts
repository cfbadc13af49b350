// What a thread does of taking in what people and other programs send, a log or a uReport: reads it, and makes it durable.

import { say } from '../../core/say.ts'
import type { Summary } from '../issues/summary.ts'
import { hashOf, keepFiles } from '../store/blob-files.ts'
import { type Begun, type PieceCalls, piecesOf } from './body-pieces.ts'
import { decodeLog, type LogLimits } from './decode-log.ts'
import { Refusal } from './refusal.ts'
import { reportOfUreport } from './ureport.ts'

export type UploadKind = { what: 'log'; limits: LogLimits } | { what: 'ureport' }

export interface UploadCalls extends PieceCalls {
  /** Whether it is here already, and need not be read. */
  known(hash: string): Promise<boolean>
  /** It is about to be written. */
  hold(hash: string): Promise<void>
}

export interface ReadUpload {
  hash: string
  sizeBytes: number
  reports: Summary[]
}

/** undefined: it is known. Throws Refusal, and as the file system does. */
export async function readUpload(
  calls: UploadCalls,
  evidence: string,
  begun: Begun,
  kind: UploadKind,
): Promise<ReadUpload | undefined> {
  const pieces: Uint8Array[] = []
  for await (const piece of piecesOf(calls, begun)) pieces.push(piece)
  const bytes = Buffer.concat(pieces)
  const hash = hashOf(bytes)
  if (await calls.known(hash)) return undefined
  const reports = kind.what === 'log' ? await decodeLog(bytes, kind.limits) : [reportOfUreport(bytes)]
  if (reports.length === 0) throw new Refusal(422, say`there is no kernel exception in this log; nothing was kept`)
  await calls.hold(hash)
  keepFiles(evidence, [bytes])
  return { hash, sizeBytes: bytes.length, reports }
}
