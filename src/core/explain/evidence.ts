// A report as rules look at it: its lines with their numbers, its addresses as numbers.

import { archByName } from '../arch/index.ts'
import type { Frame, Report } from '../model.ts'

export interface NamedValue {
  name: string
  value: bigint
}

export interface Found {
  match: RegExpExecArray
  line: number
}

const addressForm = /^0x[0-9a-f]{1,16}$/

/** An address as printed; undefined for what is none. */
export const addressOf = (text: string | undefined): bigint | undefined =>
  text !== undefined && addressForm.test(text) ? BigInt(text) : undefined

/** Registers that say where the code is or how the processor is set, and are never pointers to data. */
const noPointers =
  /^(?:CR\d|DR\d|E?FLAGS|[C-GS]S|[FG]S_selector|knlGS|PKRU|EFER|cpsr|psr|pstate|status|cause|MSR|CR|XER|CTR|epc|pc|ip|[ER]IP|NIP|LR|lr|x30|ra|ORIG_[ER]AX)$/i

/** By source as well: a literal in a function is another object each time. */
const overLines = new Map<string, RegExp>()
const overLinesOf = new WeakMap<RegExp, RegExp>()

/** The rules' pattern with '^' and '$' for the ends of any line. */
function acrossLines(pattern: RegExp): RegExp {
  const known = overLinesOf.get(pattern)
  if (known !== undefined) return known
  const { source, flags } = pattern
  const key = `${flags}/${source}`
  let across = overLines.get(key)
  if (across === undefined) overLines.set(key, (across = new RegExp(source, `${flags}m`)))
  overLinesOf.set(pattern, across)
  return across
}

export class Evidence {
  readonly report: Report
  /** of an address on this machine; 64 where the architecture is not known and 16 digits were printed */
  readonly wordBits: 32 | 64
  /** of the fault, in the width of the machine */
  readonly faultAddress: bigint | undefined
  readonly inKernel: boolean

  /** `lines`: those of the report's text, where they are at hand. */
  constructor(report: Report, lines?: readonly string[]) {
    this.report = report
    this.#lines = lines
    const { fault, arch } = report
    this.wordBits =
      arch === undefined ? ((fault?.address?.length ?? 18) > 10 ? 64 : 32) : archByName(arch)?.wordBytes === 4 ? 32 : 64
    this.faultAddress = addressOf(fault?.address)
    this.inKernel = report.severity !== 'user' && fault?.mode !== 'user'
  }

  #lines: readonly string[] | undefined

  get lines(): readonly string[] {
    return (this.#lines ??= this.report.text.split('\n'))
  }

  /** 1-based line of the input of the text's line with this index. */
  lineNumber(index: number): number {
    return this.report.textLines?.[index] ?? this.report.lines.first + index
  }

  /** The first line that the pattern matches. Patterns look at one line and take linear time. */
  find(pattern: RegExp): Found | undefined {
    // One look over the whole text is enough for most patterns: what matches a line also matches there.
    const { text } = this.report
    const first = acrossLines(pattern).exec(text)
    if (!first) return undefined
    let index = 0
    let start = 0
    for (let end = text.indexOf('\n'); end >= 0 && end < first.index; end = text.indexOf('\n', start)) {
      start = end + 1
      index++
    }
    for (; index < this.lines.length; index++) {
      const match = pattern.exec(this.lines[index]!)
      if (match) return { match, line: this.lineNumber(index) }
    }
    return undefined
  }

  /** The text of a line of the input; empty when it is none of the report's. */
  textOf(line: number): string {
    const index = this.report.textLines?.indexOf(line) ?? line - this.report.lines.first
    return this.lines[index] ?? ''
  }

  /** Registers that may hold a pointer, of the set that matters. */
  get pointers(): readonly NamedValue[] {
    return (this.#pointers ??= this.#readPointers())
  }

  #pointers: readonly NamedValue[] | undefined

  #readPointers(): NamedValue[] {
    return Object.entries(this.report.registers ?? {}).flatMap(([name, text]) => {
      const value = noPointers.test(name) ? undefined : addressOf(text)
      return value === undefined ? [] : [{ name, value }]
    })
  }

  /** Where a register's row was printed. */
  lineOf(register: string): number[] {
    const text = this.report.registers?.[register]?.replace(/^0x0*/, '')
    if (!text) return []
    const index = this.lines.findIndex(line => line.includes(register) && line.includes(text))
    return index < 0 ? [] : [this.lineNumber(index)]
  }

  /** Lines that say the fault's address, the header first. */
  get faultLines(): number[] {
    const digits = this.report.fault?.address?.replace(/^0x0*/, '') ?? ''
    const says = (line: string): boolean =>
      digits === '' ? /NULL pointer|\(null\)|\b0{8,16}\b/.test(line) : line.toLowerCase().includes(digits)
    const index = this.lines.findIndex(line => says(line) && /fault|address|dereference|at /i.test(line))
    return [index < 0 ? this.report.lines.first : this.lineNumber(index)]
  }

  /** Frames of the trace that matters, the unreliable left out. */
  get frames(): readonly Frame[] {
    return (this.report.traces?.[0]?.frames ?? []).filter(frame => frame.reliable !== false)
  }

  /** The function that the title names; otherwise of the program counter, or the first frame that has one. */
  get function(): string | undefined {
    const titled = / in ([\w.]+)$/.exec(this.report.title)?.[1]
    if (titled !== undefined && titled !== 'corrupted') return titled
    return plain(this.report.pc?.symbol ?? this.frames.find(frame => frame.symbol !== undefined)?.symbol)
  }
}

/** A symbol without what the compiler added: .isra.0, .constprop.0, .cold */
export function plain(symbol: string): string
export function plain(symbol: string | undefined): string | undefined
export function plain(symbol: string | undefined): string | undefined {
  const dot = symbol?.indexOf('.', 1) ?? -1
  return dot < 0 ? symbol : symbol?.slice(0, dot)
}

export const hex = (value: bigint): string => `0x${value.toString(16)}`

/** A value of the machine's width as a signed number. */
export const signed = (value: bigint, bits: 32 | 64): bigint => BigInt.asIntN(bits, value)
