// A log of crashes that were made on purpose, to have something to look at before anything has happened.

import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The host that the sample is filed under; taking that host away takes the sample away. */
export const SAMPLE_HOST = 'sample-crash'

/** Beside the bundled command, or in the source tree; undefined: it is not there. */
export async function sampleLog(): Promise<Uint8Array | undefined> {
  const files = [join(import.meta.dirname, 'sample.log'), join(import.meta.dirname, '../../fixtures/sample/sample.log')]
  const file = files.find(existsSync)
  return file === undefined ? undefined : readFile(file)
}
