// A kernel or a module as unwinding asks it: its code, its unwinding data, its debug information, each read when it is asked
// for. Places are addresses as the file has them, counted from its layout's base.

import { type ByteOrder, FormatError } from '../../bytes/cursor.ts'
import { ArmUnwindTable } from '../../formats/arm-unwind.ts'
import type { DebugInfo } from '../../formats/dwarf/debug-info.ts'
import { FrameTable } from '../../formats/dwarf/frame-table.ts'
import type { ElfFile } from '../../formats/elf/elf-file.ts'
import { ET_REL } from '../../formats/elf/header.ts'
import { SHF_ALLOC, SHF_EXECINSTR, SHT_NOBITS } from '../../formats/elf/sections.ts'
import { Orc } from '../../formats/orc.ts'
import type { Address } from '../../model.ts'
import { RawMachineCode } from '../code/machine-code.ts'
import type { ElfCode } from '../elf-code.ts'
import type { KernelFile } from '../kernel-file.ts'
import type { SymbolTable } from '../symbol-table.ts'
import { armImageBase } from './arm-image.ts'

export interface SymbolPlace {
  name: string
  /** of the place in the symbol */
  offset: number
  size?: number
}

/** What is not there, or is damaged, is undefined: another way of unwinding is tried. */
export interface CodeObject {
  /** the module's name; undefined for the kernel */
  readonly module: string | undefined
  readonly file: string
  /** the address that places are counted from */
  readonly base: Address
  readonly littleEndian: boolean
  symbolAt(place: number): Promise<SymbolPlace | undefined>
  named(name: string): Promise<readonly { address: number; sizeBytes?: number }[]>
  /** up to `count` bytes of code, fewer at the end; undefined where the file has none */
  bytes(place: number, count: number): Promise<Uint8Array | undefined>
  isCode(place: number): boolean
  frames(): Promise<FrameTable | undefined>
  orc(): Promise<Orc | undefined>
  armTable(): Promise<ArmUnwindTable | undefined>
  debug(): Promise<DebugInfo | undefined>
}

/** What was torn or is not there, asked once. */
const once = <T>(make: () => Promise<T | undefined>): (() => Promise<T | undefined>) => {
  let made: Promise<T | undefined> | undefined
  return () => {
    made ??= make().catch((error: unknown) => {
      if (error instanceof FormatError) return undefined
      throw error
    })
    return made
  }
}

/** By an ELF file, with debug information or without. */
export function elfObject(module: string | undefined, code: ElfCode): CodeObject {
  const { elf } = code
  const text = elf.sections
    .filter(({ flags }) => (flags & SHF_EXECINSTR) !== 0n && (flags & SHF_ALLOC) !== 0n)
    .map(section => ({ section, start: elf.layout.starts[section.index] ?? Number.NaN }))
  const sectionAt = (place: number) => text.find(({ section, start }) => place >= start && place < start + section.size)
  return {
    module,
    file: elf.file.name,
    base: elf.layout.base.address,
    littleEndian: elf.header.order === 'little',
    async symbolAt(place) {
      const symbol = await code.symbolAt(place)
      if (symbol === undefined) return undefined
      const size = symbol.sizeBytes
      return { name: symbol.name, offset: place - symbol.address, ...(size !== undefined && { size }) }
    },
    named: name => code.named(name),
    async bytes(place, count) {
      const found = sectionAt(place)
      if (found === undefined || found.section.type === SHT_NOBITS) return undefined
      const from = place - found.start
      const bytes = await elf.contents(found.section)
      return (await bytes.read(from, Math.min(count, bytes.size - from))).bytes
    },
    isCode: place => sectionAt(place) !== undefined,
    frames: once(() => FrameTable.open(elf)),
    orc: once(() => openOrc(elf)),
    armTable: once(() => ArmUnwindTable.open(elf)),
    debug: once(() => code.info()),
  }
}

/** By a kernel's symbols, and its image where that is at hand: opened when code or unwinding data are asked for. */
export function tableObject(
  file: string,
  table: SymbolTable,
  { order, wordBytes }: { order: ByteOrder; wordBytes: 4 | 8 },
  open?: () => Promise<KernelFile>,
): CodeObject {
  let opened: KernelFile | undefined
  const kernel = async (): Promise<KernelFile | undefined> => {
    opened ??= await open?.()
    return opened
  }
  const isArm = wordBytes === 4 && order === 'little'
  /** An image without headers, and the address that it begins at. */
  const raw = once(async (): Promise<{ image: Uint8Array; base: Address } | undefined> => {
    const found = await kernel()
    if (found === undefined || found.elf !== undefined) return undefined
    const image = found.image.bytes
    const placed = RawMachineCode.open(found, table, order, wordBytes)?.base
    const at = placed ?? (isArm ? armImageBase(image, table) : undefined)
    return at === undefined ? undefined : { image, base: at }
  })
  const codeEnd = table.named('_etext').at(-1)?.address
  const first = table.named('_stext')[0]?.address ?? table.named('_text')[0]?.address
  const base = first ?? 0n
  const address = (place: number): Address => base + BigInt(Math.trunc(place))
  return {
    module: undefined,
    file,
    base,
    /** the image says it better than the architecture, once it is open: before any of its code is read */
    get littleEndian() {
      return (opened?.elf?.header.order ?? order) === 'little'
    },
    async symbolAt(place) {
      const found = table.at(address(place))
      if (found === undefined || !/[tTwW]/.test(found.type) || found.module !== undefined) return undefined
      const { name, offset, sizeBytes } = found
      return { name, offset, ...(sizeBytes !== undefined && { size: sizeBytes }) }
    },
    named: async name =>
      table.named(name).map(symbol => {
        const size = table.sizeOf(symbol)
        return { address: Number(symbol.address - base), ...(size !== undefined && { sizeBytes: size }) }
      }),
    bytes: async (place, count) => {
      const linked = (await kernel())?.bytesAt(address(place), count)
      const plain = linked === undefined ? await raw() : undefined
      if (plain === undefined) return linked
      const at = Number(address(place) - plain.base)
      return at >= 0 && at + count <= plain.image.length ? plain.image.subarray(at, at + count) : undefined
    },
    isCode: place => {
      const at = address(place)
      if (first !== undefined && codeEnd !== undefined && at >= first && at < codeEnd) return true
      return /[tTwW]/.test(table.at(at)?.type ?? '')
    },
    frames: once(async () => {
      const elf = (await kernel())?.elf
      return elf && FrameTable.open(elf)
    }),
    orc: once(async () => (await kernel())?.orc()),
    armTable: once(async () => {
      const found = await kernel()
      if (found?.elf !== undefined) return ArmUnwindTable.open(found.elf)
      const plain = isArm ? await raw() : undefined
      if (plain === undefined || codeEnd === undefined) return undefined
      return ArmUnwindTable.search(plain.image, Number(plain.base - base), { start: 0, end: Number(codeEnd - base) })
    }),
    debug: async () => undefined,
  }
}

/** In a module the two sections are relative to one another, and laid out as everything of it is. */
async function openOrc(elf: ElfFile): Promise<Orc | undefined> {
  const section = elf.section('.orc_unwind_ip')
  if (section === undefined || section.type === SHT_NOBITS) return undefined
  const [ip, entries, header] = await Promise.all(
    ['.orc_unwind_ip', '.orc_unwind', '.orc_header'].map(name => elf.read(name)),
  )
  if (ip === undefined || entries === undefined) return undefined
  const address = elf.header.type === ET_REL ? BigInt(elf.layout.starts[section.index] ?? 0) : section.address
  return new Orc(ip, entries, address, header)
}
