// Bytes of a device, of physical memory or of an image as a file that the readers of core understand.

import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { MemoryFile } from '../../../core/bytes/byte-file.ts'
import { FormatError } from '../../../core/bytes/cursor.ts'
import { recoverLogs } from '../../../core/recover.ts'
import { InputError } from '../../../node/files.ts'
import type { Remains, RemainsHost } from '../store.ts'

/** A region that is named by hand is no larger than the memory of a small board. */
export const MAX_REGION_BYTES = 256 * 1024 * 1024

/** Read at once: /dev/mem and flash drivers copy page by page anyway. */
const PIECE_BYTES = 64 * 1024

export interface Region {
  path: string
  offset: number
  /** undefined: to the end */
  sizeBytes?: number
}

/** Undefined, with the trouble told, when it cannot be read; what comes before an unreadable page is given. */
export function readRegion(host: RemainsHost, { path, offset, sizeBytes }: Region): Uint8Array | undefined {
  let descriptor: number | undefined
  const pieces: Buffer[] = []
  let length = 0
  try {
    descriptor = openSync(host.system.path(path), 'r')
    const stat = fstatSync(descriptor)
    const most = Math.min(MAX_REGION_BYTES, sizeBytes ?? (stat.isFile() ? stat.size - offset : MAX_REGION_BYTES))
    while (length < most) {
      const piece = Buffer.alloc(Math.min(PIECE_BYTES, most - length))
      const read = readSync(descriptor, piece, 0, piece.length, offset + length)
      if (read === 0) break
      pieces.push(piece.subarray(0, read))
      length += read
    }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error)
    host.trouble(`${path} at ${hex(offset + length)}: cannot be read (${code}); ${adviceFor(path, code)}`)
    if (length === 0) return undefined
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
  return new Uint8Array(Buffer.concat(pieces))
}

const hex = (value: number): string => `0x${value.toString(16)}`

function adviceFor(path: string, code: string): string {
  if (code === 'ENOENT') return 'check the name in the configuration'
  if (path !== '/dev/mem') return 'run as root and check the device'
  if (code === 'EPERM' || code === 'EACCES')
    return 'it takes CAP_SYS_RAWIO, and a kernel that allows it (CONFIG_STRICT_DEVMEM, lockdown); or load ramoops'
  return 'the kernel lets only reserved memory be read there (CONFIG_STRICT_DEVMEM, lockdown): load ramoops instead'
}

/** All that core's readers find in it. */
export async function remainsOf(
  host: RemainsHost,
  store: string,
  region: Region,
  only: (name: string) => boolean = () => true,
): Promise<Remains[]> {
  const bytes = readRegion(host, region)
  if (bytes === undefined) return []
  try {
    const logs = (await recoverLogs(new MemoryFile(region.path, bytes), host.recover)).filter(({ name }) => only(name))
    return logs.length === 0 ? [] : [{ store, from: region.path, logs }]
  } catch (error) {
    if (!(error instanceof FormatError) && !(error instanceof InputError)) throw error
    host.trouble(`${region.path}: ${error.message}`)
    return []
  }
}

/** `0x6000000`, `1536K`, `512` → bytes; undefined when it is no size. */
export function readSize(text: string): number | undefined {
  const groups = /^(?<number>0x[0-9a-f]{1,12}|\d{1,15})(?<unit>[kmg]?)$/i.exec(text.trim())?.groups
  if (groups === undefined) return undefined
  const value = Number(groups['number']) * 1024 ** ['', 'k', 'm', 'g'].indexOf((groups['unit'] ?? '').toLowerCase())
  return Number.isSafeInteger(value) ? value : undefined
}
