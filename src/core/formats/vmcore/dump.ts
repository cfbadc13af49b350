// A dump of a machine's memory, whatever contains it.

import type { ByteOrder } from '../../bytes/cursor.ts'

export interface MemoryRange {
  /** physical address */
  start: number
  bytes: number
  /** where the kernel saw it, when the dump says so: the ELF files of /proc/vmcore do */
  virtual?: bigint
}

export interface MemoryDump {
  machine: MachineName | undefined
  order: ByteOrder
  wordBytes: 4 | 8
  ranges: readonly MemoryRange[]
  /** VMCOREINFO where the dump has it beside the memory */
  vmcoreinfo: string | undefined
  /** As many bytes of physical memory as are there, at most `count`; none where nothing was dumped. */
  read(address: number, count: number): Promise<Uint8Array>
}

export type MachineName = 'x86_64' | 'i386' | 'arm64' | 'arm' | 'powerpc64' | 's390x' | 'riscv64' | 'mips64'

/** e_machine, and what uname -m says */
export const machines: readonly { name: MachineName; elf: number; wordBytes: 4 | 8; uname: RegExp }[] = [
  { name: 'x86_64', elf: 62, wordBytes: 8, uname: /^x86_64$/ },
  { name: 'i386', elf: 3, wordBytes: 4, uname: /^i\d86$/ },
  { name: 'arm64', elf: 183, wordBytes: 8, uname: /^aarch64/ },
  { name: 'arm', elf: 40, wordBytes: 4, uname: /^arm/ },
  { name: 'powerpc64', elf: 21, wordBytes: 8, uname: /^ppc64/ },
  { name: 's390x', elf: 22, wordBytes: 8, uname: /^s390x$/i },
  { name: 'riscv64', elf: 243, wordBytes: 8, uname: /^riscv64$/ },
  { name: 'mips64', elf: 8, wordBytes: 8, uname: /^mips64/ },
]

/** The part of [address, address + count) that lies in a range from its beginning on. */
export function covered(range: MemoryRange, address: number, count: number): number {
  return Math.max(0, Math.min(count, range.start + range.bytes - address))
}
