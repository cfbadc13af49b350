// Every exception of a log, as it came, perhaps compressed.

import { Decoder } from '../../core/decoder.ts'
import { fingerprintOf } from '../../core/group/fingerprint.ts'
import type { Report } from '../../core/model.ts'
import { decompress } from '../../node/decompress.ts'
import { Refusal } from './refusal.ts'

export interface LogLimits {
  /** of the log, unpacked */
  textBytes: number
  reports: number
}

/** Throws Refusal where it is more than the limits. */
export async function decodeLog(bytes: Uint8Array, limits: LogLimits): Promise<Report[]> {
  const decoder = new Decoder()
  const reports: Report[] = []
  let length = 0
  async function* whole(): AsyncGenerator<Uint8Array> {
    yield bytes
  }
  // An archive that ends too early still has what came before.
  for await (const chunk of decompress(whole(), () => {})) {
    length += chunk.length
    if (length > limits.textBytes) {
      throw new Refusal(413, `the log unpacks to more than ${limits.textBytes} bytes. Send the part that matters.`)
    }
    reports.push(...decoder.push(chunk))
  }
  reports.push(...decoder.finish())
  if (reports.length > limits.reports) {
    throw new Refusal(
      413,
      `the log has ${reports.length} reports; ${limits.reports} are taken at once. Send it in parts.`,
    )
  }
  return reports.map(report => ({ ...report, fingerprint: fingerprintOf(report) }))
}
