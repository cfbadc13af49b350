// A snapshot as decoding uses it: names for addresses, and the build IDs by which debug files are found.

import { zstdDecompressSync } from 'node:zlib'
import { Cursor } from '../../core/bytes/cursor.ts'
import { buildIdOf, readNotes } from '../../core/formats/elf/notes.ts'
import { type LoadedModule, readProcModules } from '../../core/formats/proc-modules.ts'
import { readSymbolList } from '../../core/formats/symbol-list.ts'
import type { SymbolSource } from '../../core/localise/name-addresses.ts'
import { SymbolTable } from '../../core/localise/symbol-table.ts'
import type { Report } from '../../core/model.ts'
import { parseSums, sha256 } from '../../node/bundles/sums.ts'
import type { Folder } from '../bundles/folder.ts'
import { codeOf } from '../bundles/problem.ts'
import { type SnapshotBoot, snapshotFiles } from './store.ts'

export interface Snapshot {
  boot: SnapshotBoot
  modules: LoadedModule[]
  /** module → build ID, lower-case hexadecimal */
  buildIds: Map<string, string>
  /** undefined where the kernel hid them */
  symbols: SymbolSource | undefined
}

/** 128 MB are what is kept at most; a bomb is no list of symbols. */
const MAX_BYTES = 256 * 1024 * 1024

/** Throws Error where it is not as it was written; FormatError where kallsyms cannot be understood. */
export async function readSnapshot(folder: Folder): Promise<Snapshot> {
  const sums = parseSums(text(await folder.read('sha256sums'))) ?? new Map<string, string>()
  const bytes = async (name: string): Promise<Uint8Array | undefined> => {
    if (!sums.has(name)) return undefined
    const read = await folder.read(name)
    if (sha256(read) !== sums.get(name)) throw new Error(`${folder.path}/${name} is not as it was written`)
    return read
  }
  const boot = JSON.parse(text((await bytes(snapshotFiles.boot)) ?? new Uint8Array())) as SnapshotBoot
  const modulesText = text((await bytes(snapshotFiles.modules)) ?? new Uint8Array())
  const packed = await bytes(snapshotFiles.kallsyms)
  return {
    boot,
    modules: readProcModules(modulesText),
    buildIds: moduleBuildIds(modulesText),
    symbols: packed && symbolsOf(`${folder.path}/${snapshotFiles.kallsyms}`, packed, boot),
  }
}

const text = (bytes: Uint8Array): string => new TextDecoder('latin1').decode(bytes)

function symbolsOf(file: string, packed: Uint8Array, { release, buildId }: SnapshotBoot): SymbolSource {
  const list = readSymbolList(file, zstdDecompressSync(packed, { maxOutputLength: MAX_BYTES }))
  return { file, table: new SymbolTable(list), running: true, release, ...(buildId === undefined ? {} : { buildId }) }
}

/** Of vmlinux: /sys/kernel/notes as `od -An -v -tx1` prints it. */
export function buildIdOfNotes(hex: string): string | undefined {
  const bytes = bytesOf(hex)
  if (bytes.length === 0) return undefined
  for (const order of ['little', 'big'] as const) {
    try {
      const found = buildIdOf(readNotes(new Cursor('notes', bytes, order)))
      if (found !== undefined) return found
    } catch (error) {
      if (codeOf(error) !== '' || !(error instanceof Error)) throw error
    }
  }
  return undefined
}

const bytesOf = (hex: string): Uint8Array =>
  Uint8Array.from((/^[0-9a-f\s]*/.exec(hex)?.[0] ?? '').split(/\s+/).filter(Boolean), each => Number.parseInt(each, 16))

/** Of modules, from what the collector `modules` prints. */
function moduleBuildIds(output: string): Map<string, string> {
  const ids = new Map<string, string>()
  const sections = output.matchAll(/^==> \/sys\/module\/(?<name>[\w-]+) <==\nbuild-id-note:(?<note>[0-9a-f ]*)$/gm)
  for (const { groups } of sections) {
    const id = buildIdOfNotes(groups!['note']!)
    if (id !== undefined) ids.set(groups!['name']!, id)
  }
  return ids
}

/** Build IDs where the log has none, so that debug files are found by them. */
export function addBuildIds(report: Report, { boot, buildIds }: Snapshot): void {
  if (boot.buildId !== undefined && report.kernel !== undefined) report.kernel.buildId ??= boot.buildId
  const frames = [
    ...(report.pc === undefined ? [] : [report.pc]),
    ...(report.traces ?? []).flatMap(each => each.frames),
  ]
  for (const frame of frames) {
    const id = frame.module === undefined ? undefined : buildIds.get(frame.module)
    if (id !== undefined) frame.buildId ??= id
  }
}
