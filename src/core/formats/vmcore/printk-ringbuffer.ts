// The lockless ring buffer of 5.10 and later: kernel/printk/printk_ringbuffer.h. Three arrays: descriptors, what is known of
// each record, and text; the first two have the same index.

import type { Cursor } from '../../bytes/cursor.ts'
import type { KernelMemory } from './kernel-memory.ts'
import { type PrintkRecord, printkLine } from './printk-line.ts'

/** CONFIG_LOG_BUF_SHIFT is 25 at most, log_buf_len= 2 GiB; so much of it is read. */
const MAX_RING_BYTES = 256 * 1024 * 1024

/** The two top bits of a descriptor's state. */
const COMMITTED = 1n
const FINALIZED = 2n

export interface RingText {
  lines: Uint8Array[]
  damage: string[]
}

/** Undefined when this kernel has no such ring, or its place cannot be read. */
export async function readPrintkRingbuffer(memory: KernelMemory): Promise<RingText | undefined> {
  const { info, wordBytes } = memory
  const ring = await memory.pointer('prb')
  const need = (name: string): number => info.offset(name) ?? Number.NaN
  const sizes = {
    desc: info.size('prb_desc') ?? Number.NaN,
    info: info.size('printk_info') ?? Number.NaN,
  }
  const at = {
    descRing: need('printk_ringbuffer.desc_ring'),
    textRing: need('printk_ringbuffer.text_data_ring'),
    counter: info.offset('atomic_long_t.counter') ?? 0,
    countBits: need('prb_desc_ring.count_bits'),
    descs: need('prb_desc_ring.descs'),
    infos: need('prb_desc_ring.infos'),
    headId: need('prb_desc_ring.head_id'),
    tailId: need('prb_desc_ring.tail_id'),
    sizeBits: need('prb_data_ring.size_bits'),
    data: need('prb_data_ring.data'),
    state: need('prb_desc.state_var'),
    text: need('prb_desc.text_blk_lpos'),
    begin: need('prb_data_blk_lpos.begin'),
    next: need('prb_data_blk_lpos.next'),
    nanoseconds: need('printk_info.ts_nsec'),
    textLength: need('printk_info.text_len'),
  }
  if (ring === undefined || [...Object.values(at), ...Object.values(sizes)].some(Number.isNaN)) return undefined
  const place = (...offsets: number[]): bigint => ring + BigInt(offsets.reduce((sum, each) => sum + each, 0))
  const countBits = await memory.u32(place(at.descRing, at.countBits))
  const sizeBits = await memory.u32(place(at.textRing, at.sizeBits))
  const descs = await memory.word(place(at.descRing, at.descs))
  const infos = await memory.word(place(at.descRing, at.infos))
  const data = await memory.word(place(at.textRing, at.data))
  const head = await memory.word(place(at.descRing, at.headId, at.counter))
  const tail = await memory.word(place(at.descRing, at.tailId, at.counter))
  if (descs === undefined || infos === undefined || data === undefined || head === undefined || tail === undefined) {
    return undefined
  }
  if (countBits === undefined || sizeBits === undefined || countBits > 31 || sizeBits > 31) return undefined
  const count = 2 ** countBits
  if (2 ** sizeBits > MAX_RING_BYTES || count * Math.max(sizes.desc, sizes.info) > MAX_RING_BYTES) return undefined
  const [descriptors, known, text] = [
    await memory.cursor(descs, count * sizes.desc),
    await memory.cursor(infos, count * sizes.info),
    await memory.read(data, 2 ** sizeBits),
  ]
  if (descriptors === undefined || known === undefined || text === undefined) return undefined

  const word = (cursor: Cursor, offset: number): bigint => cursor.seek(offset).word(wordBytes)
  const idMask = (1n << BigInt(wordBytes * 8 - 2)) - 1n
  const callerOffset = info.offset('printk_info.caller_id')
  const lines: Uint8Array[] = []
  let torn = 0
  let id = tail & idMask
  for (let step = 0; step < count; step++, id = (id + 1n) & idMask) {
    const index = Number(id % BigInt(count))
    const state = word(descriptors, index * sizes.desc + at.state + at.counter)
    const kind = state >> BigInt(wordBytes * 8 - 2)
    if ((state & idMask) === id && (kind === COMMITTED || kind === FINALIZED)) {
      const start = index * sizes.desc + at.text
      const found = textOf(text, word(descriptors, start + at.begin), word(descriptors, start + at.next), wordBytes)
      if (found === undefined) torn++
      else {
        const record = recordOf(known, index * sizes.info, at, callerOffset)
        lines.push(...printkLine({ ...record, text: found.subarray(0, record.length) }))
      }
    }
    if (id === (head & idMask)) break
  }
  return { lines, damage: torn === 0 ? [] : [`the text of ${torn} records is gone`] }
}

function recordOf(
  known: Cursor,
  start: number,
  at: { nanoseconds: number; textLength: number },
  callerOffset: number | undefined,
): Omit<PrintkRecord, 'text'> & { length: number } {
  const nanoseconds = known.seek(start + at.nanoseconds).u64()
  const length = known.seek(start + at.textLength).u16()
  const facility = known.u8()
  const flags = known.u8()
  const caller = callerOffset === undefined ? 0 : known.seek(start + callerOffset).u32()
  return {
    nanoseconds,
    facility,
    level: levelOf(flags, known.order),
    length,
    ...(caller === 0 ? {} : { caller }),
  }
}

/** `u8 flags:5, level:3`: bit-fields begin at the low end of a little-endian machine, at the high end of a big-endian one. */
export const levelOf = (byte: number, order: Cursor['order']): number => (order === 'little' ? byte >> 5 : byte & 7)

/**
 * A record's text: behind the descriptor's number in [begin, next), or at the beginning of the ring where the block did not
 * fit in at its end. Empty for a record without text, undefined for one whose text was lost.
 */
function textOf(ring: Uint8Array, begin: bigint, next: bigint, wordBytes: number): Uint8Array | undefined {
  // BLK_DATALESS; FAILED_LPOS is 1, the other odd ones say that there is none
  if ((begin & 1n) === 1n) return begin === 1n ? undefined : new Uint8Array(0)
  const size = BigInt(ring.length)
  const [from, to] = [Number(begin % size), Number(next % size)]
  const sameTurn = begin / size === next / size
  const start = sameTurn || to === 0 ? from : 0
  const end = sameTurn ? to : to === 0 ? ring.length : to
  if (start + wordBytes > end) return undefined
  return ring.subarray(start + wordBytes, end)
}
