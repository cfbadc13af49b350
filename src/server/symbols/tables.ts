// What the store keeps of symbols.

export interface SymbolFileTable {
  id: string
  /** as it was uploaded, without folders */
  name: string
  /** SHA-256 of what was uploaded */
  hash: string
  size_bytes: number
  received_at: number
  actor: string
  /** waiting: to be read; ready: used; failed: nothing of it can be used */
  state: 'waiting' | 'ready' | 'failed'
  kind: 'index' | 'list' | 'image' | null
  /** of the kernel that it is of */
  release: string | null
  /** what of it could not be used */
  problem: string | null
}

/** A kernel ('vmlinux') or module that a file has lines of. */
export interface SymbolObjectTable {
  file_id: string
  name: string
  /** '' where it has none */
  build_id: string
}

/** Reports of a release: up to `cursor` they were looked through with the symbols that there are. */
export interface SymbolReleaseTable {
  release: string
  cursor: string
  looked: number
  /** of those, the ones that have a line in the source by it */
  placed: number
}

/** What frames asked for that was not there. */
export interface SymbolMissingTable {
  release: string
  /** 'vmlinux' or a module */
  name: string
  build_id: string
  frames: number
}

export interface SymbolTables {
  symbol_files: SymbolFileTable
  symbol_objects: SymbolObjectTable
  symbol_releases: SymbolReleaseTable
  symbol_missing: SymbolMissingTable
}
