// The symbols that were dropped beside a log: lines and inlined calls, names for bare addresses, the function that failed.

import { type ByteFile, MemoryFile } from '../../../core/bytes/byte-file.ts'
import { FormatError } from '../../../core/bytes/cursor.ts'
import { ElfFile } from '../../../core/formats/elf/elf-file.ts'
import { readSymbolList } from '../../../core/formats/symbol-list.ts'
import { examineFunction } from '../../../core/localise/code/examine.ts'
import { codeOfImage, type FunctionSource, sourceOfCode } from '../../../core/localise/code/function-source.ts'
import type { CodeMap } from '../../../core/localise/code-map.ts'
import { ElfCode } from '../../../core/localise/elf-code.ts'
import type { FindDisassembler } from '../../../core/localise/instructions.ts'
import { KernelFile } from '../../../core/localise/kernel-file.ts'
import { localise, refusal, type Unknown } from '../../../core/localise/localise.ts'
import { hintMembersByImage } from '../../../core/localise/member-hints.ts'
import { mismatch, nameAddresses, type SymbolSource } from '../../../core/localise/name-addresses.ts'
import { SourceIndex } from '../../../core/localise/source-index/container.ts'
import { SymbolTable } from '../../../core/localise/symbol-table.ts'
import type { Recovered } from '../../../core/localise/unwind/recover.ts'
import { StackRecovery } from '../../../core/localise/unwind/stack-recovery.ts'
import type { Frame, Place, Report } from '../../../core/model.ts'
import { t } from '../../i18n/index.ts'
import type { Log } from '../protocol.ts'
import { logBytes, UnpackProblem } from '../unpack.ts'
import { BlobFile } from './blob-file.ts'
import { browserDecoders, inflate } from './decoders.ts'
import { modulePattern, symbolKind } from './kinds.ts'

/** What is taken into memory as a whole: lists of symbols, kernel images, packed modules. */
const MAX_WHOLE_BYTES = 512 * 1024 * 1024

/** Different reasons that are told; a log of another kernel has one for every function. */
const MAX_PROBLEMS = 5

const moduleName = (name: string): string => name.replaceAll('-', '_')

export class PageSymbols {
  #kernel: ElfCode | undefined
  #index: SourceIndex | undefined
  readonly #modules = new Map<string, ElfCode>()
  readonly #sources: SymbolSource[] = []
  readonly #problems = new Set<string>()
  #told = 0
  readonly #disassemblers: FindDisassembler
  readonly #stacks = new StackRecovery({
    elf: async module => (module === undefined ? this.#kernel : this.#modules.get(moduleName(module))),
    symbols: async report => this.#sources.find(source => mismatch(report, source) === undefined),
  })

  private constructor(find: FindDisassembler) {
    this.#disassemblers = find
  }

  /** Opens the files; what cannot be used is among the problems. */
  static async open(files: readonly Log[], find: FindDisassembler): Promise<PageSymbols> {
    const symbols = new PageSymbols(find)
    for (const { file, name = '' } of files) {
      try {
        await symbols.#add(name, file)
      } catch (error) {
        if (!(error instanceof FormatError || error instanceof UnpackProblem)) throw error
        symbols.#problem(error instanceof FormatError ? error.message : `${name}: ${error.message}`)
      }
    }
    return symbols
  }

  /** Problems that were not told yet. */
  takeProblems(): string[] {
    const fresh = [...this.#problems].slice(this.#told)
    this.#told = this.#problems.size
    return fresh
  }

  /** What was found on the stack, which the explanation of pointers asks for. */
  async add(report: Report): Promise<Recovered | undefined> {
    const source = await this.#name(report)
    if (this.#kernel !== undefined || this.#index !== undefined || this.#modules.size > 0) {
      await localise(report, this.#find)
      for (const place of placesOf(report)) if (place !== undefined && 'unknown' in place) this.#problem(place.detail)
    }
    const recovered = await this.#stacks.add(report)
    const code = (await this.#codeOf(report)) ?? (source && (await codeOfImage(report, source)))
    try {
      if (code !== undefined) await examineFunction(report, code, this.#disassemblers)
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
    }
    return recovered
  }

  #problem(text: string): void {
    if (this.#problems.size < MAX_PROBLEMS) this.#problems.add(text)
  }

  async #add(name: string, file: Blob): Promise<void> {
    switch (await symbolKind(name, file)) {
      case 'module': {
        const { name: stem = name, packed } = modulePattern.exec(name)?.groups ?? {}
        const bytes = packed === undefined ? new BlobFile(name, file) : await unpacked(name, file)
        const module = moduleName(stem)
        this.#modules.set(module, await ElfCode.open(module, await ElfFile.open(bytes, inflate)))
        return
      }
      case 'elf':
        this.#kernel = await ElfCode.open('vmlinux', await ElfFile.open(new BlobFile(name, file), inflate))
        return
      case 'index':
        this.#index = await SourceIndex.open(new BlobFile(name, file))
        return
      case 'list':
        this.#sources.unshift(await listSource(name, file))
        return
      case 'image':
        this.#sources.push(await imageSource(name, file))
    }
  }

  readonly #find = async (module: string | undefined): Promise<CodeMap | Unknown> => {
    const name = module === undefined ? 'vmlinux' : moduleName(module)
    const code = (await this.#index?.object(name)) ?? (module === undefined ? this.#kernel : this.#modules.get(name))
    return code ?? { unknown: 'no-symbols', detail: t().decode.symbols.missing(module) }
  }

  /** Names bare addresses by the first source that is of the report's kernel. */
  async #name(report: Report): Promise<SymbolSource | undefined> {
    for (const source of this.#sources) {
      const problem = mismatch(report, source)
      if (problem !== undefined) {
        this.#problem(problem)
        continue
      }
      nameAddresses(report, source)
      await hintMembersByImage(report, source)
      return source
    }
    return undefined
  }

  async #codeOf(report: Report): Promise<FunctionSource | undefined> {
    const { pc } = report
    if (pc?.symbol === undefined) return undefined
    const code = await this.#find(pc.module)
    return 'unknown' in code || (await refusal(code, pc as Frame, report)) !== undefined
      ? undefined
      : sourceOfCode(code)
  }
}

async function wholeOf(name: string, file: Blob): Promise<Uint8Array> {
  if (file.size > MAX_WHOLE_BYTES) throw new FormatError(name, 0, t().decode.symbols.large)
  return new Uint8Array(await file.arrayBuffer())
}

async function unpacked(name: string, file: Blob): Promise<ByteFile> {
  const pieces: Uint8Array[] = []
  let size = 0
  for await (const piece of logBytes(file)) {
    size += piece.length
    if (size > MAX_WHOLE_BYTES) throw new FormatError(name, 0, t().decode.symbols.large)
    pieces.push(piece.slice())
  }
  return new MemoryFile(name, new Uint8Array(await new Blob(pieces as BlobPart[]).arrayBuffer()))
}

async function listSource(name: string, file: Blob): Promise<SymbolSource> {
  const list = readSymbolList(name, await wholeOf(name, file))
  if (list.hidden) throw new FormatError(name, 0, t().decode.symbols.hidden)
  const release = /^System\.map-(?<release>.+)$/.exec(name)?.groups?.['release']
  return {
    file: name,
    table: new SymbolTable(list),
    ...(list.modules && { running: true as const }),
    ...(release !== undefined && { release }),
  }
}

async function imageSource(name: string, file: Blob): Promise<SymbolSource> {
  const kernel = await KernelFile.open(name, await wholeOf(name, file), browserDecoders)
  const buildId = await kernel.buildId()
  const { release } = kernel
  return {
    file: name,
    table: kernel.symbols(),
    kernel: async () => kernel,
    ...(release !== undefined && { release }),
    ...(buildId !== undefined && { buildId }),
  }
}

function* placesOf(report: Report): Generator<Place | undefined> {
  yield report.pc?.place
  for (const { frames } of report.traces ?? []) for (const frame of frames) yield frame.place
}
