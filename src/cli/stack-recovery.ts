// The stack of a report, walked with whatever files the options lead to.

import { archByName } from '../core/arch/index.ts'
import type { ByteOrder } from '../core/bytes/cursor.ts'
import { wrongBuild, wrongRelease } from '../core/localise/localise.ts'
import { shiftOf } from '../core/localise/name-addresses.ts'
import { type CodeObject, elfObject, tableObject } from '../core/localise/unwind/code-object.ts'
import { type Recovered, recoverStack } from '../core/localise/unwind/recover.ts'
import type { Report } from '../core/model.ts'
import type { DebugFiles } from '../node/debug-files.ts'
import type { AddressNamer } from './symbol-options.ts'

/** Modules of one report that are opened. */
const MAX_MODULES = 32

export class StackRecovery {
  readonly #files: DebugFiles | undefined
  readonly #namer: AddressNamer | undefined
  /** an object keeps what it read for the next report */
  readonly #objects = new Map<unknown, CodeObject>()

  constructor(files: DebugFiles | undefined, namer: AddressNamer | undefined) {
    this.#files = files
    this.#namer = namer
  }

  async add(report: Report): Promise<Recovered | undefined> {
    if (this.#files === undefined && this.#namer === undefined && report.stack === undefined) return undefined
    const objects: CodeObject[] = []
    const kernel = await this.#elf(undefined, report)
    const source = await this.#namer?.symbols(report)
    if (kernel !== undefined) objects.push(kernel)
    else if (source !== undefined) {
      objects.push(this.#kept(source, () => tableObject(source.file, source.table, machineOf(report), source.kernel)))
    }
    for (const module of [...modulesOf(report)].slice(0, MAX_MODULES)) {
      const object = await this.#elf(module, report)
      if (object !== undefined) objects.push(object)
    }
    const shift = source === undefined ? undefined : shiftOf(report, source)
    return recoverStack(report, objects, shift)
  }

  async #elf(module: string | undefined, report: Report): Promise<CodeObject | undefined> {
    const code = await this.#files?.elf(module, report)
    if (code === undefined) return undefined
    const printed = module === undefined ? report.kernel?.buildId : undefined
    if (wrongBuild(code, printed) !== undefined) return undefined
    if (module === undefined && (await wrongRelease(code, report)) !== undefined) return undefined
    return this.#kept(code, () => elfObject(module, code))
  }

  #kept(key: unknown, make: () => CodeObject): CodeObject {
    const kept = this.#objects.get(key) ?? make()
    this.#objects.set(key, kept)
    return kept
  }
}

function machineOf({ arch }: Report): { order: ByteOrder; wordBytes: 4 | 8 } {
  const found = arch && archByName(arch)
  return { order: found?.byteOrder === 'big' ? 'big' : 'little', wordBytes: found?.wordBytes ?? 8 }
}

function modulesOf({ pc, traces = [] }: Report): Set<string> {
  const named = [pc, ...traces.flatMap(({ frames }) => frames)].map(frame => frame?.module)
  return new Set(named.filter(module => module !== undefined))
}
