// Everything but x86 by Capstone 5, compiled to WebAssembly, which the host loads.

import type { InstructionSet } from '../instruction-set.ts'
import type { DecodedInstruction, Disassembler } from '../instructions.ts'
import { gnuText } from './gnu-names.ts'

/** What is used of @alexaltea/capstone-js, which has no types. Its operand details are wrong in 5.0.9: text is parsed. */
export interface CapstoneModule {
  Capstone: new (
    arch: number,
    mode: number,
  ) => {
    /** Throws a string when the first bytes are no instruction. */
    disasm(code: Uint8Array, address: bigint, most: number): { mnemonic: string; op_str: string; size: number }[]
  }
  [constant: `ARCH_${string}` | `MODE_${string}`]: number
}

type Mode = (bits: 32 | 64) => readonly [arch: `ARCH_${string}`, ...modes: `MODE_${string}`[]]

// Words are laid out little-endian for machines of both orders (instruction-set.ts).
const modes: Partial<Record<InstructionSet['name'], Mode>> = {
  arm: () => ['ARCH_ARM', 'MODE_ARM', 'MODE_V8'],
  thumb: () => ['ARCH_ARM', 'MODE_THUMB', 'MODE_V8'],
  arm64: () => ['ARCH_ARM64', 'MODE_ARM'],
  powerpc: bits => ['ARCH_PPC', bits === 64 ? 'MODE_64' : 'MODE_32'],
  mips: bits => ['ARCH_MIPS', bits === 64 ? 'MODE_MIPS64' : 'MODE_MIPS32'],
  riscv: bits => ['ARCH_RISCV', bits === 64 ? 'MODE_RISCV64' : 'MODE_RISCV32', 'MODE_RISCVC'],
  s390x: () => ['ARCH_SYSZ', 'MODE_BIG_ENDIAN'],
  sparc: () => ['ARCH_SPARC', 'MODE_BIG_ENDIAN', 'MODE_V9'],
  m68k: () => ['ARCH_M68K', 'MODE_BIG_ENDIAN', 'MODE_M68K_040'],
}

export function capstoneDisassembler(cs: CapstoneModule, set: InstructionSet): Disassembler {
  const [arch, ...flags] = modes[set.name]!(set.bits)
  const mode = flags.reduce((sum, flag) => (sum | cs[flag]!) >>> 0, 0)
  const engine = new cs.Capstone(cs[arch]!, mode)
  return {
    decode: (code, address) => {
      try {
        const [instruction] = engine.disasm(code.subarray(0, 8), address, 1)
        return instruction && decoded(set, instruction, address)
      } catch (error) {
        if (typeof error === 'string') return undefined
        throw error
      }
    },
  }
}

const condition = '(?:eq|ne|cs|hs|cc|lo|mi|pl|vs|vc|hi|ls|ge|lt|gt|le|al)'

/** Mnemonics whose last operand is the address that they go to. */
const branches: Partial<Record<InstructionSet['name'], RegExp>> = {
  arm: new RegExp(`^(?:b|bl|blx)${condition}?$`),
  thumb: new RegExp(`^(?:b|bl|blx)${condition}?(?:[.]w)?$|^cbn?z$`),
  arm64: new RegExp(`^(?:b|bl|b[.]${condition}|cbn?z|tbn?z)$`),
  powerpc: /^b(?:l|c|cl|dn?z|eq|ne|lt|gt|le|ge|so|ns|un|nu)?[-+]?$/,
  mips: /^(?:b|bal|j|jal|b(?:eq|ne|gez|gtz|lez|ltz|eqz|nez|gezal|ltzal)l?)$/,
  riscv: /^(?:c[.])?(?:j|jal|b(?:eq|ne|lt|ge|ltu|geu|eqz|nez|gez|lez|gtz|ltz))$/,
  s390x: /^(?:j|jg|br[ac]\w*|j[a-z]{1,3}|jg[a-z]{1,3}|brasl|brcl?|c[a-z]{1,4}j[a-z]{0,3})$/,
  sparc: /^(?:b\w*|call|fb\w*)(?:,\w+)*$/,
  m68k: /^(?:b\w\w|bra|bsr|db\w+)(?:[.]\w)?$/,
}

/** Whose branches Capstone gives the distance of. */
const relative: ReadonlySet<InstructionSet['name']> = new Set(['riscv'])

function decoded(
  set: InstructionSet,
  { mnemonic, op_str, size }: { mnemonic: string; op_str: string; size: number },
  address: bigint,
): DecodedInstruction {
  // No number is longer than a line of the kernel's log.
  const operands = op_str.slice(0, 200)
  const named = operands === '' ? mnemonic : `${mnemonic} ${operands}`
  const text = gnuText(set.name, named)
  if (branches[set.name]?.test(mnemonic) !== true) return { bytes: size, text }
  const last = /(?<![\w%$])#?(?<sign>-?)(?<digits>0x[0-9a-f]{1,16}|\d{1,2})$/.exec(text)
  if (last === null) return { bytes: size, text }
  const value = BigInt(last.groups!['digits']!)
  // Addresses of the upper half may come as negative numbers.
  const operand = last.groups!['sign'] === '-' ? -value : value
  const target = BigInt.asUintN(set.bits, relative.has(set.name) ? address + operand : operand)
  return { bytes: size, text: `${text.slice(0, last.index)}0x${target.toString(16)}`, target }
}
