// What kernel a file is of. A vmlinux: "Linux version 6.1.0-56-amd64 (…) …", the text that the symbol linux_banner is of. A
// module: "vermagic=6.1.0-56-amd64 SMP …" in .modinfo (include/linux/vermagic.h).

import type { ElfFile } from '../formats/elf/elf-file.ts'
import { SHT_NOBITS } from '../formats/elf/sections.ts'

const BANNER_BYTES = 128
const release = /^Linux version (?<release>[\w.+~-]{1,64}) /

const MODINFO_BYTES = 64 * 1024
const vermagic = /(?:^|\0)vermagic=(?<release>[\w.+~-]{1,64})[ \0]/

export const readRelease = async (elf: ElfFile): Promise<string | undefined> =>
  (await ofModule(elf)) ?? (await ofKernel(elf))

async function ofModule(elf: ElfFile): Promise<string | undefined> {
  const section = elf.section('.modinfo')
  if (section === undefined || section.type === SHT_NOBITS) return undefined
  const contents = await elf.contents(section)
  const bytes = await contents.read(0, Math.min(MODINFO_BYTES, contents.size))
  return vermagic.exec(bytes.text(bytes.length))?.groups?.['release']
}

async function ofKernel(elf: ElfFile): Promise<string | undefined> {
  const symbols = await elf.symbols()
  if (symbols === undefined) return undefined
  const at = new TextDecoder('latin1').decode(symbols.names.bytes).indexOf('\0linux_banner\0') + 1
  if (at === 0) return undefined
  for (let index = 1; index < symbols.count; index++) {
    if (symbols.nameOffset(index) !== at) continue
    const section = elf.sections[symbols.section(index)]
    if (section === undefined || section.type === SHT_NOBITS) return undefined
    const contents = await elf.contents(section)
    const offset = symbols.address(index) - elf.layout.starts[section.index]!
    const bytes = await contents.read(offset, Math.min(BANNER_BYTES, Math.max(0, contents.size - offset)))
    return release.exec(bytes.text(bytes.length))?.groups?.['release']
  }
  return undefined
}
