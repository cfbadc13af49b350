// Evidence that is an image of memory or of a store: what Faultline recovers from it is what is decoded.

import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { decodableText, recoverLogs } from '../../src/core/recover.ts'
import { FileBytes } from '../../src/node/file-bytes.ts'
import { nodeRecoverHost } from '../../src/node/recover-host.ts'
import type { Evidence } from './road.ts'

/** What `faultline recover` finds in this file; nothing when the file was not made. */
export async function imageEvidence(path: string): Promise<Evidence[]> {
  if (!existsSync(path)) return []
  const file = new FileBytes(path)
  try {
    const logs = await recoverLogs(file, nodeRecoverHost)
    return logs.length === 0 ? [] : [{ name: `${basename(path)}.log`, bytes: decodableText(logs), logs }]
  } finally {
    file.close()
  }
}
