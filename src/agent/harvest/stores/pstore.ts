// /sys/fs/pstore: the kernel shows each record of its back end as a file, and erases it when the file is removed.
// Documentation/ABI/testing/pstore; fs/pstore/inode.c.

import { inflateRecord, MAX_LOG_BYTES } from '../../../core/formats/recovered-log.ts'
import type { Remains, RemainsHost, RemainsStore, Remnant } from '../store.ts'

const folder = '/sys/fs/pstore'

// pstore_mkfile(): <type>-<back end>-<id>; old kernels leave "-0" out; .enc.z is what could not be decompressed.
const fileName =
  /^(?<type>dmesg|mce|console|ftrace|rtas|powerpc-ofw|powerpc-common|pmsg|powerpc-opal|unknown|type\d+)-(?<backend>[a-z_]+)(?:-(?<id>\d+))?(?<packed>\.enc\.z)?$/

/** Types that hold a kernel's log; the others are kept beside it. */
const logs: ReadonlySet<string> = new Set(['dmesg', 'console'])

/** `dmesg-efi_pstore-166692286101001` → type, back end, id; undefined for a file that pstore does not name so. */
export function readPstoreName(name: string) {
  const { type, backend, id, packed } = fileName.exec(name)?.groups ?? {}
  if (type === undefined || backend === undefined) return undefined
  return { type, backend, ...(id === undefined ? {} : { id: BigInt(id) }), packed: packed !== undefined }
}

export const pstore: RemainsStore = {
  name: 'pstore',
  what: `${folder}: ramoops, ERST, EFI variables, NVRAM, pstore_blk`,
  collect: host => collectFiles(host, folder, true),
}

/** The files of pstore's folder or of a copy of it, by back end. */
export async function collectFiles(host: RemainsHost, from: string, erasable: boolean): Promise<Remains[]> {
  const { system } = host
  // They read ERST's machine checks themselves, and erase them then.
  const others = ['/usr/sbin/rasdaemon', '/usr/sbin/mcelog'].some(path => system.facts(path) !== undefined)
  const byBackend = new Map<string, Remnant[]>()
  for (const name of system.names(from)) {
    const parsed = readPstoreName(name)
    const path = `${from}/${name}`
    const facts = system.facts(path)
    if (parsed === undefined || facts?.kind !== 'file') continue
    const bytes = system.bytes(path, MAX_LOG_BYTES)
    if (bytes === undefined) {
      host.trouble(`${path}: cannot be read; run as root`)
      continue
    }
    const inflated = parsed.packed ? await inflateRecord(bytes, host.recover) : { bytes }
    const remnants = byBackend.get(parsed.backend) ?? []
    byBackend.set(parsed.backend, remnants)
    remnants.push({
      name,
      by: logs.has(parsed.type) ? 'kernel' : 'user',
      offset: 0,
      // fs/pstore/inode.c sets it to the record's time; what has none gets the time of the mount.
      ...(parsed.type === 'dmesg' ? { wallUs: Math.round(facts.modifiedMs * 1000) } : {}),
      text: inflated.bytes,
      ...(parsed.packed ? { original: bytes } : {}),
      damage: inflated.damage === undefined ? [] : [inflated.damage],
      ...(erasable && !(parsed.type === 'mce' && others) ? { erase: () => erase(host, path) } : {}),
    })
  }
  return [...byBackend].map(([backend, found]) => ({ store: 'pstore', from: backend, logs: found }))
}

function erase({ system }: RemainsHost, path: string): void {
  try {
    system.remove(path)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT') return
    const why = code === 'EPERM' ? 'its back end cannot erase, or it is mounted read-only' : code
    throw new Error(`${path}: not erased (${why}); it stays until the kernel overwrites it`, { cause: error })
  }
}
