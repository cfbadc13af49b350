// The options that give names to bare addresses, and what comes of them.

import type { Command } from 'commander'
import { FormatError } from '../core/bytes/cursor.ts'
import type { LoadedModule } from '../core/formats/proc-modules.ts'
import { codeOfImage, type FunctionSource } from '../core/localise/code/function-source.ts'
import type { FindCode } from '../core/localise/localise.ts'
import { hintMembersByImage } from '../core/localise/member-hints.ts'
import { nameModuleAddresses } from '../core/localise/module-addresses.ts'
import { mismatch, nameAddresses, type SymbolSource } from '../core/localise/name-addresses.ts'
import type { Report } from '../core/model.ts'
import { InputError } from '../node/files.ts'
import { loadedModules, moduleSections } from '../node/loaded-modules.ts'
import { imageSymbols, kallsymsSymbols, systemMapSymbols, systemMapsOf } from '../node/symbol-sources.ts'
import { Trouble } from './exit.ts'
import type { Terminal } from './terminal.ts'

export interface SymbolOptions {
  kernelImage?: string
  systemMap?: string
  kallsyms?: string
  procModules?: string
  moduleSections?: string
}

export function defineSymbolOptions(command: Command): void {
  command
    .option('--kernel-image <FILE>', 'the kernel as it is booted (vmlinuz, Image, …): names for bare addresses')
    .option('--system-map <FILE>', 'its System.map; "auto" searches the usual places for that of the log')
    .option(
      '--kallsyms <FILE>',
      '/proc/kallsyms, a copy of it from the machine that failed, or a folder of the agent’s `symbols`',
    )
    .option('--proc-modules <FILE>', '/proc/modules, or a copy: names for bare addresses in modules, with --modules')
    .option('--module-sections <DIR>', '/sys/module, or a copy of it: the sections of those modules')
}

export const wantsSymbols = ({ kernelImage, systemMap, kallsyms }: SymbolOptions): boolean =>
  kernelImage !== undefined || systemMap !== undefined || kallsyms !== undefined

/** Names the bare addresses of reports by the first source that is of their kernel. */
export class AddressNamer {
  readonly #options: SymbolOptions
  readonly #open = new Map<string, Promise<SymbolSource>>()
  readonly #said = new Set<string>()
  readonly #ofImage: (path: string) => Promise<SymbolSource>

  constructor(options: SymbolOptions, env: Terminal['env']) {
    this.#options = options
    this.#ofImage = path => imageSymbols(path, env)
  }

  /** The problems that were not met in an earlier report, a line each. A file that cannot be used is a Trouble. */
  async add(report: Report): Promise<string[]> {
    const problems: string[] = []
    for await (const source of this.#sources(report, problems)) {
      const problem = mismatch(report, source)
      if (problem === undefined) {
        nameAddresses(report, source)
        await hintMembersByImage(report, source)
        break
      }
      problems.push(problem)
    }
    const fresh = problems.filter(problem => !this.#said.has(problem))
    for (const problem of fresh) this.#said.add(problem)
    return fresh
  }

  /** The code of the function that a report failed in, where the image of its kernel was given. */
  async source(report: Report): Promise<FunctionSource | undefined> {
    if (this.#options.kernelImage === undefined) return undefined
    const source = await this.#source(this.#options.kernelImage, this.#ofImage)
    return mismatch(report, source) === undefined ? codeOfImage(report, source) : undefined
  }

  /** The source that `add` would use. */
  async symbols(report: Report): Promise<SymbolSource | undefined> {
    for await (const source of this.#sources(report)) if (mismatch(report, source) === undefined) return source
    return undefined
  }

  /** The running kernel's own addresses before those that it is linked at. */
  async *#sources(report: Report, problems: string[] = []): AsyncGenerator<SymbolSource> {
    const { kallsyms, kernelImage, systemMap } = this.#options
    if (kallsyms !== undefined) yield this.#source(kallsyms, kallsymsSymbols)
    if (kernelImage !== undefined) yield this.#source(kernelImage, this.#ofImage)
    if (systemMap === undefined) return
    if (systemMap !== 'auto') yield this.#source(systemMap, systemMapSymbols)
    else yield* this.#found(report.kernel?.release, problems)
  }

  /** Every System.map that is in one of the usual places; what cannot be used there is only said. */
  async *#found(release: string | undefined, problems: string[]): AsyncGenerator<SymbolSource> {
    const paths = systemMapsOf(release)
    for (const path of paths) {
      try {
        yield await this.#source(path, systemMapSymbols)
      } catch (error) {
        if (!(error instanceof Trouble)) throw error
        problems.push(error.message)
      }
    }
    if (paths.length === 0) {
      const of = release === undefined ? '' : `-${release}`
      problems.push(`no System.map${of} in /boot, /usr/lib/debug/boot, /lib/modules, / or /usr/src/linux; name one`)
    }
  }

  #source(path: string, open: (path: string) => Promise<SymbolSource>): Promise<SymbolSource> {
    let source = this.#open.get(path)
    if (source === undefined) {
      source = open(path).catch((error: unknown) => {
        if (error instanceof InputError || error instanceof FormatError) throw new Trouble(error.message)
        throw error
      })
      this.#open.set(path, source)
    }
    return source
  }
}

/** Names bare addresses that are in modules, by what the machine had loaded. */
export class ModuleNamer {
  readonly #modules: Promise<readonly LoadedModule[]>
  readonly #folder: string | undefined

  /** A file that cannot be used is a Trouble of the first call. */
  constructor({ procModules, moduleSections: folder }: SymbolOptions) {
    this.#modules = procModules === undefined ? Promise.resolve([]) : loadedModules(procModules)
    this.#modules.catch(() => {})
    this.#folder = folder ?? (procModules === '/proc/modules' ? '/sys/module' : undefined)
  }

  async add(report: Report, find: FindCode): Promise<void> {
    const folder = this.#folder
    const sections = async (name: string) => (folder === undefined ? undefined : moduleSections(folder, name))
    try {
      await nameModuleAddresses(report, await this.#modules, sections, find)
    } catch (error) {
      if (error instanceof InputError || error instanceof FormatError) throw new Trouble(error.message)
      throw error
    }
  }
}
