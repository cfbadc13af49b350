// In relocatable kernels that are linked with --no-apply-dynamic-relocs (arm64, loongarch, riscv) a word that holds an
// address is zero in the image; the address stands in .rela.dyn, which the kernel applies to itself at boot.

import type { ByteOrder } from '../../bytes/cursor.ts'

const ENTRY_BYTES = 24
/** Fewer of one type behind the other are no table. */
const MIN_ENTRIES = 64
/** Kernels are linked to a multiple of this. */
const LINK_ALIGN = 0x1000n

/**
 * The address that boot writes to offset `place` of an image of memory, when it is the image's beginning or near it, as
 * kallsyms_relative_base is; undefined when no relocation says so.
 */
export function relocatedBase(bytes: Uint8Array, order: ByteOrder, place: number): bigint | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const little = order === 'little'
  for (const { first, count } of relocationTables(view, little)) {
    for (let i = 0; i < count; i++) {
      const entry = first + i * ENTRY_BYTES
      const imageStart = view.getBigUint64(entry, little) - BigInt(place)
      const value = view.getBigUint64(entry + 16, little)
      // Only the beginning of the image fits both: where it is, and what is written there.
      if (imageStart % LINK_ALIGN === 0n && value >= imageStart && value - imageStart < 0x20000n) return value
    }
  }
  return undefined
}

interface RelocationTable {
  first: number
  count: number
}

/** Runs of Elf64_Rela with one type, no symbol, and ascending places in the kernel's half of memory. */
function* relocationTables(view: DataView, little: boolean): Generator<RelocationTable> {
  const [low, high] = little ? [0, 4] : [4, 0]
  const isEntry = (at: number, type: number): boolean =>
    at + ENTRY_BYTES <= view.byteLength &&
    view.getUint32(at + 8 + low, little) === type &&
    view.getUint32(at + 8 + high, little) === 0 &&
    view.getUint32(at + high, little) >= 0x80000000
  for (let at = 0; at + ENTRY_BYTES * MIN_ENTRIES <= view.byteLength; at += 8) {
    const type = view.getUint32(at + 8 + low, little)
    if (type === 0 || type > 0xffff || !isEntry(at, type) || !isEntry(at + ENTRY_BYTES, type)) continue
    let end = at
    while (isEntry(end, type)) end += ENTRY_BYTES
    const count = (end - at) / ENTRY_BYTES
    if (count >= MIN_ENTRIES) yield { first: at, count }
    if (count > 1) at = end - 8
  }
}
