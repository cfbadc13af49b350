// What Node lends the core's reader of kernel images: its zlib.

import { constants, inflateRaw, zstdDecompress } from 'node:zlib'
import type { HostDecoders } from '../core/formats/kernel-image/compression.ts'

/** Kernels are packed with windows up to 128 MiB (scripts/Makefile.lib, `zstd -22 --ultra`). */
const ZSTD_WINDOW_BITS = 27

export const nodeDecoders: HostDecoders = {
  inflateRaw: (bytes, limit) =>
    new Promise((resolve, reject) => {
      inflateRaw(bytes, { maxOutputLength: limit, chunkSize: chunkFor(bytes.length) }, settle(resolve, reject))
    }),
  zstd: (frame, limit) =>
    new Promise((resolve, reject) => {
      const params = { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_BITS }
      zstdDecompress(
        frame,
        { maxOutputLength: limit, chunkSize: chunkFor(frame.length), params },
        settle(resolve, reject),
      )
    }),
}

/** Large pieces, so that a kernel is not put together from thousands of them. */
const chunkFor = (length: number): number => Math.min(16 * 1024 * 1024, Math.max(64 * 1024, length * 4))

function settle(
  resolve: (bytes: Uint8Array) => void,
  reject: (error: Error) => void,
): (error: Error | null, bytes: Uint8Array) => void {
  return (error, bytes) => (error === null ? resolve(bytes) : reject(error))
}
