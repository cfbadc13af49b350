// Index files on disk: built beside their final place and renamed, kept by build ID where nobody says where.

import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { type IndexEntry, isIndex, SourceIndex, writeDirectory } from '../core/localise/source-index/container.ts'
import { FILE_HEADER_BYTES, MAGIC } from '../core/localise/source-index/format.ts'
import { openElf } from './elf-files.ts'
import { FileBytes } from './file-bytes.ts'
import { inputError } from './files.ts'
import { makeFoldersSync } from './make-folders.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Where indexes are kept. */
export function indexFolder(env: Environment): string {
  const cache = env['XDG_CACHE_HOME']
  return join(cache !== undefined && cache !== '' ? cache : join(homedir(), '.cache'), 'faultline', 'symbols')
}

/** Where the index of a kernel is kept. */
export const indexPath = (buildId: string, env: Environment): string => join(indexFolder(env), `${buildId}.symbols`)

/** Opens an index; undefined when the file is something else. Throws InputError and FormatError. */
export async function openIndex(path: string): Promise<SourceIndex | undefined> {
  const file = new FileBytes(path)
  if (isIndex(await file.read(0, Math.min(MAGIC.length, file.size)))) return SourceIndex.open(file)
  file.close()
  return undefined
}

/** Writes objects one after the other into a file without a name yet; a file with its final name is whole. */
export class IndexWriter {
  readonly #part: string
  readonly #descriptor: number
  readonly #entries: IndexEntry[] = []
  #offset = FILE_HEADER_BYTES

  /** `folder` is on the disk where the index will be. Throws InputError. */
  constructor(folder: string) {
    this.#part = join(folder, `.faultline-${process.pid}.part`)
    try {
      makeFoldersSync(folder)
      this.#descriptor = openSync(this.#part, 'w')
    } catch (error) {
      throw inputError(folder, error)
    }
  }

  /** Bytes written so far. */
  get size(): number {
    return this.#offset
  }

  /** Names of the objects so far, with their build IDs. */
  get entries(): readonly IndexEntry[] {
    return this.#entries
  }

  /** Adds a kernel ('vmlinux') or a module by its ELF file. Throws InputError and FormatError. */
  async add(name: string, path: string, progress?: (units: number) => void) {
    // Who only opens an index needs nothing of debug information.
    const [{ ElfCode }, { buildIndex }] = await Promise.all([
      import('../core/localise/elf-code.ts'),
      import('../core/localise/source-index/build.ts'),
    ])
    const elf = await openElf(path)
    const code = await ElfCode.open(name, elf)
    const { bytes, notes } = await buildIndex(code, progress)
    writeSync(this.#descriptor, bytes, 0, bytes.length, this.#offset)
    this.#entries.push({ name, buildId: code.buildId, offset: this.#offset, size: bytes.length })
    this.#offset += bytes.length
    if (elf.file instanceof FileBytes) elf.file.close()
    return { ...notes, bytes: bytes.length, buildId: code.buildId }
  }

  /** Completes the index and gives it its name. Throws InputError. */
  finish(path: string): void {
    const { header, directory } = writeDirectory(this.#entries, this.#offset)
    writeSync(this.#descriptor, directory, 0, directory.length, this.#offset)
    this.#offset += directory.length
    writeSync(this.#descriptor, header, 0, header.length, 0)
    closeSync(this.#descriptor)
    try {
      renameSync(this.#part, path)
    } catch (error) {
      rmSync(this.#part, { force: true })
      throw inputError(path, error)
    }
  }

  abandon(): void {
    closeSync(this.#descriptor)
    rmSync(this.#part, { force: true })
  }
}
