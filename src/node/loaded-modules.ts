// Which modules a machine had loaded and where: /proc/modules and /sys/module, live or as they were copied from it.

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FormatError } from '../core/bytes/cursor.ts'
import { type LoadedModule, readProcModules } from '../core/formats/proc-modules.ts'
import { inputError } from './files.ts'

/** Throws InputError, and FormatError where the kernel hid the addresses or the file is something else. */
export async function loadedModules(path: string): Promise<LoadedModule[]> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw inputError(path, error)
  })
  const modules = readProcModules(text)
  if (modules.length === 0 && text.trim() !== '') {
    throw new FormatError(
      path,
      0,
      'is no list of modules: expected lines like "nvme 57344 3 - Live 0xffffffffc0a2d000"',
    )
  }
  if (modules.length > 0 && modules.every(({ address }) => address === undefined)) {
    throw new FormatError(
      path,
      0,
      'has no addresses: the kernel hides them from who is not root (kernel.kptr_restrict). Read it as root',
    )
  }
  return modules
}

/** Addresses of a module's sections below /sys/module or a copy of it; undefined where there are none to be read. */
export async function moduleSections(folder: string, module: string): Promise<Map<string, bigint> | undefined> {
  if (!/^[\w-]{1,63}$/.test(module)) return undefined
  const root = join(folder, module, 'sections')
  const sections = new Map<string, bigint>()
  for (const name of await readdir(root).catch((): string[] => [])) {
    const text = (await readFile(join(root, name), 'latin1').catch(() => '')).trim()
    // Hidden ones read as zeros.
    if (/^0x[0-9a-f]{1,16}$/.test(text) && BigInt(text) !== 0n) sections.set(name, BigInt(text))
  }
  return sections.size === 0 ? undefined : sections
}
