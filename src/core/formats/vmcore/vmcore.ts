// A dump of a machine's memory → the kernel's log in it.

import type { ByteFile } from '../../bytes/byte-file.ts'
import { concatenate } from '../../bytes/concatenate.ts'
import { FormatError } from '../../bytes/cursor.ts'
import { isElf } from '../elf/header.ts'
import type { RecoveredLog, RecoverHost } from '../recovered-log.ts'
import type { MemoryDump } from './dump.ts'
import { ET_CORE, openElfCore } from './elf-core.ts'
import { isFlattened, openFlattened } from './flattened.ts'
import { isKdump, openKdump } from './kdump.ts'
import { KernelMemory } from './kernel-memory.ts'
import { readPlainLog, readPrintkLog } from './printk-log.ts'
import { readPrintkRingbuffer } from './printk-ringbuffer.ts'
import { findVmcoreinfo, type Vmcoreinfo } from './vmcoreinfo.ts'

/** Whether a file begins as a dump does. */
export const isVmcore = (head: Uint8Array): boolean => isElfCore(head) || isFlattened(head) || isKdump(head)

/** e_type, in the file's byte order */
const isElfCore = (head: Uint8Array): boolean =>
  isElf(head) && (head[5] === 2 ? head[17] === ET_CORE && head[16] === 0 : head[16] === ET_CORE && head[17] === 0)

/** Throws FormatError. */
export async function openDump(file: ByteFile, host: RecoverHost): Promise<MemoryDump> {
  const head = await file.read(0, Math.min(64, file.size))
  if (isFlattened(head)) {
    const whole = await openFlattened(file)
    if (isFlattened(await whole.read(0, Math.min(16, whole.size))))
      throw new FormatError(file.name, 0, 'flattened twice')
    return openDump(whole, host)
  }
  return isKdump(head) ? openKdump(file, host) : openElfCore(file)
}

/** The kernel's log, as `dmesg -r` would have printed it. Throws FormatError where it cannot be found, and says why. */
export async function recoverVmcore(file: ByteFile, host: RecoverHost): Promise<RecoveredLog[]> {
  return recoverDump(await openDump(file, host), file.name)
}

/** The same of a dump that is open; `name` is for errors. */
export async function recoverDump(dump: MemoryDump, name: string): Promise<RecoveredLog[]> {
  const info = await findVmcoreinfo(dump)
  if (info === undefined) throw new FormatError(name, 0, 'a memory dump without VMCOREINFO: its log cannot be found')
  const memory = await KernelMemory.open(dump, info)
  const found = (await readPrintkRingbuffer(memory)) ?? (await readPrintkLog(memory)) ?? (await readPlainLog(memory))
  if (found === undefined) {
    throw new FormatError(name, 0, `the log of kernel ${info.release} is not in the dump, or its pages are missing`)
  }
  const text = concatenate(found.lines)
  const kernel = { release: info.release, ...kernelOf(info) }
  return [{ name: 'vmcore-dmesg', by: 'kernel', offset: 0, text, damage: found.damage, kernel }]
}

/** Which build it is, and how far KASLR moved it: what its addresses need to be looked up. */
function kernelOf(info: Vmcoreinfo): NonNullable<RecoveredLog['kernel']> {
  const [offset, buildId] = [info.hex('KERNELOFFSET'), info.text('BUILD-ID')]
  return {
    ...(offset !== undefined && { kaslrOffset: `0x${offset.toString(16)}` }),
    ...(buildId !== undefined && /^[0-9a-f]{8,80}$/.test(buildId) && { buildId }),
  }
}
