// The module files below a folder, by the names that the kernel prints.

import { readdirSync } from 'node:fs'
import { join } from 'node:path'

/** nvme-core.ko, nvme_core.ko.debug, nvme-core.ko.xz … */
const moduleFile = /^(?<name>[\w-]+)\.ko(?:\.debug)?(?:\.(?:gz|xz|zst))?(?:\.debug)?$/

/** As the kernel has it: KBUILD_MODNAME has no dashes. */
export const moduleName = (name: string): string => name.replaceAll('-', '_')

export class ModuleFiles {
  readonly #folder: string
  #paths: Map<string, string[]> | undefined

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Files of a module: those that say to hold debug information first, uncompressed before compressed. */
  named(name: string): readonly string[] {
    this.#paths ??= this.#scan()
    return this.#paths.get(moduleName(name)) ?? []
  }

  /** All module names. */
  get names(): string[] {
    this.#paths ??= this.#scan()
    return [...this.#paths.keys()].sort()
  }

  #scan(): Map<string, string[]> {
    const paths = new Map<string, string[]>()
    for (const path of filesBelow(this.#folder)) {
      const name = moduleFile.exec(path.slice(path.lastIndexOf('/') + 1))?.groups?.['name']
      if (name === undefined) continue
      const known = paths.get(moduleName(name))
      if (known === undefined) paths.set(moduleName(name), [join(this.#folder, path)])
      else known.push(join(this.#folder, path))
    }
    const weight = (path: string): number =>
      (path.includes('.debug') || path.includes('/debug/') ? 0 : 2) + (path.endsWith('.ko') ? 0 : 1)
    for (const list of paths.values()) list.sort((a, b) => weight(a) - weight(b))
    return paths
  }
}

function filesBelow(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
  } catch {
    return []
  }
}
