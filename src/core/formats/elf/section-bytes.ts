// The contents of a section by ranges: as stored, inflated, or with relocations applied.

import { type ByteFile, readCursor } from '../../bytes/byte-file.ts'
import { Cursor, FormatError } from '../../bytes/cursor.ts'
import { type Inflate, inflateSection, isCompressed } from './compression.ts'
import type { ElfHeader } from './header.ts'
import type { Relocations } from './relocations.ts'
import { readSectionBytes, type Section, SHT_NOBITS } from './sections.ts'

export interface SectionBytes {
  readonly name: string
  readonly size: number
  /** Bytes [start, start + count); not to be written to. Offsets of its errors are those of the section. */
  read(start: number, count: number): Promise<Cursor>
}

/** The contents as the file's producer meant them, relocations aside. */
export async function openSectionBytes(
  file: ByteFile,
  header: ElfHeader,
  section: Section,
  inflate: Inflate | undefined,
): Promise<SectionBytes> {
  const { name, offset } = section
  if (section.type === SHT_NOBITS) return memoryBytes(name, new Cursor(name, new Uint8Array(0), header.order))
  if (!(offset + section.size <= file.size)) {
    throw new FormatError(file.name, offset, `${name} of ${section.size} bytes is not in the file`)
  }
  if (!isCompressed(section)) {
    return {
      name,
      size: section.size,
      read: async (start, count) => {
        const bytes = new Cursor(name, new Uint8Array(0), header.order, start)
        if (!(start >= 0 && count >= 0 && start + count <= section.size)) {
          throw bytes.error(`needs ${count} bytes, has ${Math.max(0, section.size - start)}`)
        }
        const { bytes: read } = await readCursor(file, offset + start, count, header.order, name)
        return new Cursor(name, read, header.order, start)
      },
    }
  }
  const raw = await readSectionBytes(file, header, section)
  if (inflate === undefined) throw raw.error(`${name} is compressed and nothing here inflates it`)
  return memoryBytes(name, await inflateSection(raw, section, header, inflate))
}

function memoryBytes(name: string, all: Cursor): SectionBytes {
  return { name, size: all.length, read: async (start, count) => all.window(start, count) }
}

/** The same with relocations applied to what is read. `sectionStart` is its place in memory. */
export function relocatedBytes(bytes: SectionBytes, relocations: Relocations, sectionStart: number): SectionBytes {
  return {
    name: bytes.name,
    size: bytes.size,
    read: async (start, count) => {
      const stored = await bytes.read(start, count)
      // Not slice(), which for a Buffer of Node's copies nothing.
      const window = new Cursor(bytes.name, new Uint8Array(stored.bytes), stored.order, start)
      await relocations.apply(window, start, sectionStart)
      return window
    },
  }
}
