// Symbols for bare addresses from disk: kernel images, System.map, /proc/kallsyms.

import { createReadStream, existsSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { FormatError } from '../core/bytes/cursor.ts'
import type { KeptSymbols } from '../core/formats/symbol-cache.ts'
import { readSymbolList, type SymbolList } from '../core/formats/symbol-list.ts'
import type { KernelFile } from '../core/localise/kernel-file.ts'
import type { SymbolSource } from '../core/localise/name-addresses.ts'
import { SymbolTable } from '../core/localise/symbol-table.ts'
import { decompress } from './decompress.ts'
import { inputError } from './files.ts'
import { openKernelFile } from './kernel-file.ts'
import { SymbolCache } from './symbol-cache.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Of a kernel image, from the cache where it was read before. Throws InputError, and FormatError without symbols. */
export async function imageSymbols(path: string, env: Environment): Promise<SymbolSource> {
  const cache = new SymbolCache(env)
  let opened: Promise<KernelFile> | undefined
  const kernel = (): Promise<KernelFile> => {
    opened ??= openKernelFile(path)
    return opened
  }
  let kept = await cache.find(path)
  if (kept === undefined) {
    const image = await kernel()
    kept = await symbolsOf(image)
    // Of an image that breaks off another copy may have more.
    if (image.image.damage === undefined) await cache.keep(path, kept)
  }
  const { release, buildId } = kept
  return {
    file: path,
    table: new SymbolTable(kept),
    kernel,
    ...(release === undefined ? {} : { release }),
    ...(buildId === undefined ? {} : { buildId }),
  }
}

/** What is kept of an image. Throws FormatError when it has no symbols. */
export async function symbolsOf(kernel: KernelFile): Promise<KeptSymbols> {
  const { count, addresses, wordBytes, unplaced, symbol } = kernel.kallsyms()
  const buildId = await kernel.buildId()
  return {
    count,
    addresses,
    wordBytes,
    symbol,
    ...(unplaced && { unplaced }),
    ...(kernel.release === undefined ? {} : { release: kernel.release }),
    ...(buildId === undefined ? {} : { buildId }),
  }
}

/** Of /proc/kallsyms, live or saved, also packed, or a snapshot of the agent's. Throws InputError and FormatError. */
export async function kallsymsSymbols(path: string): Promise<SymbolSource> {
  if (isFolder(path)) return snapshotSymbols(path)
  const list = await readList(path)
  if (list.hidden) {
    throw new FormatError(
      path,
      0,
      'has no addresses: the kernel hides them from who is not root (kernel.kptr_restrict). Read it as root, or give the kernel image',
    )
  }
  const release = path === '/proc/kallsyms' ? await readRelease() : undefined
  return { file: path, table: new SymbolTable(list), running: true, ...(release === undefined ? {} : { release }) }
}

/** A folder of `<data>/symbols`: the kernel's symbols, and beside them which kernel it was. */
async function snapshotSymbols(folder: string): Promise<SymbolSource> {
  const source = await kallsymsSymbols(join(folder, 'kallsyms.zst'))
  try {
    const boot = JSON.parse(await readFile(join(folder, 'boot.json'), 'utf8')) as {
      release?: unknown
      buildId?: unknown
    }
    if (typeof boot.release === 'string') source.release = boot.release
    if (typeof boot.buildId === 'string') source.buildId = boot.buildId
  } catch {
    // The symbols are good without; then the log alone can speak against them.
  }
  return source
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true

/** Of System.map. Throws InputError and FormatError. */
export async function systemMapSymbols(path: string): Promise<SymbolSource> {
  const list = await readList(path)
  const release = /^System\.map-(?<release>.+)$/.exec(basename(path))?.groups?.['release'] ?? versionOf(list)
  return { file: path, table: new SymbolTable(list), ...(release === undefined ? {} : { release }) }
}

/**
 * Where System.map may be: klogd's places (sysklogd, ksym.c: /boot, /, /usr/src/linux, with the release and without) and
 * those of distributions. Only files that are there.
 */
export function systemMapsOf(release: string | undefined): string[] {
  const withRelease =
    release === undefined
      ? []
      : [
          `/boot/System.map-${release}`,
          `/usr/lib/debug/boot/System.map-${release}`,
          `/lib/modules/${release}/System.map`,
          `/lib/modules/${release}/build/System.map`,
          `/System.map-${release}`,
          `/usr/src/linux/System.map-${release}`,
        ]
  return [...withRelease, '/boot/System.map', '/System.map', '/usr/src/linux/System.map'].filter(path =>
    existsSync(path),
  )
}

async function readList(path: string): Promise<SymbolList> {
  try {
    const pieces: Uint8Array[] = []
    const damaged = ({ offset, detail }: { offset: number; detail: string }): never => {
      throw new FormatError(path, offset, detail)
    }
    for await (const piece of decompress(createReadStream(path), damaged)) pieces.push(piece.slice())
    return readSymbolList(path, Buffer.concat(pieces))
  } catch (error) {
    throw inputError(path, error)
  }
}

async function readRelease(): Promise<string | undefined> {
  return (await readFile('/proc/sys/kernel/osrelease', 'utf8').catch(() => undefined))?.trim()
}

/** Kernels until v2.6.24 have a symbol Version_132640, their LINUX_VERSION_CODE, by which klogd checked the file. */
function versionOf(list: SymbolList): string | undefined {
  for (let i = 0; i < list.count; i++) {
    const { name } = list.symbol(i)
    const code = name.startsWith('Version_') ? Number(name.slice('Version_'.length)) : Number.NaN
    if (Number.isInteger(code) && code > 0x20000) return `${code >> 16}.${(code >> 8) & 0xff}.${code & 0xff}`
  }
  return undefined
}
