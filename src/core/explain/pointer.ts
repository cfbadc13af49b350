// "NULL plus an offset" as the source has it: which expression held the pointer, which member of which struct it was to
// reach. By the debug information's variables, and by the instructions that loaded the pointer.

import { specialValue } from '../localise/special-values.ts'
import {
  type Move,
  membersThrough,
  type PointerSearch,
  pointerPath,
  typeText,
} from '../localise/unwind/pointer-path.ts'
import type { Recovered } from '../localise/unwind/recover.ts'
import type { Finding, Report } from '../model.ts'
import { say } from '../say.ts'
import { addressOf, Evidence, hex, signed } from './evidence.ts'
import { failedIndex, memoryOperand, printedNames } from './operand.ts'

/** An instruction, wherever it is from. */
interface Instruction {
  /** in hexadecimal, in units as printed */
  bytes: string
  text: string
  fault?: true | undefined
}

const MAX_MEMBERS = 3

/** The finding; undefined where variables or operand do not tell. */
export async function explainPointer(report: Report, recovered: Recovered | undefined): Promise<Finding | undefined> {
  const { arch, pc } = report
  const scope = recovered?.scopes[0]
  const instructions = instructionsOf(report)
  const fault = failedIndex(report, instructions)
  const marked = instructions.findIndex(each => each.fault === true)
  const failed = instructions[fault]
  if (arch === undefined || recovered === undefined || scope === undefined || failed === undefined) return undefined
  const operand = memoryOperand(arch, failed.text)
  if (operand?.base === undefined || operand.index !== undefined) return undefined
  const numberOf = registerNumbers(arch, recovered)
  const register = numberOf(operand.base)
  if (register === undefined) return undefined
  const before = instructions.slice(0, fault)
  const behind = before.slice(marked).reduce((sum, each) => sum + lengthOf(each), 0)
  const { abi } = recovered
  const begins = pc?.offset === undefined ? undefined : -pc.offset
  const { moves, whole } = movesBefore(arch, before, behind, begins, numberOf, abi.stackPointer)
  const search: PointerSearch = {
    ...{ scope, moves, abi, variables: recovered.variables },
    ...(whole && pc?.symbol !== undefined && { entered: { symbol: pc.symbol } }),
  }
  const path = await pointerPath(search, register, [Number(operand.displacement)])
  if (path === undefined) return undefined
  const members = (await membersThrough(scope, path, Number(operand.displacement))).slice(0, MAX_MEMBERS)
  if (members.length === 0) return undefined
  const evidence = new Evidence(report)
  const value = printedNames(arch, operand.base)
    .map(name => addressOf(report.registers?.[name]))
    .find(each => each !== undefined)
  const accesses = members.map(({ path: member }) => `${path.text}->${member}`).join(' or ')
  const type = await typeText(scope, path.type)
  const access = { write: say`written`, execute: say`called`, read: say`read` }[report.fault?.access ?? 'read']
  const at = hex(operand.displacement < 0n ? -operand.displacement : operand.displacement)
  const reached = members.map(each => each.path).join(', ')
  return {
    what: say`${path.text} is ${describe(value, evidence.wordBits)}: ${accesses} was to be ${access}`,
    because:
      path.loads === 0
        ? say`${path.text} is a ${type}, the debug information puts it into ${operand.base}, and ${reached} is at ${at}`
        : say`${path.text} is a ${type}, the instructions before load it into ${operand.base}, and ${reached} is at ${at}`,
    evidence: evidence.faultLines,
    confidence: path.loads === 0 ? 'certain' : 'likely',
    next: say`See who sets ${path.text}, and on which way it is not set or no longer valid.`,
  }
}

/**
 * The function as its file has it, where the instruction that failed is the same there: a dump of code is often shorter, and
 * of a function at a page's start whose neighbour is not mapped a kernel cannot print any. The dump otherwise.
 */
function instructionsOf({ code, disassembly }: Report): readonly Instruction[] {
  const printed = code?.instructions
  const rows = disassembly?.rows ?? []
  const failed = (of: readonly Instruction[] | undefined) => of?.find(({ fault }) => fault === true)?.text
  return printed === undefined || (failed(rows) !== undefined && failed(rows) === failed(printed)) ? rows : printed
}

function describe(value: bigint | undefined, bits: 32 | 64): string {
  if (value === undefined) return say`no valid pointer`
  if (value === 0n) return 'NULL'
  const error = signed(value, bits)
  if (error < 0n && error >= -4095n) return say`the error ${error}`
  const known = specialValue(value, bits)
  return known !== undefined && known.offset < 64n ? `${known.value.name} (${hex(value)})` : hex(value)
}

/** DWARF numbers by the names of the disassembly. */
function registerNumbers(arch: string, { abi }: Recovered): (name: string) => number | undefined {
  const numbers = new Map(abi.registers.flatMap((names, number) => names.map(name => [name, number] as const)))
  // Of x86 the lower halves are written when pointers are loaded in 32-bit code only.
  return name =>
    printedNames(arch, name)
      .map(each => numbers.get(each))
      .find(number => number !== undefined)
}

/** Whatever the units are, two digits are a byte. */
const lengthOf = ({ bytes }: Instruction): number => bytes.replaceAll(' ', '').length / 2

/**
 * The moves of pointers before the fault, up to the last call or jump that the text shows; `whole` where they begin where the
 * function does, so far before the fault, and there is none in between.
 */
function movesBefore(
  arch: string,
  instructions: readonly Instruction[],
  /** how far the failing instruction is behind the marked one */
  behind: number,
  begins: number | undefined,
  numberOf: (name: string) => number | undefined,
  stackPointer: number,
): { moves: Move[]; whole: boolean } {
  const lengths = instructions.map(lengthOf)
  let offset = behind - lengths.reduce((sum, each) => sum + each, 0)
  const moves: Move[] = []
  let whole = false
  let framed = false
  for (const [index, { text }] of instructions.entries()) {
    // What is before is another function.
    if (offset === begins) {
      whole = true
      framed = false
      moves.length = 0
    }
    // A call before there is a frame to come back to is ftrace's, and leaves all alone; x86's calls make room themselves.
    const traces = whole && !framed && calls.test(text) && (!isX86(arch) || offset === begins)
    if (leaves.test(text) && !traces) {
      // What a call returns, or where a jump came from, is not seen.
      whole = false
      moves.length = 0
    } else {
      const move = movesStack.test(text) ? { offset, writes: stackPointer } : moveOf(arch, text, offset, numberOf)
      moves.push(traces ? { offset, writes: undefined } : move)
      framed ||= move.writes === stackPointer
    }
    offset += lengths[index]!
  }
  return { moves, whole }
}

const leaves = /^(?:call|bl|blr|blx|jal|jalr|ret|jmp|b|brasl|basr)\b/
const calls = /^(?:call|bl|jal|jalr|brasl)\b/

/** Words put on the stack, or taken from it, move its pointer along; ARM's way of writing that stands behind the address. */
const movesStack = /^(?:push|pop)|\[sp[^\]]{0,20}\]!|\[sp\], #/

const isX86 = (arch: string): boolean => arch === 'x86_64' || arch === 'i386'
const loads = /^(?:mov[lq]?|ldr|ld|lwz|lw|lg|ldx|lgrl|ldur)\s/
const copies = /^(?:mov[lq]?|mr|move|lgr|or|mv)\s/

function moveOf(arch: string, text: string, offset: number, numberOf: (name: string) => number | undefined): Move {
  const operands = text.replace(/^\S+\s*/, '')
  const plain = (operand: string | undefined): string => (operand ?? '').trim().replace(/^[%$]/, '')
  // AT&T puts the target last; all others first.
  const target = isX86(arch) ? /,\s*%(\w+)$/.exec(operands)?.[1] : /^[%$]?(\w+)/.exec(operands)?.[1]
  const writes = target === undefined || /^(?:cmp|test|st|sw|sd|str|push|nop)/.test(text) ? undefined : numberOf(target)
  if (writes === undefined) return { offset, writes }
  const memory = loads.test(text) ? memoryOperand(arch, text) : undefined
  if (memory?.base !== undefined && memory.index === undefined) {
    const base = numberOf(memory.base)
    if (base !== undefined)
      return { offset, writes, from: { load: { base, displacement: Number(memory.displacement) } } }
  }
  if (copies.test(text) && !/[([]/.test(text)) {
    const parts = operands.split(',').map(plain)
    const source = isX86(arch) ? parts[0] : parts[1]
    const register = source === undefined ? undefined : numberOf(source)
    if (register !== undefined) return { offset, writes, from: { register } }
  }
  return { offset, writes }
}

/** Adds it in front of what the operand alone says. */
export async function addPointer(report: Report, recovered: Recovered | undefined): Promise<void> {
  const finding = await explainPointer(report, recovered)
  if (finding === undefined) return
  report.findings = [...(report.findings ?? []).slice(0, 1), finding, ...(report.findings ?? []).slice(1)]
}
