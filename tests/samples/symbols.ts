// Files of symbols that a store has, without anybody having uploaded them.

import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Store } from '../../src/server/store/store.ts'
import { pathOf } from '../../src/server/symbols/paths.ts'
import type { SymbolFileTable } from '../../src/server/symbols/tables.ts'

/** A file of symbols as it stands in a store; without content, one that somebody has just removed. */
export async function addSymbols(
  store: Store,
  folder: string,
  id: string,
  change: Pick<SymbolFileTable, 'name'> & Partial<SymbolFileTable>,
  content: Uint8Array | string | undefined,
): Promise<void> {
  const row: SymbolFileTable = {
    ...{
      id,
      hash: id,
      size_bytes: 1,
      received_at: 1,
      actor: 'a',
      state: 'ready',
      kind: null,
      release: '6.1',
      problem: null,
    },
    ...change,
  }
  await store.write(async tx => {
    await tx.insertInto('symbol_files').values(row).execute()
    await tx.insertInto('symbol_objects').values({ file_id: id, name: 'vmlinux', build_id: '' }).execute()
  })
  if (content === undefined) return
  const path = join(folder, 'symbols', pathOf(row))
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
}
