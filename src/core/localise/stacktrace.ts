// A log line by line with places put into its frames, as the kernel's scripts/decode_stacktrace.sh prints them:
//
//   [    9.231440]  vfs_write+0xc7/0x3f0              ->  [    9.231440]  vfs_write (fs/read_write.c:582)
//   [    9.231439]  fl_run+0x30/0x51a [fltrig 12ab..] ->  [    9.231439]  fl_run (fltrig.c:120 fltrig.c:98) fltrig
//
// What it does better: return addresses are looked up at their call, sections of modules by the symbol, same-named
// functions by size.

import { FormatError } from '../bytes/cursor.ts'
import type { SourcePlace } from '../formats/dwarf/debug-info.ts'
import { demangleRust } from '../formats/rust/rust-demangle.ts'
import type { CodeMap } from './code-map.ts'
import { chooseBySize, type Unknown, wrongBuild } from './localise.ts'
import { sourcePath } from './paths.ts'
import { isExceptionEntry } from './return-addresses.ts'

/** "vfs_write+0xc7/0x3f0", "RIP: 0010:fl_run+0x30/0x51a [fltrig]", "el1h_64_irq+0x64/0x68 (P)" at the end of a line. */
const frame =
  /(?<open>\(?)(?<symbol>[A-Za-z_$.][\w$.]{0,511})\+0x(?<offset>[0-9a-f]{1,12})\/0x(?<size>[0-9a-f]{1,12})\)?(?: \[(?<module>[\w-]{1,63})(?: (?<buildId>[0-9a-f]{8,64}))?\])?(?<tags>(?: \([A-Za-z]{1,8}\))*)\s*$/

/** Addresses in brackets before the symbol, of kernels before 4.10 and others' today: the script leaves them out. */
const bracketed = /\[<[0-9a-f]{8,16}>\] /g

/** Lines that print a program counter, not a return address. */
const exact = /\b(?:[RE]?IP: |pc : |PC is at |epc : |NIP \[|PC: |era: |Krnl PSW)/

/** The last word of "CPU: 0 PID: 135 Comm: sh Not tainted 6.9 #1 de1ba3f5f6e1b225b049b16905f4d3bdbbbc539b". */
function buildIdOf(line: string): string | undefined {
  const last = line.includes(' Comm: ') ? line.trimEnd().split(' ').at(-1)! : ''
  return /^[0-9a-f]{40,64}$/.test(last) ? last : undefined
}

export interface StacktraceOptions {
  /** the code of a module, or of the kernel */
  find(module: string | undefined, buildId: string | undefined): Promise<CodeMap | Unknown>
  /** what to take off the front of file names; without, the folder that the kernel was built in */
  basePath?: string
  /** Instructions of a line of code, to be printed behind it. */
  decodeCode?(line: string, counter: { symbol: string; offset: number } | undefined): Promise<string[] | undefined>
  /** the build ID of the kernel that printed the log, met in it */
  identified?(buildId: string): void
  /** told once for each module or kernel that is not there */
  missing?(what: Unknown): void
}

/** A stream stage: each line gives one line, those of code more. */
export class StacktraceDecoder {
  readonly #options: StacktraceOptions
  /** the function of the frame before, when that was in a frame line */
  #before: string | undefined
  /** "symbol+offset" of the program counters printed last: the trace may begin with it */
  #counter: string | undefined
  #pc: { symbol: string; offset: number } | undefined

  constructor(options: StacktraceOptions) {
    this.#options = options
  }

  async push(line: string): Promise<string> {
    const match = line.includes('+0x') ? frame.exec(line) : null
    if (match === null) {
      this.#before = undefined
      // A program counter without a name: of user space, or nowhere.
      if (exact.test(line)) this.#pc = undefined
      const buildId = buildIdOf(line)
      if (buildId !== undefined) this.#options.identified?.(buildId)
      const decoded = line.includes('Code:') ? await this.#options.decodeCode?.(line, this.#pc) : undefined
      return decoded === undefined ? line : [line, ...decoded].join('\n')
    }
    const { symbol, offset: offsetText, size: sizeText, module, buildId, tags } = match.groups as Record<string, string>
    const offset = Number.parseInt(offsetText!, 16)
    const place = `${symbol}+${offset}`
    const head = line.slice(0, match.index)
    const counter = exact.test(head)
    const interrupted = this.#before === undefined ? this.#counter === place : isExceptionEntry(this.#before)
    const isReturn = offset !== 0 && !counter && !interrupted && !tags!.includes('(P)')
    if (counter) {
      this.#counter = place
      this.#pc = { symbol: symbol!, offset }
    } else this.#before = symbol
    const size = Number.parseInt(sizeText!, 16)
    const found = await this.#places(symbol!, offset - (isReturn ? 1 : 0), offset, size, module, buildId)
    if (found === undefined) return line
    const name = module === undefined ? '' : ` ${module}`
    return `${head.replaceAll(bracketed, '')}${demangleRust(symbol!) ?? symbol} (${found})${name}${tags}`
  }

  async #places(
    symbol: string,
    at: number,
    offset: number,
    size: number,
    module: string | undefined,
    buildId: string | undefined,
  ): Promise<string | undefined> {
    const code = await this.#options.find(module, buildId)
    const problem = 'unknown' in code ? code : wrongBuild(code, buildId)
    if ('unknown' in code || problem !== undefined) {
      this.#tell(problem!)
      return undefined
    }
    try {
      const answers = new Set<string>()
      for (const { address } of chooseBySize(await code.named(symbol), offset, size)) {
        const places = await code.places(address + at)
        const text = places.map(place => this.#text(place)).filter(each => each !== undefined)
        if (text.length > 0) answers.add(text.join(' '))
      }
      // Which of several same-named functions it was nobody knows: the line stays as it is.
      return answers.size === 1 ? [...answers][0] : undefined
    } catch (error) {
      if (error instanceof FormatError) return undefined
      throw error
    }
  }

  readonly #told = new Set<string>()

  #tell(problem: Unknown): void {
    if (this.#told.has(problem.detail)) return
    this.#told.add(problem.detail)
    this.#options.missing?.(problem)
  }

  #text(place: SourcePlace): string | undefined {
    const { basePath } = this.#options
    if (place.file === undefined || place.line === undefined) return undefined
    const path = sourcePath(basePath === undefined ? place : { ...place, directory: basePath })
    return `${path}:${place.line === 0 ? '?' : place.line}`
  }
}
