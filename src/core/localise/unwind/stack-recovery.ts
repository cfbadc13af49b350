// The stack of a report, walked with whatever files there are of its kernel.

import { archByName } from '../../arch/index.ts'
import type { ByteOrder } from '../../bytes/cursor.ts'
import type { Report } from '../../model.ts'
import type { ElfCode } from '../elf-code.ts'
import { wrongBuild, wrongRelease } from '../localise.ts'
import { type SymbolSource, shiftOf } from '../name-addresses.ts'
import { type CodeObject, elfObject, tableObject } from './code-object.ts'
import { type Recovered, recoverStack } from './recover.ts'

/** Where the code of a report's kernel and modules is found. */
export interface StackSources {
  /** the kernel's file with its sections, or a module's */
  elf?: (module: string | undefined, report: Report) => Promise<ElfCode | undefined>
  /** names that are of the report's kernel, for want of its file */
  symbols?: (report: Report) => Promise<SymbolSource | undefined>
}

/** Modules of one report that are opened. */
const MAX_MODULES = 32

export class StackRecovery {
  readonly #sources: StackSources
  /** an object keeps what it read for the next report */
  readonly #objects = new Map<unknown, CodeObject>()

  constructor(sources: StackSources) {
    this.#sources = sources
  }

  async add(report: Report): Promise<Recovered | undefined> {
    const { elf, symbols } = this.#sources
    if (elf === undefined && symbols === undefined && report.stack === undefined) return undefined
    const objects: CodeObject[] = []
    const kernel = await this.#elf(undefined, report)
    const source = await symbols?.(report)
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
    const code = await this.#sources.elf?.(module, report)
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
