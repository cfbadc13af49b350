// The contents of a section by ranges: as stored, inflated, or with relocations applied.

import type { ByteFile } from '../../bytes/byte-file.ts'
import { Cursor, FormatError } from '../../bytes/cursor.ts'
import { say } from '../../say.ts'
import { type Inflate, inflateSection, isCompressed } from './compression.ts'
import type { ElfHeader } from './header.ts'
import type { Relocations } from './relocations.ts'
import { readSectionBytes, type Section, SHT_NOBITS } from './sections.ts'

export interface SectionBytes {
  readonly name: string
  readonly size: number
  /** Bytes [start, start + count); not to be written to. Offsets of its errors are those of the section. */
  read(start: number, count: number): Promise<Cursor>
  /** The same at once, where the host reads its files so. */
  readNow?(start: number, count: number): Cursor
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
    throw new FormatError(file.name, offset, say`${name} of ${section.size} bytes is not in the file`)
  }
  if (!isCompressed(section)) return storedBytes(file, header, section)
  const raw = await readSectionBytes(file, header, section)
  if (inflate === undefined) throw raw.error(say`${name} is compressed and nothing here inflates it`)
  return memoryBytes(name, await inflateSection(raw, section, header, inflate))
}

function storedBytes(file: ByteFile, { order }: ElfHeader, { name, offset, size }: Section): SectionBytes {
  const check = (start: number, count: number): void => {
    if (start >= 0 && count >= 0 && start + count <= size) return
    throw new FormatError(name, start, say`needs ${count} bytes, has ${Math.max(0, size - start)}`)
  }
  const stored: SectionBytes = {
    name,
    size,
    read: async (start, count) => {
      check(start, count)
      return new Cursor(name, await file.read(offset + start, count), order, start)
    },
  }
  if (file.readNow !== undefined) {
    stored.readNow = (start, count) => {
      check(start, count)
      return new Cursor(name, file.readNow!(offset + start, count), order, start)
    }
  }
  return stored
}

function memoryBytes(name: string, all: Cursor): SectionBytes {
  const readNow = (start: number, count: number): Cursor => all.window(start, count)
  return { name, size: all.length, read: async (start, count) => readNow(start, count), readNow }
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
