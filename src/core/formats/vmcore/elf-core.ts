// An ELF core file of a machine: /proc/vmcore, QEMU's dump-guest-memory, VirtualBox, Xen's crash kernels.

import type { ByteFile } from '../../bytes/byte-file.ts'
import { Cursor } from '../../bytes/cursor.ts'
import { readElfHeader } from '../elf/header.ts'
import { readNotes } from '../elf/notes.ts'
import { PT_LOAD, PT_NOTE, readSegments } from '../elf/segments.ts'
import { covered, type MemoryDump, type MemoryRange, machines } from './dump.ts'

export const ET_CORE = 4

const MAX_NOTE_BYTES = 16 * 1024 * 1024

interface Piece extends MemoryRange {
  /** of the file */
  offset: number
}

/** Throws FormatError. */
export async function openElfCore(file: ByteFile): Promise<MemoryDump> {
  const header = await readElfHeader(file)
  const segments = await readSegments(file, header)
  const pieces: Piece[] = []
  let vmcoreinfo: string | undefined
  for (const { type, offset, fileBytes, physicalAddress, address, align } of segments) {
    if (type === PT_NOTE && vmcoreinfo === undefined && offset < file.size) {
      const bytes = await file.read(offset, Math.min(fileBytes, file.size - offset, MAX_NOTE_BYTES))
      vmcoreinfo = vmcoreinfoNote(new Cursor(file.name, bytes, header.order, offset), align === 8 ? 8 : 4)
    }
    if (type !== PT_LOAD || physicalAddress > BigInt(Number.MAX_SAFE_INTEGER)) continue
    // A file that was cut off has the beginning of its memory.
    const bytes = Math.max(0, Math.min(fileBytes, file.size - offset))
    // QEMU gives the physical address twice.
    const virtual = address === 0n || address === physicalAddress ? {} : { virtual: address }
    if (bytes > 0) pieces.push({ start: Number(physicalAddress), bytes, offset, ...virtual })
  }
  return {
    machine: machines.find(({ elf }) => elf === header.machine)?.name,
    order: header.order,
    wordBytes: header.wordBytes,
    ranges: pieces,
    vmcoreinfo,
    read: async (address, count) => {
      const piece = pieces.find(({ start, bytes }) => address >= start && address < start + bytes)
      if (piece === undefined) return new Uint8Array(0)
      return file.read(piece.offset + address - piece.start, covered(piece, address, count))
    },
  }
}

function vmcoreinfoNote(notes: Cursor, align: 4 | 8): string | undefined {
  try {
    for (const { owner, content } of readNotes(notes, align)) {
      if (owner === 'VMCOREINFO') return textOf(content.bytes)
    }
  } catch {
    // Notes that do not end: those before were looked at.
  }
  return undefined
}

/** Text up to its NUL. */
export function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0)
  return new TextDecoder('latin1').decode(end < 0 ? bytes : bytes.subarray(0, end))
}
