// The digest of a file of the spool.

import { createHash } from 'node:crypto'
import type { Folder } from './folder.ts'

export async function digestOf(folder: Folder, name: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of folder.chunks(name)) hash.update(piece)
  return hash.digest('hex')
}
