// Adds evidence to a bundle: a sub-folder with sums of its own, so that nothing that was written before is touched.

import { evidenceNumber, safeName } from '../../node/bundles/names.ts'
import type { Evidence, NamedBytes } from './bundle.ts'
import { bundleFiles } from './bundle.ts'
import { evidenceFiles } from './files-of.ts'
import type { Folder } from './folder.ts'
import { codeOf } from './problem.ts'
import { sumsOf, writeFolder } from './write.ts'

/** Gives the name of the sub-folder: a new one, or the one that has the same files already. */
export async function attachEvidence(bundle: Folder, evidence: Evidence, writtenAt: string): Promise<string> {
  const there = (await bundle.list()).filter(name => !Number.isNaN(evidenceNumber(name)))
  // Times differ whenever it is tried again, so only what was handed over counts.
  const { report, files } = evidence
  const lasting = evidenceFiles(report === undefined ? { label: '', files } : { label: '', files, report }, '')
  const same = await sameEvidence(bundle, there, lasting)
  if (same !== undefined) return same
  const number = Math.max(0, ...there.map(evidenceNumber)) + 1
  const part = `evidence-${number}-${safeName(evidence.label)}`
  await writeFolder(bundle, part, evidenceFiles(evidence, writtenAt))
  return part
}

/** Evidence that is there with these files in it: its writer was stopped before it could say so. */
async function sameEvidence(
  bundle: Folder,
  there: readonly string[],
  files: readonly NamedBytes[],
): Promise<string | undefined> {
  const wanted = sumsOf(files).split('\n')
  for (const name of there) {
    const part = await bundle.folder(name)
    try {
      const lines = new Set(new TextDecoder().decode(await part.read(bundleFiles.sums)).split('\n'))
      if (wanted.every(line => lines.has(line))) return name
    } catch (error) {
      if (codeOf(error) === '') throw error
    } finally {
      await part.close()
    }
  }
  return undefined
}
