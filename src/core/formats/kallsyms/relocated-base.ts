// In relocatable kernels that are linked with --no-apply-dynamic-relocs (arm64, loongarch, riscv, s390) a word that holds an
// address is zero in the image; the address stands in .rela.dyn, which the kernel applies to itself at boot.

import type { ByteOrder } from '../../bytes/cursor.ts'

const ENTRY_BYTES = 24
/** Fewer of one type behind the other are no table. */
const MIN_ENTRIES = 64
/** R_*_RELATIVE of the architectures are small numbers; the largest is arm64's 1027. */
const MAX_TYPE = 2048
/** Kernels are linked to a multiple of this. */
const LINK_ALIGN = 0x1000n
/** Between the beginning of the image and its first symbol there may be a header and the code that starts it. */
const MAX_HEAD_BYTES = 0x20000n

/**
 * The address that boot writes to offset `place` of an image of memory, when it is the image's beginning or near it, as
 * kallsyms_relative_base is; undefined when no relocation says so.
 */
export function relocatedBase(bytes: Uint8Array, order: ByteOrder, place: number): bigint | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const little = order === 'little'
  let best: { value: bigint; distance: bigint } | undefined
  for (const { first, count } of relocationTables(view, little)) {
    for (let i = 0; i < count; i++) {
      const entry = first + i * ENTRY_BYTES
      const imageStart = view.getBigUint64(entry, little) - BigInt(place)
      const value = view.getBigUint64(entry + 16, little)
      // Few entries fit both: where the image would begin, and what is written there; the nearest is it.
      const distance = value - imageStart
      if (imageStart % LINK_ALIGN !== 0n || value % LINK_ALIGN !== 0n || distance < 0n || distance > MAX_HEAD_BYTES)
        continue
      if (best === undefined || distance < best.distance) best = { value, distance }
    }
  }
  return best?.value
}

interface RelocationTable {
  first: number
  count: number
}

/** Runs of Elf64_Rela with one type, no symbol, and ascending places. */
function* relocationTables(view: DataView, little: boolean): Generator<RelocationTable> {
  const [low, high] = little ? [0, 4] : [4, 0]
  const typeAt = (at: number): number =>
    at + ENTRY_BYTES <= view.byteLength && view.getUint32(at + 8 + high, little) === 0
      ? view.getUint32(at + 8 + low, little)
      : 0
  const rises = (at: number): boolean => {
    const [before, here] = [view.getUint32(at - ENTRY_BYTES + high, little), view.getUint32(at + high, little)]
    if (before !== here) return here > before
    return view.getUint32(at + low, little) > view.getUint32(at - ENTRY_BYTES + low, little)
  }
  for (let at = 0; at + ENTRY_BYTES * MIN_ENTRIES <= view.byteLength; at += 8) {
    const type = typeAt(at)
    if (type === 0 || type > MAX_TYPE) continue
    let end = at + ENTRY_BYTES
    while (typeAt(end) === type && rises(end)) end += ENTRY_BYTES
    const count = (end - at) / ENTRY_BYTES
    if (count >= MIN_ENTRIES) yield { first: at, count }
    if (count > 2) at = end - 8 - ENTRY_BYTES
  }
}
