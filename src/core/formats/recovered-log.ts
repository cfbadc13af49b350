// What a reader of a dead kernel's memory or store gives: text, where it stood, and what is wrong with it.

import { decodeLz4Block } from './lz4.ts'
import { decodeLzo1x } from './lzo.ts'
import { StreamDamage } from './stream-decoder.ts'
import { zstdFrameBytes } from './zstd.ts'

/** What the host lends such a reader. */
export interface RecoverHost {
  /**
   * What these bytes hold, as far as they can be inflated: `raw` without header and checksum (RFC 1951), `zlib` with them
   * (RFC 1950). At most `limit` bytes. `damage` says why it is not all.
   */
  inflate(bytes: Uint8Array, form: 'raw' | 'zlib', limit: number): Promise<Inflated>
  /** One zstd frame of at most `limit` bytes; undefined when it is damaged. */
  zstd(frame: Uint8Array, limit: number): Promise<Uint8Array | undefined>
}

export interface Inflated {
  bytes: Uint8Array
  damage?: string
}

export interface RecoveredLog {
  /** as pstore would name the file: dmesg-ramoops-0 */
  name: string
  /** who wrote the text: the kernel, or programs by way of pmsg */
  by: 'kernel' | 'user'
  /** of its first byte in the image */
  offset: number
  /** when it was written, microseconds since 1970 */
  wallUs?: number
  text: Uint8Array
  /** a sentence for each thing that is wrong */
  damage: string[]
  /** of the boot that wrote it, where the store keeps it */
  bootId?: string
  /** what the store tells of the event beside its text, a line each */
  about?: string[]
  /** what the store says of the kernel that wrote it, beside the log */
  kernel?: { release?: string; buildId?: string; kaslrOffset?: string }
}

/** No log is larger; what inflates to more, or says so, is cut. */
export const MAX_LOG_BYTES = 64 * 1024 * 1024

/** A compressed record holds no more; pstore itself packs a few megabytes at most. */
const MAX_RECORD_BYTES = 16 * 1024 * 1024

/** More of them are not looked for in one image. */
export const MAX_LOGS = 4096

/** What a block of lz4 or lzo may inflate to: its length is not written down, and the room is taken at once. */
const MAX_BLOCK_BYTES = 4 * 1024 * 1024

/**
 * A compressed record's text. fs/pstore/platform.c packs with the crypto layer's deflate, which is raw; kernels before
 * 4.19 used zlib with its header, those before 6.6 could be told to use zstd, lz4, lz4hc or lzo. (842 is told by nothing,
 * and no reader for it is here.)
 */
export async function inflateRecord(bytes: Uint8Array, host: RecoverHost): Promise<Inflated> {
  const raw = await host.inflate(bytes, 'raw', MAX_RECORD_BYTES)
  if (raw.damage === undefined) return raw
  const zlib = await host.inflate(bytes, 'zlib', MAX_RECORD_BYTES)
  const best = zlib.bytes.length > raw.bytes.length ? zlib : raw
  if (zlib.damage === undefined || looksLikeText(best.bytes)) return best
  const frame = zstdFrameBytes(bytes)
  const others = [
    () => (frame === undefined ? undefined : host.zstd(bytes.subarray(0, frame), MAX_RECORD_BYTES)),
    () => decodeLz4Block(bytes, MAX_BLOCK_BYTES),
    () => decodeLzo1x(bytes, MAX_BLOCK_BYTES, true),
  ]
  for (const other of others) {
    const text = await attempt(other)
    if (text !== undefined && looksLikeText(text)) return { bytes: text }
  }
  return best
}

async function attempt(decode: () => Uint8Array | Promise<Uint8Array | undefined> | undefined) {
  try {
    return await decode()
  } catch (error) {
    if (error instanceof StreamDamage) return undefined
    throw error
  }
}

const printable = (byte: number): boolean => byte === 9 || byte === 10 || (byte >= 0x20 && byte !== 0x7f)

/** Whether bytes look like a log: nearly all of the first ones are text. */
export function looksLikeText(bytes: Uint8Array): boolean {
  const head = bytes.subarray(0, 512)
  if (head.length === 0) return false
  let good = 0
  for (const byte of head) if (printable(byte)) good++
  return good >= head.length * 0.9
}
