// VMCOREINFO: what a kernel says of itself for those that read its dump. kernel/crash_core.c;
// Documentation/admin-guide/kdump/vmcoreinfo.rst

import { type ByteOrder, Cursor, latin1 } from '../../bytes/cursor.ts'
import type { MemoryDump } from './dump.ts'
import { textOf } from './elf-core.ts'

export interface Vmcoreinfo {
  /** of the kernel, where its own note tells: QEMU writes big-endian files of little-endian PowerPC kernels */
  order?: ByteOrder
  release: string
  pageBytes: number
  /** address of a symbol */
  symbol(name: string): bigint | undefined
  size(name: string): number | undefined
  /** of a member, as in "printk_info.seq" */
  offset(name: string): number | undefined
  number(name: string): bigint | undefined
  /** a line without brackets: KERNELOFFSET */
  hex(name: string): bigint | undefined
  /** any other line: BUILD-ID */
  text(name: string): string | undefined
  /** CONFIG(x)=y */
  config(name: string): boolean
}

export function parseVmcoreinfo(text: string): Vmcoreinfo {
  const values = new Map<string, string>()
  for (const line of text.split('\n')) {
    const equals = line.indexOf('=')
    if (equals > 0) values.set(line.slice(0, equals), line.slice(equals + 1).trim())
  }
  const big = (key: string, pattern: RegExp, parse: (word: string) => bigint): bigint | undefined => {
    const word = values.get(key)
    return word !== undefined && pattern.test(word) ? parse(word) : undefined
  }
  const small = (key: string): number | undefined => {
    const value = Number(values.get(key) ?? Number.NaN)
    return Number.isSafeInteger(value) && value >= 0 ? value : undefined
  }
  const signed = (word: string): bigint => (word.startsWith('-') ? -BigInt(word.slice(1)) : BigInt(word))
  return {
    release: values.get('OSRELEASE') ?? '',
    pageBytes: small('PAGESIZE') ?? 4096,
    symbol: name => big(`SYMBOL(${name})`, /^[0-9a-f]{1,16}$/, word => BigInt(`0x${word}`)),
    size: name => small(`SIZE(${name})`),
    offset: name => small(`OFFSET(${name})`),
    number: name => big(`NUMBER(${name})`, /^(?:-?\d{1,20}|0x[0-9a-f]{1,16})$/, signed),
    text: name => values.get(name),
    config: name => values.get(`CONFIG_${name}`) === 'y',
    hex: name => big(name, /^[0-9a-f]{1,16}$/, word => BigInt(`0x${word}`)),
  }
}

/** So much memory is looked through for a note that the dump itself does not have. */
const MAX_SEARCH_BYTES = 16 * 1024 * 1024 * 1024
const WINDOW_BYTES = 4 * 1024 * 1024
const PAGE_BYTES = 4096

/**
 * VMCOREINFO of a dump, from its own note or from the kernel's memory: there it stands as an ELF note at the beginning of a
 * page (vmcoreinfo_note is of alloc_pages_exact()).
 */
export async function findVmcoreinfo(dump: MemoryDump): Promise<Vmcoreinfo | undefined> {
  if (dump.vmcoreinfo?.startsWith('OSRELEASE=')) return parseVmcoreinfo(dump.vmcoreinfo)
  let searched = 0
  for (const { start, bytes } of dump.ranges) {
    for (let at = start; at < start + bytes && searched < MAX_SEARCH_BYTES; ) {
      const window = await dump.read(at, Math.min(WINDOW_BYTES, start + bytes - at))
      for (let page = 0; page + 24 <= window.length; page += PAGE_BYTES) {
        const note = noteAt(window, page)
        if (note === undefined) continue
        const text = textOf(await readWhole(dump, at + page + 24, note.size))
        if (text.startsWith('OSRELEASE=')) return { ...parseVmcoreinfo(text), order: note.order }
      }
      const step = window.length === 0 ? PAGE_BYTES : Math.ceil(window.length / PAGE_BYTES) * PAGE_BYTES
      at += step
      searched += step
    }
  }
  return undefined
}

/** The note at a page's beginning, when it is VMCOREINFO's: name size, size, type, and the name padded to 12. */
function noteAt(bytes: Uint8Array, at: number): { size: number; order: ByteOrder } | undefined {
  if (bytes[at + 12] !== 0x56 || latin1(bytes.subarray(at + 12, at + 23)) !== 'VMCOREINFO\0') return undefined
  for (const order of ['little', 'big'] as const) {
    const cursor = new Cursor('vmcoreinfo', bytes.subarray(at, at + 24), order)
    const nameBytes = cursor.u32()
    const size = cursor.u32()
    if (nameBytes === 11 && size <= 64 * 1024) return { size, order }
  }
  return undefined
}

async function readWhole(dump: MemoryDump, address: number, count: number): Promise<Uint8Array> {
  const all = new Uint8Array(count)
  let at = 0
  while (at < count) {
    const piece = await dump.read(address + at, count - at)
    if (piece.length === 0) break
    all.set(piece, at)
    at += piece.length
  }
  return all.subarray(0, at)
}
