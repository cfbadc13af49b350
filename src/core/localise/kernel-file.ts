// A kernel on disk, whatever it is wrapped in, and what it says of itself without any debug file.

import { MemoryFile } from '../bytes/byte-file.ts'
import { type ByteOrder, FormatError } from '../bytes/cursor.ts'
import { Btf } from '../formats/btf/btf.ts'
import { findBtf } from '../formats/btf/find.ts'
import { ElfFile } from '../formats/elf/elf-file.ts'
import { isElf } from '../formats/elf/header.ts'
import { PT_LOAD } from '../formats/elf/segments.ts'
import { type ImageMap, type Kallsyms, readKallsyms } from '../formats/kallsyms/read.ts'
import { findBuildId } from '../formats/kernel-image/build-id.ts'
import type { HostDecoders } from '../formats/kernel-image/compression.ts'
import { releaseOf } from '../formats/kernel-image/find.ts'
import { type KernelImage, openKernelImage } from '../formats/kernel-image/open.ts'
import { Orc } from '../formats/orc.ts'
import type { Address } from '../model.ts'
import { SymbolTable } from './symbol-table.ts'

export class KernelFile {
  readonly name: string
  readonly image: KernelImage
  /** its headers, where the kernel is an ELF file */
  readonly elf: ElfFile | undefined
  #kallsyms: Kallsyms | undefined
  #symbols: SymbolTable | undefined
  #btf: Promise<Btf | undefined> | undefined

  /** Throws FormatError for a wrapper without a kernel in it. */
  static async open(name: string, bytes: Uint8Array, host: HostDecoders): Promise<KernelFile> {
    const image = await openKernelImage(name, bytes, host)
    const elf = isElf(image.bytes) ? await openElf(name, image.bytes) : undefined
    return new KernelFile(name, image, elf)
  }

  private constructor(name: string, image: KernelImage, elf: ElfFile | undefined) {
    this.name = name
    this.image = image
    this.elf = elf
  }

  /** e.g. 6.1.0-56-amd64 */
  get release(): string | undefined {
    return this.image.banner === undefined ? undefined : releaseOf(this.image.banner)
  }

  /** As hexadecimal. An image without headers does not say its byte order, so both are looked for. */
  async buildId(): Promise<string | undefined> {
    const noted = await this.elf?.buildId().catch(onlyFormatErrors)
    if (noted !== undefined) return noted
    const orders: readonly ByteOrder[] = this.elf === undefined ? ['little', 'big'] : [this.elf.header.order]
    for (const order of orders) {
      const found = findBuildId(this.image.bytes, order)
      if (found !== undefined) return found
    }
    return undefined
  }

  /** The kernel's own table of symbols. Throws FormatError when it has none. */
  kallsyms(): Kallsyms {
    this.#kallsyms ??= readKallsyms(this.image.bytes, this.elf && mapOf(this.elf))
    return this.#kallsyms
  }

  /** The same by address and name. */
  symbols(): SymbolTable {
    this.#symbols ??= new SymbolTable(this.kallsyms())
    return this.#symbols
  }

  /** How the kernel unwinds its stack, where it does so by ORC. Throws FormatError. */
  async orc(): Promise<Orc | undefined> {
    const section = this.elf?.section('.orc_unwind_ip')
    const [ip, entries, header] = await Promise.all(
      ['.orc_unwind_ip', '.orc_unwind', '.orc_header'].map(name => this.elf?.read(name)),
    )
    return section && ip && entries && new Orc(ip, entries, section.address, header)
  }

  /** Types; undefined when the kernel was built without. Throws FormatError. */
  btf(): Promise<Btf | undefined> {
    this.#btf ??= this.#readBtf()
    return this.#btf
  }

  async #readBtf(): Promise<Btf | undefined> {
    const section = await this.elf?.read('.BTF').catch(onlyFormatErrors)
    return section === undefined ? findBtf(this.name, this.image.bytes) : new Btf(this.name, section.bytes)
  }

  /** `count` bytes of the kernel as it is linked; undefined where it has none at this address. */
  bytesAt(address: Address, count: number): Uint8Array | undefined {
    const offset = this.#offsetOf(address)
    if (offset === undefined || offset + count > this.image.bytes.length) return undefined
    return this.image.bytes.subarray(offset, offset + count)
  }

  #offsetOf(address: Address): number | undefined {
    for (const { type, offset, address: start, fileBytes } of this.elf?.segments ?? []) {
      if (type === PT_LOAD && address >= start && address - start < BigInt(fileBytes)) {
        return offset + Number(address - start)
      }
    }
    return undefined
  }
}

/** An ELF file whose tables are torn still has its symbols: only its headers are not to be had. */
async function openElf(name: string, bytes: Uint8Array): Promise<ElfFile | undefined> {
  return ElfFile.open(new MemoryFile(name, bytes)).catch(onlyFormatErrors)
}

function onlyFormatErrors(error: unknown): undefined {
  if (!(error instanceof FormatError)) throw error
}

/** Addresses by the segments that are loaded. */
function mapOf(elf: ElfFile): ImageMap {
  const loaded = elf.segments.filter(({ type }) => type === PT_LOAD)
  return {
    addressAt: place => {
      const segment = loaded.find(({ offset, fileBytes }) => place >= offset && place < offset + fileBytes)
      return segment === undefined ? undefined : segment.address + BigInt(place - segment.offset)
    },
  }
}
