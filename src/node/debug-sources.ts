// Everything with debug information in files, folders and packages, one after the other.

import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { debFiles, isDeb } from './deb-files.ts'
import { FileBytes } from './file-bytes.ts'
import { inputError } from './files.ts'
import { ModuleFiles, moduleName } from './module-files.ts'
import type { PackedFile } from './tar-files.ts'

export interface DebugSource {
  /** 'vmlinux', or the module's name as the kernel prints it */
  name: string
  /** where it can be read now; of a package until the next is asked for */
  path: string
  /** as the user knows it: the file, or the package and the file in it */
  origin: string
  /** bytes of all that was given that lie behind, and of all */
  done: number
  total: number
}

type Environment = Readonly<Record<string, string | undefined>>

/** Kernels and modules in what the paths name. Throws InputError and FormatError. */
export async function* debugSources(paths: readonly string[], env: Environment): AsyncGenerator<DebugSource> {
  for (const path of paths) {
    const stat = statOf(path)
    if (stat.isDirectory()) {
      yield* inFolder(path)
    } else if (isDeb(await headOf(path))) {
      yield* inPackage(path, stat.size, env['TMPDIR'] ?? tmpdir())
    } else yield { name: objectName(path), path, origin: path, done: 0, total: stat.size }
  }
}

async function headOf(path: string): Promise<Uint8Array> {
  const file = new FileBytes(path)
  const head = await file.read(0, Math.min(8, file.size))
  file.close()
  return head
}

function statOf(path: string) {
  try {
    return statSync(path)
  } catch (error) {
    throw inputError(path, error)
  }
}

function* inFolder(folder: string): Generator<DebugSource> {
  const files = new ModuleFiles(folder)
  const modules = files.names.map(name => ({ name, path: files.named(name)[0]! }))
  const sizes = modules.map(({ path }) => statOf(path).size)
  const total = sizes.reduce((sum, size) => sum + size, 0)
  let done = 0
  for (const [index, { name, path }] of modules.entries()) {
    yield { name, path, origin: path, done, total }
    done += sizes[index]!
  }
}

/** Each file is unpacked for itself, and gone when the next is asked for: all together they have gigabytes. */
async function* inPackage(path: string, total: number, temporary: string): AsyncGenerator<DebugSource> {
  const folder = mkdtempSync(join(temporary, 'faultline-'))
  let done = 0
  try {
    for await (const file of debFiles(path, bytes => (done = bytes))) {
      if (!isKernelOrModule(file.name)) continue
      const unpacked = join(folder, basename(file.name))
      await write(unpacked, file)
      yield { name: objectName(file.name), path: unpacked, origin: `${path}: ${file.name}`, done, total }
      rmSync(unpacked)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function write(path: string, file: PackedFile): Promise<void> {
  const descriptor = openSync(path, 'w')
  try {
    for await (const chunk of file.content()) {
      for (let at = 0; at < chunk.length; ) at += writeSync(descriptor, chunk, at)
    }
  } catch (error) {
    throw inputError(path, error)
  } finally {
    closeSync(descriptor)
  }
}

const moduleFile = /^(?<name>[\w-]+)\.ko(?:\.(?:debug|gz|xz|zst))*$/

/** The image of a package that holds no debug information, /boot/vmlinuz-…, is neither. */
const isKernelOrModule = (path: string): boolean =>
  /^vmlinux(?:-[^/]*)?$/.test(basename(path)) || moduleFile.test(basename(path))

function objectName(path: string): string {
  const module = moduleFile.exec(basename(path))?.groups?.['name']
  return module === undefined ? 'vmlinux' : moduleName(module)
}
