// What somebody uploaded → the exceptions in it: a log, plain or packed, or an image of what a dead kernel left. Touches
// nothing but the bytes.

import { MemoryFile } from '../../core/bytes/byte-file.ts'
import { FormatError } from '../../core/bytes/cursor.ts'
import { Decoder } from '../../core/decoder.ts'
import { fingerprintOf } from '../../core/group/fingerprint.ts'
import type { Report } from '../../core/model.ts'
import { decodableText, recoverLogs } from '../../core/recover.ts'
import { say } from '../../core/say.ts'
import { decompress } from '../../node/decompress.ts'
import { nodeRecoverHost } from '../../node/recover-host.ts'
import { type Summary, summaryOf } from '../issues/summary.ts'
import { Refusal } from './refusal.ts'

export interface LogLimits {
  /** of the log or image, unpacked */
  textBytes: number
  reports: number
}

/** A log has no NUL early on; what has is looked through as an image first. */
const HEAD_BYTES = 64 * 1024

/** Each with this server's fingerprint. Throws Refusal. */
export async function decodeLog(bytes: Uint8Array, limits: LogLimits): Promise<Summary[]> {
  const unpacked = await unpack(bytes, limits)
  const recovered = isBinary(unpacked) ? await fromImage(unpacked) : []
  const reports = recovered.length > 0 ? recovered : fromText(unpacked)
  if (reports.length > limits.reports) {
    throw new Refusal(
      413,
      say`the log has ${reports.length} reports; ${limits.reports} are taken at once. Send it in parts.`,
    )
  }
  return reports.map(report => summaryOf({ ...report, fingerprint: fingerprintOf(report) }))
}

async function unpack(bytes: Uint8Array, limits: LogLimits): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  let length = 0
  async function* whole(): AsyncGenerator<Uint8Array> {
    yield bytes
  }
  // An archive that ends too early still has what came before.
  for await (const chunk of decompress(whole(), () => {})) {
    length += chunk.length
    if (length > limits.textBytes) {
      throw new Refusal(413, say`it unpacks to more than ${limits.textBytes} bytes. Send the part that matters.`)
    }
    pieces.push(chunk.slice())
  }
  return Buffer.concat(pieces)
}

const isBinary = (bytes: Uint8Array): boolean => bytes.subarray(0, HEAD_BYTES).includes(0)

function fromText(bytes: Uint8Array): Report[] {
  const decoder = new Decoder()
  return [...decoder.push(bytes), ...decoder.finish()]
}

/** The dump of a kernel says what its log may not: which kernel it was. */
async function fromImage(bytes: Uint8Array): Promise<Report[]> {
  try {
    const logs = await recoverLogs(new MemoryFile('the upload', bytes), nodeRecoverHost)
    const kernel = logs.find(log => log.kernel !== undefined)?.kernel
    const reports = fromText(decodableText(logs))
    return kernel === undefined ? reports : reports.map(each => ({ ...each, kernel: { ...kernel, ...each.kernel } }))
  } catch (error) {
    // Something else that has NULs: a log of a serial line.
    if (error instanceof FormatError) return []
    throw error
  }
}
