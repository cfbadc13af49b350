// The module files below a folder, by the names that the kernel prints.

import { type Dirent, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** nvme-core.ko, nvme_core.ko.debug, nvme-core.ko.xz … */
const moduleFile = /^(?<name>[\w-]+)\.ko(?:\.debug)?(?:\.(?:gz|xz|zst))?(?:\.debug)?$/

/** As the kernel has it: KBUILD_MODNAME has no dashes. */
export const moduleName = (name: string): string => name.replaceAll('-', '_')

/** A folder is looked through level by level, and no further than to the module that is asked for. */
export class ModuleFiles {
  readonly #paths = new Map<string, string[]>()
  /** folders that are not looked into yet */
  #left: string[]

  constructor(folder: string) {
    this.#left = [folder]
  }

  /** Files of a module: those that say to hold debug information first, uncompressed before compressed. */
  named(name: string): readonly string[] {
    const wanted = moduleName(name)
    while (this.#left.length > 0 && !this.#paths.has(wanted)) this.#scanOne()
    return this.#paths.get(wanted) ?? []
  }

  /** All module names. */
  get names(): string[] {
    while (this.#left.length > 0) this.#scanOne()
    return [...this.#paths.keys()].sort()
  }

  #scanOne(): void {
    const folder = this.#left.shift()!
    for (const entry of entriesOf(folder)) {
      // Links may lead around in circles; /lib/modules/R/build leads to the whole source.
      if (entry.isDirectory()) this.#left.push(join(folder, entry.name))
      else this.#add(folder, entry.name)
    }
  }

  #add(folder: string, file: string): void {
    const name = moduleFile.exec(file)?.groups?.['name']
    if (name === undefined) return
    const path = join(folder, file)
    const paths = this.#paths.get(moduleName(name))
    if (paths === undefined) this.#paths.set(moduleName(name), [path])
    else paths.push(path)
    paths?.sort((a, b) => weight(a) - weight(b))
  }
}

const weight = (path: string): number => (path.includes('.debug') ? 0 : 2) + (path.endsWith('.ko') ? 0 : 1)

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}
