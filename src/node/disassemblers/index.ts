// Disassemblers from npm packages, loaded when the first code of their kind is met: WebAssembly of several megabytes.
//
// How to add one: a file beside this one that makes a Disassembler, a line in `makers`.

import type { InstructionSet } from '../../core/localise/instruction-set.ts'
import type { Disassembler, FindDisassembler } from '../../core/localise/instructions.ts'
import { loongarchDisassembler } from '../../core/localise/loongarch.ts'

type Maker = (set: InstructionSet) => Promise<Disassembler>

const capstone: Maker = async set => (await import('./capstone.ts')).capstoneDisassembler(set)

const makers: Partial<Record<InstructionSet['name'], Maker>> = {
  x86: async set => (await import('./x86.ts')).x86Disassembler(set),
  arm: capstone,
  thumb: capstone,
  arm64: capstone,
  powerpc: capstone,
  mips: capstone,
  riscv: capstone,
  s390x: capstone,
  sparc: capstone,
  m68k: capstone,
  loongarch: async () => loongarchDisassembler,
}

const made = new Map<string, Promise<Disassembler | undefined>>()

export const findDisassembler: FindDisassembler = async set => {
  const key = `${set.name} ${set.bits}`
  const maker = makers[set.name]
  if (maker !== undefined && !made.has(key)) made.set(key, maker(set).catch(orNone))
  return made.get(key)
}

/** A board may have the command without npm's packages: then code stays bytes. */
function orNone(error: unknown): undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw error
  return undefined
}
