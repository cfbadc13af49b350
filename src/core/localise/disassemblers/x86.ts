// x86 by iced-x86, in the syntax of the GNU tools. The host loads its WebAssembly.

import type { InstructionSet } from '../instruction-set.ts'
import type { DecodedInstruction, Disassembler } from '../instructions.ts'
import { gnuText } from './gnu-names.ts'

/** What is used of iced-x86. */
export interface IcedX86 {
  Decoder: new (bits: number, code: Uint8Array, options: number) => { ip: bigint; decode(): Instruction; free(): void }
  Formatter: new (syntax: number) => Formatter
  DecoderOptions: { None: number }
  FormatterSyntax: { Gas: number }
  FlowControl: { Next: number }
  OpKind: { NearBranch16: number; NearBranch32: number; NearBranch64: number }
}

interface Instruction {
  readonly isInvalid: boolean
  readonly length: number
  readonly op0Kind: number
  readonly flowControl: number
  readonly nearBranchTarget: bigint
  free(): void
}

interface Formatter {
  hexPrefix: string
  uppercaseHex: boolean
  smallHexNumbersInDecimal: boolean
  alwaysShowScale: boolean
  showZeroDisplacements: boolean
  branchLeadingZeros: boolean
  ripRelativeAddresses: boolean
  showUselessPrefixes: boolean
  format(instruction: Instruction): string
}

/** No instruction is longer. */
const MAX_BYTES = 15

export function x86Disassembler(iced: IcedX86, { bits }: InstructionSet): Disassembler {
  const formatter = new iced.Formatter(iced.FormatterSyntax.Gas)
  formatter.hexPrefix = '0x'
  formatter.uppercaseHex = false
  formatter.smallHexNumbersInDecimal = false
  formatter.alwaysShowScale = true
  formatter.showZeroDisplacements = true
  formatter.branchLeadingZeros = false
  formatter.ripRelativeAddresses = true
  formatter.showUselessPrefixes = true
  return { decode: (code, address) => decode(iced, formatter, bits, code, address) }
}

function decode(
  { Decoder, DecoderOptions, FlowControl, OpKind }: IcedX86,
  formatter: Formatter,
  bits: 32 | 64,
  code: Uint8Array,
  address: bigint,
): DecodedInstruction | undefined {
  const decoder = new Decoder(bits, code.subarray(0, MAX_BYTES), DecoderOptions.None)
  decoder.ip = address
  const instruction = decoder.decode()
  try {
    if (instruction.isInvalid) return undefined
    // Its way of showing that there is no index.
    const formatted = formatter.format(instruction).replaceAll(',)', ')')
    const text = gnuText('x86', longNop(formatted, code))
    const isBranch =
      instruction.op0Kind === OpKind.NearBranch64 ||
      instruction.op0Kind === OpKind.NearBranch32 ||
      instruction.op0Kind === OpKind.NearBranch16
    const flows = instruction.flowControl !== FlowControl.Next
    return { bytes: instruction.length, text, ...(isBranch && flows ? { target: instruction.nearBranchTarget } : {}) }
  } finally {
    instruction.free()
    decoder.free()
  }
}

/** The longest nops have more prefixes than an instruction can use: objdump shows each. */
function longNop(text: string, code: Uint8Array): string {
  if (!text.startsWith('nopw %cs:')) return text
  let prefixes = 0
  while (code[prefixes] === 0x66) prefixes++
  return `${'data16 '.repeat(Math.max(0, prefixes - 1))}cs nopw ${text.slice('nopw %cs:'.length)}`
}
