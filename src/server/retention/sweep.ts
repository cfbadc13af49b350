// Bytes of evidence that no bundle names any more: what became an outline, a host that was removed, an upload that was
// acknowledged by nobody.

import { setImmediate as turn } from 'node:timers/promises'
import { named } from '../store/blob-names.ts'
import type { Store } from '../store/store.ts'

export interface Swept {
  files: number
  bytes: number
}

/** Hashes that are asked for at once. */
const STEP = 500

export async function sweep(store: Store, signal?: AbortSignal): Promise<Swept> {
  const swept = { files: 0, bytes: 0 }
  for await (const hashes of store.blobs.list(STEP)) {
    signal?.throwIfAborted()
    const unused = await unusedOf(store, hashes)
    if (unused.length > 0) {
      // Whoever is about to name one of them has done so by then.
      const { files, bytes } = await store.blobs.remove(unused, each => unusedOf(store, each))
      swept.files += files
      swept.bytes += bytes
    }
    await turn()
  }
  return swept
}

async function unusedOf({ db }: Store, hashes: readonly string[]): Promise<string[]> {
  const known = await named(db, hashes)
  return hashes.filter(hash => !known.has(hash))
}
