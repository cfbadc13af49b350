// x86 by iced-x86, in the syntax of the GNU tools.

import { Decoder, DecoderOptions, FlowControl, Formatter, FormatterSyntax, OpKind } from 'iced-x86'
import type { InstructionSet } from '../../core/localise/instruction-set.ts'
import type { DecodedInstruction, Disassembler } from '../../core/localise/instructions.ts'

/** No instruction is longer. */
const MAX_BYTES = 15

export function x86Disassembler({ bits }: InstructionSet): Disassembler {
  const formatter = new Formatter(FormatterSyntax.Gas)
  formatter.hexPrefix = '0x'
  formatter.uppercaseHex = false
  formatter.smallHexNumbersInDecimal = false
  formatter.alwaysShowScale = true
  formatter.showZeroDisplacements = true
  formatter.branchLeadingZeros = false
  formatter.ripRelativeAddresses = true
  return { decode: (code, address) => decode(formatter, bits, code, address) }
}

function decode(
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
    const text = formatter.format(instruction).replaceAll(',)', ')')
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
