// `.removed.jsonl`: what was removed, when and why, one JSON object a line. The numbers of bundles are never used twice, so
// how many are gone is known even where a line could not be written.

import { constants as o } from 'node:fs'
import { parseBundleName } from '../../node/bundles/names.ts'
import type { Folder } from './folder.ts'
import { codeOf } from './problem.ts'
import { writeFiles } from './write.ts'

/** 'superseded': a salvaged one whose whole came later; 'interrupted': the remover was killed before it wrote down why. */
export type RemovalReason = 'count' | 'size' | 'age' | 'space' | 'asked' | 'superseded' | 'interrupted'

export interface Removal {
  name: string
  /** ISO 8601 */
  at: string
  reason: RemovalReason
  fatal: boolean
  sizeBytes: number
}

/** The first line once the file was shortened: how many removals are no longer listed. */
interface Earlier {
  earlier: number
  lastSequence: number
}

export interface Removals {
  /** older ones that are only counted */
  earlier: number
  /** the greatest number of a bundle that was removed */
  lastSequence: number
  list: Removal[]
}

const fileName = '.removed.jsonl'

/** Then the older half is only counted. */
const MAX_LINES = 2000

export async function readRemovals(spool: Folder): Promise<Removals> {
  const removals: Removals = { earlier: 0, lastSequence: 0, list: [] }
  let text: string
  try {
    text = new TextDecoder().decode(await spool.read(fileName))
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return removals
    throw error
  }
  for (const line of text.split('\n')) {
    const row = parse(line)
    if (row === undefined) continue
    if ('earlier' in row) removals.earlier += row.earlier
    else removals.list.push(row)
    const sequence = 'earlier' in row ? row.lastSequence : (parseBundleName(row.name)?.sequence ?? 0)
    removals.lastSequence = Math.max(removals.lastSequence, sequence)
  }
  return removals
}

/** A line that the full disk cut off is no line. */
function parse(line: string): Removal | Earlier | undefined {
  try {
    const row = JSON.parse(line) as Partial<Removal & Earlier>
    if (typeof row.name === 'string' && typeof row.reason === 'string') return row as Removal
    if (Number.isSafeInteger(row.earlier) && Number.isSafeInteger(row.lastSequence)) return row as Earlier
  } catch {
    // said above
  }
  return undefined
}

/** Durable when it resolves. The caller has the lock for removing. */
export async function noteRemovals(spool: Folder, removals: readonly Removal[]): Promise<void> {
  if (removals.length === 0) return
  const file = await spool.openFile(fileName, o.O_WRONLY | o.O_APPEND | o.O_CREAT)
  try {
    // The line break in front ends a line that was cut off.
    const bytes = Buffer.from(removals.map(each => `\n${JSON.stringify(each)}`).join('') + '\n')
    for (let done = 0; done < bytes.length; ) done += await file.write(bytes.subarray(done))
    await file.sync()
  } finally {
    await file.close()
  }
  await shorten(spool)
}

async function shorten(spool: Folder): Promise<void> {
  const { earlier, list } = await readRemovals(spool)
  if (list.length <= MAX_LINES) return
  const gone = list.slice(0, -MAX_LINES / 2)
  const lastSequence = Math.max(...gone.map(({ name }) => parseBundleName(name)?.sequence ?? 0))
  const rows: (Removal | Earlier)[] = [{ earlier: earlier + gone.length, lastSequence }, ...list.slice(-MAX_LINES / 2)]
  const draft = `${fileName}.new`
  await spool.unlink(draft)
  await writeFiles(spool, [{ name: draft, bytes: Buffer.from(rows.map(row => `${JSON.stringify(row)}\n`).join('')) }])
  await spool.rename(draft, fileName)
  await spool.sync()
}
