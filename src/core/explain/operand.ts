// The memory operand of the instruction that failed: which register held the pointer, and what address that makes. From the
// text of the disassembly and the printed registers, compared with the fault's address.

import type { Finding, Report } from '../model.ts'
import { say } from '../say.ts'
import { addressOf, Evidence, hex } from './evidence.ts'

export interface Operand {
  /** register names as the disassembly has them */
  base?: string
  index?: string
  scale: bigint
  displacement: bigint
}

const number = '-?(?:0x[0-9a-f]{1,16}|\\d{1,10})'

interface Form {
  /** a memory operand; group names base, index, scale, shift, displacement, negative */
  pattern: RegExp
}

/** x86 and s390: 0x50(%rax,%rbx,8); powerpc, mips, riscv, loongarch: 0x50(r9) */
const parenthesised: Form = {
  pattern: new RegExp(
    `(?:^|[\\s,*])(?<displacement>${number})?\\((?:%|\\$)?(?<base>[a-z][a-z0-9]{0,3}|\\d{1,2})?(?:,\\s?(?:%|\\$)?(?<index>[a-z][a-z0-9]{0,3}))?(?:,\\s?(?<scale>[1248]))?\\)`,
  ),
}

/** arm and arm64: [x0, #0x48], [x0, x1, lsl #3], [r3] */
const bracketed: Form = {
  pattern: new RegExp(
    `\\[(?<base>[a-z][a-z0-9]{1,2})(?:, (?:#(?<displacement>${number})|(?<negative>-)?(?<index>[a-z][a-z0-9]{1,2})(?:, lsl #(?<shift>\\d{1,2}))?))?\\]`,
  ),
}

const forms: Partial<Record<string, Form>> = {
  x86_64: parenthesised,
  i386: parenthesised,
  s390x: parenthesised,
  powerpc: parenthesised,
  powerpc64: parenthesised,
  mips: parenthesised,
  mips64: parenthesised,
  riscv32: parenthesised,
  riscv64: parenthesised,
  arm: bracketed,
  arm64: bracketed,
}

const toNumber = (text: string | undefined): bigint => {
  if (text === undefined) return 0n
  return text.startsWith('-') ? -BigInt(text.slice(1)) : BigInt(text)
}

/** The memory operand in an instruction's text; undefined when there is none, or one that registers alone do not give. */
export function memoryOperand(arch: string, text: string): Operand | undefined {
  // Addresses of %gs: and %fs: begin at a base that is not in the register's value; lea and nop touch nothing.
  if (/%[fg]s:|^(?:lea|nop|prefetch)|\]!|\], #/.test(text)) return undefined
  const groups = forms[arch]?.pattern.exec(text)?.groups
  if (groups === undefined) return undefined
  const { base, index, scale, shift, displacement, negative } = groups
  if ((base === undefined && index === undefined) || negative !== undefined) return undefined
  // A jump's target in parentheses has no register.
  if (base === 'rip' || base === 'eip' || base === 'pc') return undefined
  return {
    ...(base === undefined ? {} : { base }),
    ...(index === undefined ? {} : { index }),
    scale: scale !== undefined ? BigInt(scale) : shift !== undefined ? 1n << BigInt(shift) : 1n,
    displacement: toNumber(displacement),
  }
}

/** MIPS numbers, by the names of the o32 and n64 ABIs where they agree. */
const mipsNumbers = new Map(
  ['zero', 'at', 'v0', 'v1', 'a0', 'a1', 'a2', 'a3']
    .map((name, at) => [name, at] as const)
    .concat(
      ['s0', 's1', 's2', 's3', 's4', 's5', 's6', 's7'].map((name, at) => [name, 16 + at] as const),
      ['gp', 'sp', 'fp', 'ra'].map((name, at) => [name, 28 + at] as const),
    ),
)

/** Names by which the report may know a register of the disassembly. */
export function printedNames(arch: string, name: string): string[] {
  const digits = /^[a-z]*(\d{1,2})$/.exec(name)?.[1]
  switch (arch) {
    case 'x86_64': {
      const upper = name.toUpperCase()
      return [upper, upper.replace(/^R(\d)$/, 'R0$1')]
    }
    case 'i386':
      return [name.toUpperCase(), name]
    case 'powerpc':
    case 'powerpc64':
    case 's390x':
      return digits === undefined ? [name] : [`GPR${digits}`, `GPR${digits.padStart(2, '0')}`, `r${digits}`]
    case 'mips':
    case 'mips64': {
      const at = mipsNumbers.get(name) ?? (digits === name ? Number(digits) : undefined)
      return at === undefined ? [name] : [`$${at}`]
    }
    case 'arm':
      return [name, { sb: 'r9', sl: 'r10', r11: 'fp', r12: 'ip', r13: 'sp', r14: 'lr' }[name] ?? name]
    default:
      return [name]
  }
}

interface Value {
  name: string
  value: bigint
}

function registerValue(report: Report, arch: string, name: string | undefined): Value | undefined {
  if (name === undefined) return undefined
  for (const printed of printedNames(arch, name)) {
    const value = addressOf(report.registers?.[printed])
    if (value !== undefined) return { name: printed, value }
  }
  return undefined
}

/** Register 0 as a base means no register on these: PowerPC UISA 3.3.2, z/Architecture Principles of Operation 5-11. */
const isNothing = (arch: string, name: string): boolean => /^(?:powerpc|s390)/.test(arch) && /^r?0$/.test(name)

/** Cause.BD: the exception came from the delay slot of the branch at epc. MIPS64 Privileged Resource Architecture §9.40 */
const IN_DELAY_SLOT = 0x80000000n

/** Index of the instruction that failed: the marked one, or on MIPS the one in its delay slot. -1 where none is marked. */
export function failedIndex(
  { arch, registers }: Report,
  instructions: readonly { fault?: true | undefined }[],
): number {
  const marked = instructions.findIndex(({ fault }) => fault === true)
  const cause = arch === 'mips' || arch === 'mips64' ? addressOf(registers?.['Cause']) : undefined
  return marked >= 0 && cause !== undefined && (cause & IN_DELAY_SLOT) !== 0n ? marked + 1 : marked
}

/** Which register held the pointer, when operand, registers and the fault's address agree; undefined otherwise. */
export function explainOperand(report: Report): Finding | undefined {
  const { arch, code } = report
  const instruction = code?.instructions?.[failedIndex(report, code.instructions)]
  if (arch === undefined || instruction === undefined || report.severity === 'user') return undefined
  const operand = memoryOperand(arch, instruction.text)
  if (operand === undefined) return undefined
  const evidence = new Evidence(report)
  const { base: baseName, index: indexName } = operand
  const base = baseName === undefined || isNothing(arch, baseName) ? undefined : registerValue(report, arch, baseName)
  const index = registerValue(report, arch, indexName)
  if (base === undefined && index === undefined) return undefined
  if (
    (baseName !== undefined && base === undefined && !isNothing(arch, baseName)) ||
    (indexName !== undefined && index === undefined)
  ) {
    return undefined
  }
  const sum = (base?.value ?? 0n) + (index?.value ?? 0n) * operand.scale + operand.displacement
  const effective = BigInt.asUintN(evidence.wordBits, sum)
  const fault = evidence.faultAddress
  // Where the kernel prints the page, or the first byte that was not there, of a larger access.
  const agrees =
    fault !== undefined &&
    ((fault >= effective && fault - effective < 64n) ||
      // s390's translation-exception identification has no bits below the page's.
      (arch === 's390x' && fault % 4096n === 0n && effective - fault < 4096n && effective >= fault))
  if (fault !== undefined && !agrees) return undefined
  if (fault === undefined && report.kind !== 'general-protection' && report.kind !== 'stack-segment') return undefined
  const parts = [
    ...(base ? [base.name] : []),
    ...(index ? [operand.scale === 1n ? index.name : `${index.name} * ${operand.scale}`] : []),
    ...(operand.displacement === 0n
      ? []
      : [operand.displacement < 0n ? `- ${hex(-operand.displacement)}` : hex(operand.displacement)]),
  ]
  const address = parts.join(' + ').replaceAll('+ - ', '- ')
  const held = [base, index].filter(value => value !== undefined)
  const values = held.map(({ name, value }) => `${name} = ${hex(value)}`).join(', ')
  return {
    what: say`The address came from ${held.map(({ name }) => name).join(' and ')}: ${instruction.text.replace(/\s+/g, ' ')}`,
    because: agrees
      ? say`${address} is ${hex(effective)}, where the fault is: ${values}`
      : say`${address} comes to ${hex(effective)}: ${values}`,
    evidence: [...new Set([...evidence.faultLines, ...held.flatMap(({ name }) => evidence.lineOf(name))])].sort(
      (one, other) => one - other,
    ),
    confidence: agrees ? 'certain' : 'likely',
    next: say`Find where ${evidence.function ?? say`the function`} gets ${held[0]?.name}: the instructions before, and the source with --vmlinux.`,
  }
}
