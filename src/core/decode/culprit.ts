// The function to name: walked to through the report's lines as the kind's row says.

import type { ArchLine } from '../arch/index.ts'
import type { EventLine, Excerpt } from '../detect/event.ts'
import type { Choice, Culprit as CulpritSpec, Step } from '../detect/row.ts'
import { demangleRust } from '../formats/rust/rust-demangle.ts'
import type { Frame } from '../model.ts'
import { awaitedFunction, recurringFunction, stallingFunction } from './chosen-function.ts'
import { type TrapBefore, trapBefore, warnedFunction } from './left-out.ts'
import { canonicalName, isFaultInjection, isMachinery } from './machinery.ts'

export interface Culprit {
  /** canonical name: system-call prefixes and compiler suffixes removed */
  name: string
  /** as printed, compiler suffix removed */
  raw: string
  frame?: Frame
  /** index of its line in the excerpt */
  line: number
}

export interface CulpritSearch {
  culprit?: Culprit
  /** a trace of fault injection stands in the way: what follows may not be the report's own */
  injected: boolean
  /** the function is not in the report, and what the program counter names is another */
  leftOut?: true
}

interface Candidate {
  raw: string
  frame?: Frame
  line: number
}

/** Symbols in titles end at the compiler's suffix: .isra.0, .constprop.1, .part.2, .cold, .llvm.123. */
export function bareSymbol(symbol: string): string {
  if (symbol.startsWith('_R') || symbol.startsWith('_ZN')) {
    const demangled = demangleRust(symbol)
    if (demangled !== undefined) return demangled
  }
  // C++ (out-of-tree code): the plain function name of _Z<length><name>
  const mangled = /^_Z(\d{1,3})(\w+)$/.exec(symbol)
  if (mangled) return mangled[2]!.slice(0, Number(mangled[1]))
  const dot = symbol.indexOf('.', 1)
  return dot < 0 ? symbol : symbol.slice(0, dot)
}

/** The function to name; in a report that another one broke into, also behind its end in the same context. */
export function findCulprit(excerpt: Excerpt): CulpritSearch {
  const own =
    excerpt.intrudedAt === undefined ? excerpt : { ...excerpt, lines: excerpt.lines.slice(0, excerpt.intrudedAt) }
  const found = search(own)
  if (found.culprit || excerpt.beyond === undefined) return found
  return search({ ...excerpt, lines: [...excerpt.lines, ...excerpt.beyond] })
}

function search(excerpt: Excerpt): CulpritSearch {
  const spec = excerpt.row.culprit
  if (!spec) return { injected: false }
  const before = spec.trap === true ? trapBefore(excerpt) : undefined
  if (before) return behindTrap(before)
  let injected = false
  for (const way of spec.ways) {
    const walk = new Walk(excerpt, spec)
    for (const step of way) walk.take(step)
    injected ||= walk.injected
    const found = choose(walk.candidates, spec.choose)
    if (found) return { culprit: found, injected }
  }
  return withoutTitle(excerpt, spec, injected)
}

/** The function whose last instruction trapped; where nothing names it, none: the one behind has nothing to do with it. */
function behindTrap({ jumpedIn }: TrapBefore): CulpritSearch {
  if (jumpedIn === undefined) return { injected: false, leftOut: true }
  const { frame, line } = jumpedIn
  const raw = bareSymbol(frame.symbol)
  return { culprit: { name: canonicalName(raw), raw, frame, line }, injected: false }
}

/** Some dumps (ARM since 6.0, RISC-V registers, torn logs) have frames under no "Call Trace". */
function withoutTitle(excerpt: Excerpt, spec: CulpritSpec, injected: boolean): CulpritSearch {
  const titled = excerpt.lines.some(line => line.item.is === 'trace')
  const printed = excerpt.lines.some(
    (line, at) =>
      line.item.is === 'frame' &&
      (line.record.text.includes(' from ') || excerpt.lines[at - 1]?.item.is === 'arch' || at === excerpt.header + 1),
  )
  if (!printed || titled || injected || spec.ways.every(way => !way.includes('trace'))) return { injected }
  const walk = new Walk(excerpt, spec)
  walk.take('frames')
  const found = choose(walk.candidates, spec.choose)
  return found ? { culprit: found, injected } : { injected }
}

const choices = {
  first: (functions: readonly string[]) => ({ name: functions[0]!, index: 0 }),
  stall: stallingFunction,
  recursion: recurringFunction,
  hang: awaitedFunction,
}

function choose(candidates: readonly Candidate[], how: Choice = 'first'): Culprit | undefined {
  if (candidates.length === 0) return undefined
  const chosen = choices[how](candidates.map(candidate => canonicalName(candidate.raw)))
  if (!chosen) return undefined
  return { ...candidates[chosen.index]!, name: chosen.name }
}

const lockPlace = /\bat: (?:\[<?(?:0x)?[0-9a-f]+>?\] +)?(?<function>[A-Za-z_]\w*)[.+]/
const bracketed = /\[<?(?:0x)?[0-9a-f]+>?\] +(?<function>[A-Za-z_]\w*)[.+]/
const timerEntry = /apic_timer_interrupt/
const interruptEntry = /apic_timer_interrupt|Exception stack|el1h_64_irq/
const askedByNmi = /^Sending NMI from CPU \d+ to CPUs/
/** RCU's own thread did not come to run: what other processors do says nothing. */
const starvedThread = /kthread (?:timer wakeup didn't happen|starved) for/
const becameUnsafe = /which became .{1,80} at:/
const pageOrigin = /page last allocated/
const pageOwner = /^\s*page_owner |page last (?:allocated|free)/
const leakBacktrace = /backtrace(?: \(crc [0-9a-f]*\))?:/

/** A row of registers that has the program counter among others does not name its function; a later line does. */
const isPcLine = (arch: ArchLine): boolean => {
  const { pc } = arch
  if (pc === undefined) return false
  // "pc : fn file.h:253 [inline]", put in by a symboliser, stands above the function that was called
  if (pc.symbol !== undefined) return pc.offset !== undefined
  return (
    (arch.mode !== undefined || arch.begins === true || isBarePc(arch)) && Object.keys(arch.registers ?? {}).length <= 1
  )
}

/** arm64 "pc : 0xffff7fbaa000", powerpc "NIP [00000000] 0x0": a jump to where no function is. */
const isBarePc = ({ pc, registers }: ArchLine): boolean =>
  pc?.address !== undefined && (registers?.['pc'] ?? registers?.['NIP']) === pc.address

const namesFunction = (line: EventLine | undefined): boolean =>
  line?.item.is === 'arch' ? line.item.arch.pc?.symbol !== undefined : line?.item.is === 'mark'

/** "? fn+0x…" and "(unreliable)" lines say nothing, except where an interrupt's end is marked on them. */
const isGuess = (line: EventLine): boolean =>
  line.item.is === 'frame' && line.item.frames.every(frame => frame.reliable === false)

type NamedFrame = Frame & { symbol: string }

/** Behind its end there is no function: an address in data, printed by the nearest symbol. Nor do .L symbols of the assembler name one. */
const isFunction = (frame: Frame): frame is NamedFrame =>
  frame.symbol !== undefined &&
  !frame.symbol.startsWith('.L') &&
  !(frame.offset !== undefined && frame.size !== undefined && frame.offset > frame.size)

const ksymoopsPc = /^>>(?:EIP|NIP|RIP|PC|IP); /
/** A program counter that comes as an address is named within so many lines, or not at all. */
const MAX_NAMED_BEHIND = 48

class Walk {
  readonly candidates: Candidate[] = []
  injected = false
  private readonly lines: readonly EventLine[]
  private readonly excerpt: Excerpt
  private readonly groups: Record<string, string>
  private readonly spec: CulpritSpec
  private readonly header: number
  private at: number

  constructor(excerpt: Excerpt, spec: CulpritSpec) {
    this.excerpt = excerpt
    this.lines = excerpt.lines
    this.groups = excerpt.groups
    this.header = excerpt.header
    this.at = excerpt.header
    this.spec = spec
  }

  take(step: Step): void {
    switch (step) {
      case 'header':
        if (this.groups['function'] !== undefined) this.offer(this.groups['function'], undefined, this.header)
        this.at = this.header + 1
        return
      case 'pc':
        this.takePc()
        return
      case 'trace':
        if (this.advance(line => line.item.is === 'trace' && line.item.title.role === 'call')) this.takeFrames(true)
        return
      case 'frames':
        if (this.at === this.header) this.at++
        this.takeFrames(false)
        return
      case 'locks':
        this.takePattern(lockPlace)
        return
      case 'bracket':
        this.takePattern(bracketed)
        return
      case 'timer-entry':
        this.advance(line => timerEntry.test(line.record.text), true)
        return
      case 'irq-entry':
        this.advance(line => interruptEntry.test(line.record.text), true)
        return
      case 'stalled-cpu':
        if (this.advance(({ record: { text } }) => askedByNmi.test(text) || starvedThread.test(text)))
          if (starvedThread.test(this.lines[this.at]!.record.text)) this.at = this.lines.length
        return
      case 'since':
        if (this.advance(line => becameUnsafe.test(line.record.text))) this.takeFrames(true)
        return
      case 'warned': {
        const name = warnedFunction(this.excerpt)
        if (name !== undefined) this.offer(name, undefined, this.header)
        return
      }
      case 'origin':
        if (this.advance(line => pageOrigin.test(line.record.text))) this.takeFrames(true)
        return
      case 'unowned':
        if (this.lines.some(line => pageOwner.test(line.record.text))) this.at = this.lines.length
        return
      case 'backtrace':
        if (this.advance(line => leakBacktrace.test(line.record.text))) this.takeFrames(true)
        return
    }
  }

  /** Moves to the next line that fits (and behind it, with `past`); to the end when none does. */
  private advance(fits: (line: EventLine) => boolean, past = false): boolean {
    for (; this.at < this.lines.length; this.at++) {
      const line = this.lines[this.at]!
      if (isGuess(line)) continue
      if (this.meetsInjection(line)) return false
      if (!fits(line)) continue
      if (past) this.at++
      return true
    }
    return false
  }

  private takePc(): void {
    // MIPS names the addresses in the header, and the function in the lines behind it
    if (this.at === this.header && !namesFunction(this.lines[this.at])) this.at++
    const found = this.advance(
      line =>
        (line.item.is === 'arch' && isPcLine(line.item.arch)) ||
        (line.item.is === 'mark' && line.item.mark.at !== undefined),
    )
    if (!found) return
    const { item } = this.lines[this.at]!
    if (item.is === 'arch' && item.arch.pc !== undefined && item.arch.mode !== 'user') {
      const next = this.lines[this.at + 1]?.item
      const named = isFunction(item.arch.pc) ? item.arch.pc : this.namedBehind(item.arch.pc)
      if (named) this.offer(named.symbol, named, this.at)
      // what was called is no function: the one to name is the caller, that a register still knows
      else if (this.spec.link && next?.is === 'arch' && next.arch.link !== undefined) this.takeFrame(next.arch.link)
    }
    if (item.is === 'mark' && /[.+]/.test(item.mark.at ?? ''))
      this.offer(item.mark.at!.replace(/\+.*$/, ''), undefined, this.at)
    this.at++
  }

  /** The same program counter in a later line that names its function: "EIP is at fn+0x1/0x2", ksymoops' ">>EIP; … <fn+1/2>". */
  private namedBehind({ address }: Frame): NamedFrame | undefined {
    let behindTrace = false
    for (const { item, record } of this.lines.slice(this.at + 1, this.at + 1 + MAX_NAMED_BEHIND)) {
      const pc =
        item.is === 'arch'
          ? item.arch.pc
          : item.is === 'frame' && ksymoopsPc.test(record.text)
            ? item.frames[0]
            : undefined
      if (pc && isFunction(pc) && (pc.address === address || (pc.address === undefined && !behindTrace))) return pc
      behindTrace ||= item.is === 'trace' || item.is === 'end'
    }
    return undefined
  }

  private takePattern(pattern: RegExp): void {
    for (; this.at < this.lines.length; this.at++) {
      const line = this.lines[this.at]!
      const match = isGuess(line) ? null : pattern.exec(line.record.text)
      if (!match) continue
      this.offer(match.groups!['function']!, undefined, this.at)
      this.at++
      return
    }
  }

  /** Frames from here up to the next trace title; `titled` when this line is the title itself. */
  private takeFrames(titled: boolean): void {
    let first = titled
    for (; this.at < this.lines.length; this.at++) {
      const { item } = this.lines[this.at]!
      if (item.is === 'trace' && !first && item.title.context !== 'nmi') return
      first = false
      if (this.meetsInjection(this.lines[this.at]!)) return
      const frames = 'frames' in item ? item.frames : undefined
      for (const frame of frames ?? []) this.takeFrame(frame)
    }
  }

  /** An injected fault's stack ran into the report: what follows is its own. */
  private meetsInjection(line: EventLine): boolean {
    if (
      line.item.is !== 'frame' ||
      !line.item.frames.some(
        frame => frame.reliable !== false && frame.symbol !== undefined && isFaultInjection(frame.symbol),
      )
    )
      return false
    this.injected = true
    this.at++
    return true
  }

  private takeFrame(frame: Frame): void {
    if (!isFunction(frame) || frame.reliable === false) return
    if (frame.offset === undefined && frame.place !== undefined) return
    this.offer(frame.symbol, frame, this.at)
  }

  private offer(symbol: string, frame: Frame | undefined, line: number): void {
    const raw = bareSymbol(symbol)
    if ((this.spec.verbatim !== true && isMachinery(raw)) || this.spec.skip?.test(raw) === true) return
    this.candidates.push(frame === undefined ? { raw, line } : { raw, frame, line })
  }
}
