// .lzma, the format before xz, in which some kernels are packed. LZMA specification, "LZMA file format encoding".

import { Dictionary, LzmaDecoder } from './lzma.ts'
import { StreamDamage } from './stream-decoder.ts'
import { MAX_DICTIONARY_BYTES } from './xz.ts'

const HEADER_BYTES = 13
/** So much is decoded before it is handed out, and the rest of a match. */
const STEP_BYTES = 1024 * 1024
const LONGEST_MATCH = 273

/**
 * lc, lp and pb of the streams that are recognised: the kernel's own, as `lzma -9` writes them, and those that boards'
 * firmware was tuned for, lc=1 lp=2 pb=2. The format has no magic number.
 */
export const LZMA_PROPERTIES = [0x5d, 0x6d]

/** Whether a header stands here: known properties, a dictionary of a power of two, a size or none. */
export function looksLikeLzma(bytes: Uint8Array): boolean {
  if (bytes.length < HEADER_BYTES + 5 || !LZMA_PROPERTIES.includes(bytes[0]!) || bytes[HEADER_BYTES] !== 0) return false
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES)
  const dictionary = view.getUint32(1, true)
  const [low, high] = [view.getUint32(5, true), view.getUint32(9, true)]
  const powerOfTwo = dictionary >= 4096 && (dictionary & (dictionary - 1)) === 0
  return powerOfTwo && (high === 0 || (high === 0xffffffff && low === 0xffffffff))
}

/** The pieces of one .lzma file; what follows its end is not looked at. Throws StreamDamage. */
export function* decodeLzmaAlone(bytes: Uint8Array): Generator<Uint8Array, void> {
  if (bytes.length < HEADER_BYTES) throw new StreamDamage('truncated', 'lzma header')
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES)
  const dictionaryBytes = view.getUint32(1, true)
  if (dictionaryBytes > MAX_DICTIONARY_BYTES) {
    throw new StreamDamage('unsupported', `lzma dictionary of ${dictionaryBytes} bytes`)
  }
  const [low, high] = [view.getUint32(5, true), view.getUint32(9, true)]
  // All ones: the end is marked instead.
  const marked = low === 0xffffffff && high === 0xffffffff
  let left = marked ? Number.POSITIVE_INFINITY : high * 2 ** 32 + low
  const dictionary = new Dictionary(dictionaryBytes)
  const decoder = new LzmaDecoder(dictionary)
  decoder.setProperties(bytes[0]!, 12)
  decoder.start(bytes.subarray(HEADER_BYTES))
  while (left > 0) {
    const wanted = Math.min(left, STEP_BYTES)
    const beyond = Math.min(left - wanted, LONGEST_MATCH)
    dictionary.reserve(wanted + beyond)
    const done = decoder.more(wanted, beyond)
    if (done > 0) yield dictionary.last(done)
    left -= done
    if (decoder.ended) return
    if (done < wanted) throw new StreamDamage('truncated', 'lzma: the input ends before its data')
  }
}
