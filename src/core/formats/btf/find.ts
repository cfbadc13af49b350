// BTF in an image without section headers. scripts/link-vmlinux.sh puts it into .BTF, which is loaded with the kernel.

import { FormatError } from '../../bytes/cursor.ts'
import { findBytes } from '../kernel-image/find.ts'
import { Btf } from './btf.ts'

/** Magic, version 1, no flags, and a header of 24 bytes, in both byte orders. */
const beginnings = [Uint8Array.of(0x9f, 0xeb, 1, 0, 24, 0, 0, 0), Uint8Array.of(0xeb, 0x9f, 1, 0, 0, 0, 0, 24)]

/** Fewer types are those of a test or a stub. */
const MIN_TYPES = 100

/** The kernel's BTF; undefined when it has none. */
export function findBtf(format: string, image: Uint8Array): Btf | undefined {
  for (const beginning of beginnings) {
    for (let at = findBytes(image, beginning); at >= 0; at = findBytes(image, beginning, at + 1)) {
      try {
        const btf = new Btf(format, image.subarray(at))
        if (btf.count >= MIN_TYPES) return btf
      } catch (error) {
        if (!(error instanceof FormatError)) throw error
      }
    }
  }
  return undefined
}
