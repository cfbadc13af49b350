// Where uploaded symbols stand, below the store's folder: symbols/ID/NAME.

import { join } from 'node:path'
import type { SymbolFileTable } from './tables.ts'

export const symbolsFolder = 'symbols'
/** What is made of files with lines; an index that was uploaded is one already. */
export const indexName = 'index.symbols'

/** Names of what is uploaded: visible, no folder, not hidden. */
export const symbolFileName = /^(?!\.)[\w.+~:-]{1,200}$/

/** What is used of a file that is ready, below the folder of symbols. */
export const pathOf = ({ id, name, kind }: Pick<SymbolFileTable, 'id' | 'name' | 'kind'>): string =>
  join(id, kind === 'index' ? indexName : name)
