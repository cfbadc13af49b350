// Where the sections of a file stand in memory, as numbers counted from a base (cursor.ts, AddressBase).

import { type AddressBase, addressBase } from '../../bytes/cursor.ts'
import { type ElfHeader, ET_REL } from './header.ts'
import { type Section, SHF_ALLOC, SHF_EXECINSTR } from './sections.ts'

export interface Layout {
  base: AddressBase
  /** section index → its start; NaN for those that are not loaded */
  starts: Float64Array
}

const PAGE_BYTES = 4096

/**
 * The sections of a relocatable file all have the address 0. They are laid out one behind the other here, each at a page
 * of its own, so that an address says which section it is in and an address 0 is nobody's.
 */
export function layoutOf(header: ElfHeader, sections: readonly Section[]): Layout {
  const starts = new Float64Array(sections.length).fill(Number.NaN)
  const loaded = sections.filter(section => (section.flags & SHF_ALLOC) !== 0n)
  if (header.type === ET_REL) {
    let next = PAGE_BYTES
    for (const section of loaded) {
      starts[section.index] = next
      next += Math.ceil((section.size + 1) / PAGE_BYTES) * PAGE_BYTES
    }
    return { base: addressBase(0n), starts }
  }
  const code = loaded.filter(section => (section.flags & SHF_EXECINSTR) !== 0n)
  let lowest: bigint | undefined
  for (const { address } of code.length > 0 ? code : loaded) {
    if (lowest === undefined || address < lowest) lowest = address
  }
  const base = addressBase(header.wordBytes === 4 ? 0n : (lowest ?? 0n))
  for (const section of loaded) starts[section.index] = Number(section.address - base.address)
  return { base, starts }
}
