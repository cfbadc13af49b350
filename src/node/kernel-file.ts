// Kernel files from the disk.

import { readFile, stat } from 'node:fs/promises'
import { ElfFile } from '../core/formats/elf/elf-file.ts'
import { isElf } from '../core/formats/elf/header.ts'
import { PT_LOAD, PT_NOTE } from '../core/formats/elf/segments.ts'
import { MAX_IMAGE_BYTES } from '../core/formats/kernel-image/compression.ts'
import { KernelFile } from '../core/localise/kernel-file.ts'
import { FileBytes } from './file-bytes.ts'
import { InputError, inputError } from './files.ts'
import { nodeDecoders } from './host-decoders.ts'

/** Opens a kernel: bzImage, vmlinux, Image, …. `name`: as people know it. Throws InputError and FormatError. */
export async function openKernelFile(path: string, name = path): Promise<KernelFile> {
  return KernelFile.open(name, await readImage(path), nodeDecoders)
}

/** The whole file; of a vmlinux with debug information what comes before that. */
async function readImage(path: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(path)
    if (size > MAX_IMAGE_BYTES / 8) return await readLoaded(path)
    return await readFile(path)
  } catch (error) {
    throw inputError(path, error)
  }
}

/** Up to the end of what is loaded into memory: the debug information of a vmlinux, ten times as much, is behind that. */
async function readLoaded(path: string): Promise<Uint8Array> {
  const file = new FileBytes(path)
  try {
    const head = await file.read(0, 4)
    if (!isElf(head)) {
      if (file.size > MAX_IMAGE_BYTES)
        throw new InputError('unreadable', path, `is larger than any kernel: ${file.size} bytes`)
      return await file.read(0, file.size)
    }
    const elf = await ElfFile.open(file)
    const ends = elf.segments
      .filter(({ type }) => type === PT_LOAD || type === PT_NOTE)
      .map(({ offset, fileBytes }) => offset + fileBytes)
    return await file.read(0, Math.min(file.size, MAX_IMAGE_BYTES, Math.max(64, ...ends)))
  } finally {
    file.close()
  }
}
