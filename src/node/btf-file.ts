// The types of a kernel or module from disk: /sys/kernel/btf/vmlinux, a vmlinux, a module, a kernel image.

import { FormatError } from '../core/bytes/cursor.ts'
import { Btf } from '../core/formats/btf/btf.ts'
import { findBtf } from '../core/formats/btf/find.ts'
import { isElf } from '../core/formats/elf/header.ts'
import { openBytes, openElf } from './elf-files.ts'
import { openKernelFile } from './kernel-file.ts'

/** Opens the types of a kernel in any form. Throws InputError, and FormatError when it has none. */
export async function openBtf(path: string): Promise<Btf> {
  const btf = (await readBtf(path)) ?? findBtf(path, (await openKernelFile(path)).image.bytes)
  if (btf === undefined)
    throw new FormatError(path, 0, 'has no BTF: the kernel was built without CONFIG_DEBUG_INFO_BTF')
  return btf
}

/** Those of a module, on top of its kernel's. */
export async function openModuleBtf(path: string, base: Btf): Promise<Btf> {
  const btf = await readBtf(path, base)
  if (btf === undefined)
    throw new FormatError(path, 0, 'has no BTF: give a module as it is installed, with section .BTF')
  return btf
}

/** From a file that is BTF or has it as a section: nothing else of the file is read. */
async function readBtf(path: string, base?: Btf): Promise<Btf | undefined> {
  const file = await openBytes(path)
  const head = await file.read(0, Math.min(4, file.size))
  const magic = ((head[0] ?? 0) << 8) | (head[1] ?? 0)
  if (magic === 0x9feb || magic === 0xeb9f) return new Btf(path, await file.read(0, file.size), base)
  if (!isElf(head)) return undefined
  const section = await (await openElf(path)).read('.BTF')
  return section && new Btf(path, section.bytes, base)
}
