// The build ID of a kernel that is no ELF file any more: its note is in the image all the same, as /sys/kernel/notes
// shows it. include/linux/elfnote.h; kernel/ksysfs.c.

import type { ByteOrder } from '../../bytes/cursor.ts'
import { hexOf } from '../elf/notes.ts'
import { findBytes } from './find.ts'

/** SHA-1 is what linkers write; 8 and 16 come from other styles of --build-id. */
const SIZES = [20, 16, 8, 32] as const
const NT_GNU_BUILD_ID = 3
const HEADER_BYTES = 16

/** The kernel's own build ID, as hexadecimal; those of programs inside it, as the vDSO is one, are passed over. */
export function findBuildId(bytes: Uint8Array, order: ByteOrder): string | undefined {
  const little = order === 'little'
  const inner = embeddedPrograms(bytes, order)
  for (const size of SIZES) {
    const header = new Uint8Array(HEADER_BYTES)
    const view = new DataView(header.buffer)
    view.setUint32(0, 4, little)
    view.setUint32(4, size, little)
    view.setUint32(8, NT_GNU_BUILD_ID, little)
    header.set([0x47, 0x4e, 0x55, 0], 12)
    for (let at = findBytes(bytes, header); at >= 0; at = findBytes(bytes, header, at + 1)) {
      if (at % 4 !== 0 || at + HEADER_BYTES + size > bytes.length) continue
      if (inner.some(({ start, end }) => at >= start && at < end)) continue
      const id = bytes.subarray(at + HEADER_BYTES, at + HEADER_BYTES + size)
      if (id.some(byte => byte !== 0)) return hexOf(id)
    }
  }
  return undefined
}

const elfMagic = Uint8Array.of(0x7f, 0x45, 0x4c, 0x46)

/** ELF files within an image, to the end of their section tables. */
function embeddedPrograms(bytes: Uint8Array, order: ByteOrder): { start: number; end: number }[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const little = order === 'little'
  const programs: { start: number; end: number }[] = []
  for (let start = findBytes(bytes, elfMagic, 1); start >= 0; start = findBytes(bytes, elfMagic, start + 1)) {
    if (start + 64 > bytes.length) break
    const wide = bytes[start + 4] === 2
    const sections = wide ? Number(view.getBigUint64(start + 40, little)) : view.getUint32(start + 32, little)
    const entry = start + (wide ? 58 : 46)
    const end = start + sections + view.getUint16(entry, little) * view.getUint16(entry + 2, little)
    if (end <= bytes.length) programs.push({ start, end })
  }
  return programs
}
