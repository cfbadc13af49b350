// A bundle with all its files in memory, for taking it from one spool to another.

import type { BundleCopy } from '../../node/bundles/bundle.ts'
import { bundleFiles, type NamedBytes } from './bundle.ts'
import { SpoolError } from './problem.ts'
import type { Spool } from './spool.ts'

/** Throws SpoolError, DAMAGED where it is not as it was written: a damaged one is not passed on as whole. */
export async function copyOf(spool: Spool, name: string): Promise<BundleCopy> {
  const { origin, files: paths } = await spool.read(name)
  const problems = await spool.verify(name)
  const report = JSON.parse(new TextDecoder().decode(await spool.bytes(name, bundleFiles.report)))
  if (problems.length > 0 || origin === undefined) {
    const told = problems.map(({ path, what }) => `${path} ${what}`).join(', ')
    throw new SpoolError('DAMAGED', `${spool.path}/${name} is not as it was written: ${told}. It stays where it is.`)
  }
  const files: NamedBytes[] = []
  const parts = new Map<string, NamedBytes[]>()
  for (const { path } of paths) {
    const [part = '', file] = path.split('/')
    if ((file ?? part) === bundleFiles.sums) continue
    const bytes = await spool.bytes(name, path)
    if (file === undefined) files.push({ name: part, bytes })
    else parts.set(part, [...(parts.get(part) ?? []), { name: file, bytes }])
  }
  const excerpt = files.find(each => each.name === bundleFiles.excerpt)?.bytes ?? new Uint8Array()
  return {
    draft: { origin, report, excerpt },
    files,
    parts: [...parts].map(([part, each]) => ({ name: part, files: each })),
  }
}
