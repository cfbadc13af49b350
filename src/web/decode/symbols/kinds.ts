// Which of the files that a person drops are symbols, by their first bytes.

import { isElf } from '../../../core/formats/elf/header.ts'
import { isIndex } from '../../../core/localise/source-index/container.ts'

export type SymbolKind = 'elf' | 'module' | 'index' | 'list' | 'image'

/** Enough for the header of a bzImage's setup code and of an arm64 Image. */
const HEAD_BYTES = 1024

/** nvme-core.ko, nvme-core.ko.xz */
export const modulePattern = /^(?<name>[\w-]+)\.ko(?:\.debug)?(?<packed>\.(?:gz|xz|zst))?(?:\.debug)?$/

/** Packed kernels have a log's magic numbers, so that their name must say it. */
const imageName = /^(?:vmlinu[xz]|bzImage|zImage|uImage|Image|linux|kernel)(?:[-._].*)?$/i

const symbolLine = /^(?:[0-9a-f]{8}|[0-9a-f]{16}) [A-Za-z?] \S/

interface Sign {
  kind: SymbolKind
  at: number
  bytes: string
}

const signs: readonly Sign[] = [
  // Documentation/arch/x86/boot.rst; arch/arm64/kernel/head.S; riscv boot-image-header; U-Boot; EFI stubs
  { kind: 'image', at: 0x202, bytes: 'HdrS' },
  { kind: 'image', at: 0x38, bytes: 'ARM\x64' },
  { kind: 'image', at: 0x38, bytes: 'RSC\x05' },
  { kind: 'image', at: 0, bytes: '\x27\x05\x19\x56' },
  { kind: 'image', at: 0, bytes: 'ANDROID!' },
  { kind: 'image', at: 4, bytes: 'zimg' },
  { kind: 'image', at: 0x24, bytes: '\x18\x28\x6f\x01' },
]

/** undefined: a log. */
export async function symbolKind(name: string, file: Blob): Promise<SymbolKind | undefined> {
  const head = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer())
  if (modulePattern.test(name)) return 'module'
  // A core dump is an ELF file too, and no symbols: e_type 4.
  if (isElf(head)) return (head[16] || head[17]) === 4 ? undefined : 'elf'
  if (isIndex(head)) return 'index'
  const text = String.fromCharCode(...head)
  if (symbolLine.test(text)) return 'list'
  if (signs.some(({ at, bytes }) => text.startsWith(bytes, at))) return 'image'
  return imageName.test(name) && text.includes('\0') ? 'image' : undefined
}
