// Writing an initramfs: cpio in the "newc" form. Documentation/driver-api/early-userspace/buffer-format.rst

export interface CpioEntry {
  /** without a leading slash */
  path: string
  /** file type and permissions, as in stat(2): 0o100755 a program, 0o040755 a folder, 0o120777 a link, 0o020600 a device */
  mode: number
  /** content of a file, target of a link */
  bytes?: Uint8Array
  /** of a device: major, minor */
  device?: readonly [number, number]
}

const TRAILER = 'TRAILER!!!'

const hex = (value: number): string => value.toString(16).padStart(8, '0').toUpperCase()

const padded = (length: number): number => (length + 3) & ~3

function chunk(entry: CpioEntry, inode: number): Buffer {
  const name = Buffer.from(`${entry.path}\0`)
  const bytes = entry.bytes ?? new Uint8Array(0)
  const [major, minor] = entry.device ?? [0, 0]
  const links = entry.path === TRAILER ? 1 : (entry.mode & 0o170000) === 0o040000 ? 2 : 1
  // ino mode uid gid nlink mtime filesize devmajor devminor rdevmajor rdevminor namesize check
  const fields = [inode, entry.mode, 0, 0, links, 0, bytes.length, 0, 0, major, minor, name.length, 0]
  const header = Buffer.from(`070701${fields.map(hex).join('')}`)
  const headLength = padded(header.length + name.length)
  const whole = Buffer.alloc(headLength + padded(bytes.length))
  header.copy(whole)
  name.copy(whole, header.length)
  whole.set(bytes, headLength)
  return whole
}

/** The archive of these entries, padded to 512 bytes so that another can follow it. Folders above an entry are added. */
export function cpio(entries: readonly CpioEntry[]): Buffer {
  const all = new Map<string, CpioEntry>()
  for (const entry of entries) {
    const parts = entry.path.split('/')
    for (let depth = 1; depth < parts.length; depth++) {
      const path = parts.slice(0, depth).join('/')
      if (!all.has(path)) all.set(path, { path, mode: 0o040755 })
    }
    all.set(entry.path, entry)
  }
  const chunks = [...all.values()].map((entry, index) => chunk(entry, index + 1))
  chunks.push(chunk({ path: TRAILER, mode: 0 }, 0))
  const archive = Buffer.concat(chunks)
  return Buffer.concat([archive, Buffer.alloc((512 - (archive.length % 512)) % 512)])
}

export const program = (path: string, bytes: Uint8Array): CpioEntry => ({ path, mode: 0o100755, bytes })
export const file = (path: string, bytes: Uint8Array): CpioEntry => ({ path, mode: 0o100644, bytes })
