// What of the kernel's log could not be sent yet, as files: <data>/log-waiting/<boot>.<first>-<last>.zst, the lines that
// the server takes. So a server that is away for longer than the kernel's ring remembers, and a restart of the agent or
// the machine, lose nothing; only the bound of all of them does, and that shows as a gap in the numbers.

import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { zstdCompressSync } from 'node:zlib'
import { type KeptRecord, lineOfRecord } from '../../core/log/kept-record.ts'
import { replaceDurablySync, syncPathSync } from '../../node/durable.ts'
import { makeFoldersSync } from '../../node/make-folders.ts'

/** Some ten times as much text; beyond it the oldest goes. */
const MAX_BYTES = 32 * 1024 * 1024

export interface WaitingLog {
  path: string
  bootId: string
  first: number
  last: number
  bytes: number
}

const shape = /^(?<boot>[\w:-]{1,64})\.(?<first>\d{1,15})-(?<last>\d{1,15})\.zst$/

export class LogOutbox {
  readonly #folder: string
  readonly #maxBytes: number
  /** files that had to go */
  dropped = 0

  constructor(data: string, maxBytes: number = MAX_BYTES) {
    this.#folder = join(data, 'log-waiting')
    this.#maxBytes = maxBytes
  }

  /** The oldest first; those of the boot that runs last. */
  list(): WaitingLog[] {
    let names: string[]
    try {
      names = readdirSync(this.#folder)
    } catch {
      return []
    }
    return names
      .flatMap(name => {
        const { boot, first, last } = shape.exec(name)?.groups ?? {}
        const path = join(this.#folder, name)
        const stat = statSync(path, { throwIfNoEntry: false })
        if (boot === undefined || stat === undefined) return []
        return [{ path, bootId: boot, first: Number(first), last: Number(last), bytes: stat.size, at: stat.mtimeMs }]
      })
      .sort((one, other) => (one.bootId === other.bootId ? one.first - other.first : one.at - other.at))
  }

  /** Durable when it returns. Throws as the file system does. */
  keep(bootId: string, records: readonly KeptRecord[]): void {
    if (records.length === 0) return
    if (makeFoldersSync(this.#folder, 0o750) !== undefined) syncPathSync(dirname(this.#folder))
    const path = join(this.#folder, `${bootId}.${records[0]!.sequence}-${records.at(-1)!.sequence}.zst`)
    replaceDurablySync(path, zstdCompressSync(Buffer.from(records.map(lineOfRecord).join(''))))
    const files = this.list()
    let bytes = files.reduce((sum, file) => sum + file.bytes, 0)
    for (const file of files) {
      if (bytes <= this.#maxBytes) break
      rmSync(file.path, { force: true })
      bytes -= file.bytes
      this.dropped++
    }
  }

  read(file: WaitingLog): Uint8Array {
    return readFileSync(file.path)
  }

  remove(file: WaitingLog): void {
    rmSync(file.path, { force: true })
  }
}
