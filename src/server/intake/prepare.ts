// What a thread does of taking in bundles: unpacks them, reads what they say, and makes their files durable. Whether and as
// what they are filed is the server's, who is asked in between.

import type { Report } from '../../core/model.ts'
import { say } from '../../core/say.ts'
import { type BundleCopy, bundleFiles, type Origin } from '../../node/bundles/bundle.ts'
import { evidenceNumber, isEvidence } from '../../node/bundles/names.ts'
import { type UnpackLimits, unpackBundles } from '../../node/bundles/unpack.ts'
import { decompressWhole } from '../../node/zstd-whole.ts'
import { hostNameOf } from '../issues/host-name.ts'
import { type Summary, summaryOf } from '../issues/summary.ts'
import { hashOf, keepFiles } from '../store/blob-files.ts'
import { type Begun, type PieceCalls, piecesOf } from './body-pieces.ts'
import { Refusal } from './refusal.ts'
import { believe } from './report.ts'

/** What a bundle says, without its bytes. */
export interface Prepared {
  name: string
  summary: Summary
  files: { path: string; hash: string; sizeBytes: number }[]
  /** of its origin, which nobody has checked; '': it does not say */
  host: string
  bootId: string | undefined
  capturedAt: string
}

export interface BundleCalls {
  /** Its files are about to be written. */
  hold(prepared: Prepared): Promise<void>
  /** They are durable. */
  file(): Promise<void>
}

const MAX_WORD = 64

/** Throws Refusal, FormatError, and as the file system does; bundles that were filed before stay. */
export async function unpackArchive(
  calls: BundleCalls & PieceCalls,
  evidence: string,
  begun: Begun,
  limits: UnpackLimits,
): Promise<void> {
  const small = begun.whole ? decompressWhole(begun.bytes) : undefined
  const chunks = piecesOf(calls, small === undefined ? begun : { bytes: small, whole: true })
  for await (const unpacked of unpackBundles('the archive', chunks, limits)) {
    // Symbols of a host's boots have no place here yet; the host keeps its own.
    if (unpacked.what === 'bundle') await keepBundle(calls, evidence, unpacked.name, unpacked.copy)
  }
}

/** The same of one that is unpacked already. */
export async function keepBundle(calls: BundleCalls, evidence: string, name: string, copy: BundleCopy): Promise<void> {
  const files = filesOf(copy)
  await calls.hold(prepare(name, copy, files))
  keepFiles(evidence, [...files.values()])
  await calls.file()
}

type Files = Map<string, Uint8Array>

const filesOf = ({ files, parts }: BundleCopy): Files =>
  new Map([
    ...files.map(({ name, bytes }) => [name, bytes] as const),
    ...parts.flatMap(part => part.files.map(({ name, bytes }) => [`${part.name}/${name}`, bytes] as const)),
  ])

function prepare(name: string, { draft }: BundleCopy, files: Files): Prepared {
  const report = reportOf(files, draft.excerpt)
  if (report === undefined) {
    throw new Refusal(422, say`${name}: neither its report nor its excerpt holds a kernel exception`)
  }
  const { host, bootId, capturedAt }: Partial<Origin> = draft.origin
  return {
    name,
    summary: summaryOf(report),
    files: [...files].map(([path, bytes]) => ({ path, hash: hashOf(bytes), sizeBytes: bytes.length })),
    host: typeof host === 'string' ? hostNameOf(host) : '',
    bootId: typeof bootId === 'string' ? bootId.slice(0, MAX_WORD) : undefined,
    capturedAt: String(capturedAt).slice(0, MAX_WORD),
  }
}

/** Of the latest evidence that has one, or its own. */
function reportOf(files: Files, excerpt: Uint8Array): Report | undefined {
  const parts = [...new Set([...files.keys()].map(path => path.split('/')[0]!))].filter(isEvidence)
  const later = parts
    .sort((a, b) => evidenceNumber(b) - evidenceNumber(a))
    .map(part => files.get(`${part}/${bundleFiles.report}`))
    .find(each => each !== undefined)
  return believe(later ?? files.get(bundleFiles.report), excerpt)
}
