// The work on symbols that takes long, as functions of values: done in a thread of its own (worker.ts).

import { renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { FormatError } from '../../core/bytes/cursor.ts'
import { isElf } from '../../core/formats/elf/header.ts'
import { examineFunction } from '../../core/localise/code/examine.ts'
import { codeOfImage } from '../../core/localise/code/function-source.ts'
import type { KernelFile } from '../../core/localise/kernel-file.ts'
import { localise, refusal } from '../../core/localise/localise.ts'
import { hintMembersByImage } from '../../core/localise/member-hints.ts'
import { mismatch, nameAddresses, type SymbolSource } from '../../core/localise/name-addresses.ts'
import { isIndex, type SourceIndex } from '../../core/localise/source-index/container.ts'
import type { Frame, Report } from '../../core/model.ts'
import { say } from '../../core/say.ts'
import { isDeb } from '../../node/deb-files.ts'
import { debugSources } from '../../node/debug-sources.ts'
import { findDisassembler } from '../../node/disassemblers/index.ts'
import { FileBytes } from '../../node/file-bytes.ts'
import { InputError } from '../../node/files.ts'
import { openKernelFile } from '../../node/kernel-file.ts'
import { moduleName } from '../../node/module-files.ts'
import { IndexWriter, openIndex } from '../../node/symbol-index.ts'
import { imageSymbols, systemMapSymbols } from '../../node/symbol-sources.ts'
import { indexName } from './paths.ts'

export type SymbolKind = 'index' | 'list' | 'image'

export interface ReadFile {
  kind: SymbolKind
  /** where what is used of it stands */
  path: string
  release?: string
  objects: { name: string; buildId: string }[]
  problem?: string
}

/** Recognises what was uploaded by its bytes and makes it fit for use. Throws FormatError, InputError. */
export async function readFile(path: string): Promise<ReadFile> {
  const head = await headOf(path)
  if (isIndex(head)) {
    const index = join(dirname(path), indexName)
    renameSync(path, index)
    return ofIndex(index, [])
  }
  const module = /\.ko(?:\.(?:debug|gz|xz|zst))*$/.test(basename(path))
  if (isDeb(head) || isElf(head) || module) return buildFrom(path)
  if (/^[0-9a-f]{8,16} [A-Za-z?] \S/.test(String.fromCharCode(...head))) {
    const { release } = await systemMapSymbols(path)
    return { kind: 'list', path, ...(release === undefined ? {} : { release }), objects: [] }
  }
  const { release, buildId } = await imageSymbols(path, cacheBeside(path))
  return {
    kind: 'image',
    path,
    ...(release === undefined ? {} : { release }),
    objects: buildId === undefined ? [] : [{ name: 'vmlinux', buildId }],
  }
}

const cacheBeside = (path: string) => ({ XDG_CACHE_HOME: join(dirname(path), 'cache') })

async function headOf(path: string): Promise<Uint8Array> {
  const file = new FileBytes(path)
  try {
    return (await file.read(0, Math.min(1024, file.size))).slice()
  } finally {
    file.close()
  }
}

/** An index of all that has lines; what it was made of is not kept. */
async function buildFrom(path: string): Promise<ReadFile> {
  const folder = dirname(path)
  const writer = new IndexWriter(folder)
  const problems: string[] = []
  let folderRelease: string | undefined
  try {
    for await (const { name, path: at, origin } of debugSources([path], { TMPDIR: folder })) {
      folderRelease ??= /(?:lib\/modules\/|boot\/vmlinux-)(?<release>[^/]+)/.exec(origin)?.groups?.['release']
      try {
        await writer.add(name, at)
      } catch (error) {
        if (!(error instanceof FormatError || error instanceof InputError)) throw error
        problems.push(error.message.replaceAll(`${folder}/`, ''))
      }
    }
    if (writer.entries.length === 0)
      throw new FormatError(basename(path), 0, problems[0] ?? say`no kernel and no modules`)
  } catch (error) {
    writer.abandon()
    throw error
  }
  const index = join(folder, indexName)
  writer.finish(index)
  rmSync(path)
  const read = await ofIndex(index, problems)
  return folderRelease === undefined ? read : { ...read, release: read.release ?? folderRelease }
}

const MAX_PROBLEM = 500

async function ofIndex(path: string, problems: readonly string[]): Promise<ReadFile> {
  const index = await openIndex(path)
  const entries = (await index?.entries()) ?? []
  let release: string | undefined
  for (const { name } of [...entries].sort((a, b) => Number(b.name === 'vmlinux') - Number(a.name === 'vmlinux'))) {
    release ??= await (await index?.object(name))?.release()
    if (release !== undefined) break
  }
  return {
    kind: 'index',
    path,
    ...(release === undefined ? {} : { release }),
    objects: entries.map(({ name, buildId }) => ({ name, buildId: buildId ?? '' })),
    ...(problems.length === 0
      ? {}
      : { problem: say`${problems.length} left out: ${problems[0]}`.slice(0, MAX_PROBLEM) }),
  }
}

export interface Source {
  kind: SymbolKind
  path: string
}

export interface Looked {
  id: string
  /** the report with what was found; absent: nothing was */
  body?: string
  placed: boolean
  missing: { name: string; buildId: string }[]
}

/** Opened once; each has a descriptor and some tables. */
const indexes = new Map<string, Promise<SourceIndex | undefined>>()
const lists = new Map<string, Promise<SymbolSource | undefined>>()
const MAX_OPEN = 64
/** Whole in memory, unpacked: some 60 MB each. */
const kernels = new Map<string, Promise<KernelFile>>()
const MAX_KERNELS = 2

function remembered<T>(
  cache: Map<string, Promise<T>>,
  path: string,
  open: () => Promise<T>,
  most = MAX_OPEN,
): Promise<T> {
  let opened = cache.get(path)
  if (opened === undefined) {
    if (cache.size >= most) cache.delete(cache.keys().next().value!)
    opened = open()
    cache.set(path, opened)
  }
  return opened
}

const sourceAt = ({ kind, path }: Source): Promise<SymbolSource | undefined> =>
  remembered(lists, path, () =>
    (kind === 'list' ? systemMapSymbols(path) : imageSymbols(path, cacheBeside(path))).catch(() => undefined),
  )

/** Lines and names for reports, by all symbols of their release. A report that is looked at again stays as it is. */
export async function localiseReports(
  reports: readonly { id: string; body: string }[],
  sources: readonly Source[],
): Promise<Looked[]> {
  const looked: Looked[] = []
  for (const { id, body } of reports) looked.push(await localiseOne(id, body, sources))
  return looked
}

async function localiseOne(id: string, body: string, sources: readonly Source[]): Promise<Looked> {
  const report = JSON.parse(body) as Report
  const before = placesIn(report)
  let named = 0
  for (const source of sources.filter(({ kind }) => kind !== 'index')) {
    const symbols = await sourceAt(source)
    if (symbols === undefined || mismatch(report, symbols) !== undefined) continue
    named = nameAddresses(report, symbols)
    break
  }
  const files = sources.filter(({ kind }) => kind === 'index')
  await localise(report, async module => {
    const name = module === undefined ? 'vmlinux' : moduleName(module)
    let refused: Awaited<ReturnType<typeof refusal>>
    for (const { path } of files) {
      const index = await remembered(indexes, path, () => openIndex(path).catch(() => undefined))
      const code = await index?.object(name)
      if (code === undefined) continue
      const frame: Frame = { ...(module === undefined ? {} : { module }), ...buildIdOf(report, module) }
      refused = await refusal(code, frame, report)
      if (refused === undefined) return code
    }
    return refused ?? { unknown: 'no-symbols', detail: `symbols of ${module ?? 'the kernel'} were not uploaded` }
  })
  const found = placesIn(report) - before
  return {
    id,
    ...(found > 0 || named > 0 ? { body: JSON.stringify(report) } : {}),
    placed: placesIn(report) > 0,
    missing: missingOf(report),
  }
}

/**
 * The report with what the image of its kernel says of the function that failed: its instructions, what differs from those
 * in the log, members at the address. Undefined where no image is of its kernel.
 */
export async function examineReport(body: string, images: readonly Source[]): Promise<string | undefined> {
  const report = JSON.parse(body) as Report
  for (const { kind, path } of images) {
    const found = await sourceAt({ kind, path })
    if (found === undefined || mismatch(report, found) !== undefined) continue
    const file = basename(path)
    const kernel = () => remembered(kernels, path, () => openKernelFile(path, file), MAX_KERNELS)
    try {
      const image = { ...found, file, kernel }
      await hintMembersByImage(report, image)
      const code = await codeOfImage(report, image)
      if (code !== undefined) await examineFunction(report, code, findDisassembler)
    } catch (error) {
      // An image that is damaged there has nothing to say of the function.
      if (!(error instanceof FormatError || error instanceof InputError)) throw error
    }
    return JSON.stringify(report)
  }
  return undefined
}

function* framesOf(report: Report): Generator<Frame> {
  if (report.pc !== undefined) yield report.pc
  for (const { frames } of report.traces ?? []) yield* frames
}

function placesIn(report: Report): number {
  let count = 0
  for (const { place } of framesOf(report)) if (place !== undefined && !('unknown' in place)) count++
  return count
}

function buildIdOf(report: Report, module: string | undefined): { buildId?: string } {
  if (module === undefined) return report.kernel?.buildId === undefined ? {} : { buildId: report.kernel.buildId }
  for (const frame of framesOf(report)) {
    if (frame.module === module && frame.buildId !== undefined) return { buildId: frame.buildId }
  }
  return {}
}

function missingOf(report: Report): Looked['missing'] {
  const missing = new Map<string, { name: string; buildId: string }>()
  for (const { place, module } of framesOf(report)) {
    if (place === undefined || !('unknown' in place)) continue
    if (place.unknown !== 'no-symbols' && place.unknown !== 'wrong-build-id') continue
    const name = module === undefined ? 'vmlinux' : moduleName(module)
    missing.set(name, { name, buildId: buildIdOf(report, module).buildId ?? '' })
  }
  return [...missing.values()]
}
