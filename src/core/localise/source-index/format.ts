// The layout of an index file; docs/symbol-index.md describes it for readers of other languages. All numbers are little
// endian, whatever the machine that is indexed. LEB128 as in DWARF 5 §7.6.

/** "flsymidx" */
export const MAGIC = Uint8Array.of(0x66, 0x6c, 0x73, 0x79, 0x6d, 0x69, 0x64, 0x78)
export const VERSION = 1

/** magic, version u32, number of objects u32, offset of the directory u64 */
export const FILE_HEADER_BYTES = 24

/** name, build ID's length u32, build ID, offset u64, size u64 */
export const NAME_BYTES = 64
export const BUILD_ID_BYTES = 36
export const DIRECTORY_ENTRY_BYTES = NAME_BYTES + 4 + BUILD_ID_BYTES + 16

/** The tables of one object, in this order; each begins at a multiple of 8 bytes. */
export const tables = [
  /** u32: first addresses of the blocks, ascending */
  'blockStarts',
  /** u32: offsets in `blocks` */
  'blockOffsets',
  'blocks',
  /** u32: addresses of the code symbols, ascending */
  'symbolAddresses',
  /** u32: bytes to the next symbol, 0 where it is not known */
  'symbolSizes',
  /** u32: numbers of their names */
  'symbolNames',
  /** u32: hash table of symbol numbers + 1 by name; 0 is an empty slot */
  'symbolSlots',
  /** u32 pairs: numbers of the path and of the unit's directory, 0 for none */
  'files',
  /** u32: offsets in `strings`; number 0 is the empty text */
  'stringOffsets',
  /** texts with a NUL behind each */
  'strings',
] as const

export type TableName = (typeof tables)[number]

/** base address u64, flags u32 (1: relocatable), release u32 (its text's number, 0 for none), then offset u64 and size u64 of each table */
export const OBJECT_HEADER_BYTES = 16 + tables.length * 16

export const RELOCATABLE = 1

/** Segments of a block: more make the file smaller and each lookup longer. */
export const BLOCK_SEGMENTS = 64

/** FNV-1a of a name in Latin-1: slot of a name in `symbolSlots` is its hash modulo their number, then the next ones. */
export function hashOf(name: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < name.length; index++) hash = Math.imul(hash ^ (name.charCodeAt(index) & 0xff), 0x01000193)
  return hash >>> 0
}
