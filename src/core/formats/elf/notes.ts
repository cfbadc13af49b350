// Notes, and the build ID among them. gABI 5, "Note Section".

import type { Cursor } from '../../bytes/cursor.ts'

export interface Note {
  owner: string
  type: number
  content: Cursor
}

const NT_GNU_BUILD_ID = 3

/** The notes of one PT_NOTE segment or SHT_NOTE section. */
export function* readNotes(notes: Cursor, align: 4 | 8 = 4): Generator<Note> {
  while (!notes.done) {
    const ownerBytes = notes.u32()
    const contentBytes = notes.u32()
    const type = notes.u32()
    // The owner's size counts its NUL.
    const owner = ownerBytes === 0 ? '' : notes.take(ownerBytes).cstring()
    notes.align(align)
    const content = notes.take(contentBytes)
    notes.align(align)
    yield { owner, type, content }
  }
}

/** The build ID as lower-case hexadecimal, as `file` and the kernel print it; undefined when no note has one. */
export function buildIdOf(notes: Iterable<Note>): string | undefined {
  for (const { owner, type, content } of notes) {
    if (owner === 'GNU' && type === NT_GNU_BUILD_ID) return hexOf(content.bytes)
  }
  return undefined
}

export const hexOf = (bytes: Uint8Array): string =>
  Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
