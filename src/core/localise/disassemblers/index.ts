// Which library reads which instructions; the host loads them, WebAssembly of several megabytes, when the first code of
// their kind is met.
//
// How to add one: a file beside this one that makes a Disassembler of the library, a loader in Libraries, a line in `makers`.

import type { InstructionSet } from '../instruction-set.ts'
import type { Disassembler, FindDisassembler } from '../instructions.ts'
import { loongarchDisassembler } from '../loongarch.ts'
import { type CapstoneModule, capstoneDisassembler } from './capstone.ts'
import { type IcedX86, x86Disassembler } from './x86.ts'

/** Each gives undefined where the host does not have it: then code stays bytes. */
export interface Libraries {
  iced(): Promise<IcedX86 | undefined>
  capstone(): Promise<CapstoneModule | undefined>
}

type Maker = (set: InstructionSet, libraries: Libraries) => Promise<Disassembler | undefined>

const capstone: Maker = async (set, libraries) => {
  const library = await libraries.capstone()
  return library && capstoneDisassembler(library, set)
}

const makers: Partial<Record<InstructionSet['name'], Maker>> = {
  x86: async (set, libraries) => {
    const library = await libraries.iced()
    return library && x86Disassembler(library, set)
  },
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

export function disassemblersBy(libraries: Libraries): FindDisassembler {
  const made = new Map<string, Promise<Disassembler | undefined>>()
  return async set => {
    const key = `${set.name} ${set.bits}`
    const maker = makers[set.name]
    if (maker !== undefined && !made.has(key)) made.set(key, maker(set, libraries))
    return made.get(key)
  }
}
