// The ring buffers before 5.10: records of variable length (3.5 to 5.9, struct printk_log, `struct log` at first), and
// before that plain text.

import type { KernelMemory } from './kernel-memory.ts'
import { printkLine } from './printk-line.ts'
import { levelOf, type RingText } from './printk-ringbuffer.ts'

const MAX_RING_BYTES = 256 * 1024 * 1024

/** Records from log_first_idx to log_next_idx; one of length 0 says that the next is at the beginning. */
export async function readPrintkLog(memory: KernelMemory): Promise<RingText | undefined> {
  const { info } = memory
  const name = info.size('printk_log') === undefined ? 'log' : 'printk_log'
  const headerBytes = info.size(name)
  const at = {
    nanoseconds: info.offset(`${name}.ts_nsec`),
    length: info.offset(`${name}.len`),
    textLength: info.offset(`${name}.text_len`),
    dictionaryLength: info.offset(`${name}.dict_len`),
  }
  const [first, next] = [await number(memory, 'log_first_idx'), await number(memory, 'log_next_idx')]
  const ring = await ringOf(memory)
  if (ring === undefined || first === undefined || next === undefined || headerBytes === undefined) return undefined
  const { nanoseconds, length, textLength, dictionaryLength } = at
  if (nanoseconds === undefined || length === undefined || textLength === undefined || dictionaryLength === undefined) {
    return undefined
  }
  const lines: Uint8Array[] = []
  let index = first
  let wrapped = false
  while (index !== next) {
    if (index + headerBytes > ring.length) return { lines, damage: ['a record begins outside of the ring'] }
    const recordBytes = ring.seek(index + length).u16()
    if (recordBytes === 0) {
      if (wrapped) return { lines, damage: ['the records do not end'] }
      wrapped = true
      index = 0
      continue
    }
    const textBytes = ring.seek(index + textLength).u16()
    if (recordBytes < headerBytes || index + headerBytes + textBytes > ring.length) {
      return { lines, damage: ['a record runs over'] }
    }
    const facility = ring.seek(index + dictionaryLength + 2).u8()
    const level = levelOf(ring.u8(), ring.order)
    const text = ring.window(index + headerBytes, textBytes).bytes
    lines.push(...printkLine({ nanoseconds: ring.seek(index + nanoseconds).u64(), facility, level, text }))
    index += recordBytes
  }
  return { lines, damage: [] }
}

/** Before 3.5: the last bytes written, as far as they are not overwritten; what `dmesg -c` took from view too. */
export async function readPlainLog(memory: KernelMemory): Promise<RingText | undefined> {
  const end = await number(memory, 'log_end')
  const ring = await ringOf(memory)
  if (ring === undefined || end === undefined || memory.info.symbol('log_first_idx') !== undefined) return undefined
  const size = ring.length
  const turn = end % size
  const text = end >= size ? [ring.bytes.subarray(turn), ring.bytes.subarray(0, turn)] : [ring.bytes.subarray(0, end)]
  return { lines: text, damage: [] }
}

async function number(memory: KernelMemory, symbol: string): Promise<number | undefined> {
  const address = memory.info.symbol(symbol)
  return address === undefined ? undefined : memory.u32(address)
}

async function ringOf(memory: KernelMemory) {
  const address = await memory.pointer('log_buf')
  const size = await number(memory, 'log_buf_len')
  if (address === undefined || size === undefined || size === 0 || size > MAX_RING_BYTES) return undefined
  return memory.cursor(address, size)
}
