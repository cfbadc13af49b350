// Error correction of a ramoops zone: fs/pstore/ram_core.c, persistent_ram_init_ecc(). Behind the data stands the parity of
// each of its blocks, and last the header's.

import { type ByteOrder, Cursor } from '../../bytes/cursor.ts'
import { correct } from './reed-solomon.ts'

/** `ramoops.ecc=`: 1 means 16 bytes, other numbers themselves. Fewer than 8 fit chance bytes too easily. */
export const eccSizes: readonly number[] = [16, 32, 8, 64]

const BLOCK_BYTES = 128
const HEADER_BYTES = 12

export interface EccLayout {
  blockBytes: number
  eccBytes: number
  /** of the zone without header and parity */
  dataBytes: number
  /** of parts, counted from the zone's header */
  blockParity: number
  headerParity: number
}

/** `bufferBytes`: the zone without its header. Undefined when it is too small for its parity. */
export function layoutWithEcc(bufferBytes: number, eccBytes: number): EccLayout | undefined {
  const blocks = Math.ceil((bufferBytes - eccBytes) / (BLOCK_BYTES + eccBytes))
  const total = (blocks + 1) * eccBytes
  if (blocks < 1 || total >= bufferBytes) return undefined
  const dataBytes = bufferBytes - total
  const blockParity = HEADER_BYTES + dataBytes
  return { blockBytes: BLOCK_BYTES, eccBytes, dataBytes, blockParity, headerParity: blockParity + blocks * eccBytes }
}

/** Repairs `length` bytes at `start` with the parity at `parity`; how many were wrong, undefined when it cannot be done. */
function repair(zone: Uint8Array, start: number, length: number, parity: number, eccBytes: number): number | undefined {
  const codeword = new Uint8Array(length + eccBytes)
  codeword.set(zone.subarray(start, start + length))
  codeword.set(zone.subarray(parity, parity + eccBytes), length)
  const wrong = correct(codeword, eccBytes)
  if (wrong !== undefined && wrong > 0) zone.set(codeword.subarray(0, length), start)
  return wrong
}

export function repairHeader(zone: Uint8Array, { headerParity, eccBytes }: EccLayout): number | undefined {
  return repair(zone, 0, HEADER_BYTES, headerParity, eccBytes)
}

/** Repairs the blocks that hold data, once the header is right: persistent_ram_ecc_old(). */
export function repairZone(
  zone: Uint8Array,
  { blockBytes, eccBytes, dataBytes, blockParity }: EccLayout,
  order: ByteOrder,
): { correctedBytes: number; lostBlocks: number } {
  const used = Math.min(new Cursor('ramoops', zone, order).skip(8).u32(), dataBytes)
  let correctedBytes = 0
  let lostBlocks = 0
  for (let block = 0; block * blockBytes < used; block++) {
    const start = block * blockBytes
    const length = Math.min(blockBytes, dataBytes - start)
    const wrong = repair(zone, HEADER_BYTES + start, length, blockParity + block * eccBytes, eccBytes)
    if (wrong === undefined) lostBlocks++
    else correctedBytes += wrong
  }
  return { correctedBytes, lostBlocks }
}
