// A log line by line with places put into its frames, as the kernel's scripts/decode_stacktrace.sh prints them:
//
//   [    9.231440]  vfs_write+0xc7/0x3f0              ->  [    9.231440]  vfs_write (fs/read_write.c:582)
//   [    9.231439]  fl_run+0x30/0x51a [fltrig 12ab..] ->  [    9.231439]  fl_run (fltrig.c:120 fltrig.c:98) fltrig
//
// What it does better: return addresses are looked up at their call, sections of modules by the symbol, same-named
// functions by size.

import { FormatError } from '../bytes/cursor.ts'
import type { SourcePlace } from '../formats/dwarf/debug-info.ts'
import type { CodeMap } from './code-map.ts'
import { chooseBySize, type Unknown, wrongBuild } from './localise.ts'
import { sourcePath } from './paths.ts'
import { isExceptionEntry } from './return-addresses.ts'

/** "vfs_write+0xc7/0x3f0", "RIP: 0010:fl_run+0x30/0x51a [fltrig]", "el1h_64_irq+0x64/0x68 (P)" at the end of a line. */
const frame =
  /(?<symbol>[A-Za-z_$.][\w$.]{0,511})\+0x(?<offset>[0-9a-f]{1,12})\/0x(?<size>[0-9a-f]{1,12})(?: \[(?<module>[\w-]{1,63})(?: (?<buildId>[0-9a-f]{8,64}))?\])?(?<tags>(?: \([A-Za-z]{1,8}\))*)\s*$/

/** Addresses in brackets before the symbol, of kernels before 4.10 and others' today: the script leaves them out. */
const bracketed = /\[<[0-9a-f]{8,16}>\] /g

/** Lines that print a program counter, not a return address. */
const exact = /\b(?:[RE]?IP: |pc : |PC is at |epc : |NIP \[|PC: |era: |Krnl PSW)/

export interface StacktraceOptions {
  /** the code of a module, or of the kernel */
  find(module: string | undefined, buildId: string | undefined): Promise<CodeMap | Unknown>
  /** what to take off the front of file names; without, the folder that the kernel was built in */
  basePath?: string
}

/** A stream stage: each line gives one line. */
export class StacktraceDecoder {
  readonly #options: StacktraceOptions
  /** the function of the frame before, when that was in a frame line */
  #before: string | undefined
  /** "symbol+offset" of the program counters printed last: the trace may begin with it */
  #counter: string | undefined

  constructor(options: StacktraceOptions) {
    this.#options = options
  }

  async push(line: string): Promise<string> {
    const match = line.includes('+0x') ? frame.exec(line) : null
    if (match === null) {
      this.#before = undefined
      return line
    }
    const { symbol, offset: offsetText, size: sizeText, module, buildId, tags } = match.groups as Record<string, string>
    const offset = Number.parseInt(offsetText!, 16)
    const place = `${symbol}+${offset}`
    const head = line.slice(0, match.index)
    const counter = exact.test(head)
    const interrupted = this.#before === undefined ? this.#counter === place : isExceptionEntry(this.#before)
    const isReturn = offset !== 0 && !counter && !interrupted && !tags!.includes('(P)')
    if (counter) this.#counter = place
    else this.#before = symbol
    const size = Number.parseInt(sizeText!, 16)
    const found = await this.#places(symbol!, offset - (isReturn ? 1 : 0), offset, size, module, buildId)
    if (found === undefined) return line
    const name = module === undefined ? '' : ` ${module}`
    return `${head.replaceAll(bracketed, '')}${symbol} (${found})${name}${tags}`
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
    if ('unknown' in code || wrongBuild(code, buildId) !== undefined) return undefined
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

  #text(place: SourcePlace): string | undefined {
    const { basePath } = this.#options
    if (place.file === undefined || place.line === undefined) return undefined
    const path = sourcePath(basePath === undefined ? place : { ...place, directory: basePath })
    return `${path}:${place.line === 0 ? '?' : place.line}`
  }
}
