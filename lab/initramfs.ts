// The user space of a guest: busybox, the modules it may need, and an init that does what the host says.

import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { type CpioEntry, cpio, file, program } from './cpio.ts'
import { type Kernel, modulesWithNeeds, readModule } from './kernel.ts'

/** Modules that a road or a case may load; what a kernel lacks is left out. */
const wanted = [
  'virtio_pci',
  'virtio_mmio',
  'virtio_net',
  'virtio_blk',
  'ext4',
  'crc32c_generic',
  'netconsole',
  'ramoops',
  'pstore_blk',
  'efi_pstore',
  'qemu_fw_cfg',
  'mtdram',
  'block2mtd',
  'mtdoops',
  'i6300esb',
  'virtio_console',
  'mce-inject',
  'aer_inject',
  'hwpoison-inject',
  // The kernel's own tests of its checks, which only a kernel of the lab's own has.
  'kasan_test',
  'kfence_test',
  'test_ubsan',
  'test_lockup',
]

/**
 * Waits for the name of a phase on the console, and runs /lab/NAME. Marks go through /dev/kmsg: so they stand between the
 * kernel's own lines at the right place. `send` prints files so that the host finds them on the console; stty waits until
 * the terminal has drained, for printk overtakes it.
 */
export const phases = `mark() { echo "<6>@@lab $*" >/dev/kmsg; }
send() {
  dmesg -n 1
  for path; do
    [ -f "$path" ] || continue
    cat "$path" >/tmp/.send
    echo "@@file $path $(md5sum </tmp/.send | cut -c1-32)"
    base64 /tmp/.send
    echo "@@end $path"
  done
  rm -f /tmp/.send
  stty -echo
  dmesg -n 8
}
mark ready
while :; do
  read -r phase || { sleep 1; continue; }
  [ -f "/lab/$phase" ] || { mark "done $phase 127"; continue; }
  . "/lab/$phase"
  mark "done $phase $?"
done
`

const init = `#!/bin/busybox sh
export PATH=/bin
/bin/busybox --install -s /bin
mount -t devtmpfs dev /dev
exec </dev/console >/dev/console 2>&1
stty -echo
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t debugfs debug /sys/kernel/debug
mount -t tracefs trace /sys/kernel/tracing
mount -t pstore pstore /sys/fs/pstore
[ -d /sys/kernel/config ] && mount -t configfs config /sys/kernel/config

mount -t tmpfs tmp /tmp
${phases}`

/** The archive with what every boot of a guest has, with this script as init; a case's own phases come in a second archive behind it. */
export async function baseInitramfs(
  kernel: Kernel,
  busybox: string,
  extra: readonly string[],
  script = init,
): Promise<Buffer> {
  const entries: CpioEntry[] = [
    { path: 'dev/console', mode: 0o020600, device: [5, 1] },
    program('init', Buffer.from(script)),
    program('bin/busybox', readFileSync(busybox)),
    ...['proc', 'sys', 'tmp', 'run', 'sbin'].map(path => ({ path, mode: 0o040755 })),
  ]
  const folder = `lib/modules/${kernel.release}`
  const paths = modulesWithNeeds(kernel, wanted)
  const tree = join(kernel.tree, folder)
  for (const path of paths) entries.push(file(`${folder}/${plain(path)}`, await readModule(join(tree, path))))
  entries.push(file(`${folder}/modules.dep`, Buffer.from(dependencies(tree, new Set(paths)))))
  for (const path of extra) entries.push(file(`lab/modules/${basename(path)}`, readFileSync(path)))
  const packed = gzipSync(cpio(entries), { level: 6 })
  // init/initramfs.c takes an uncompressed archive behind this one only at a multiple of four.
  return Buffer.concat([packed, Buffer.alloc((4 - (packed.length % 4)) % 4)])
}

/** The folders above a file: of a/b/c, a and a/b. */
function foldersOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1)
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'))
}

/** Phases and other files of one boot, by their path in /lab. */
export function caseInitramfs(files: Record<string, string | Uint8Array>): Buffer {
  const folders = new Set(Object.keys(files).flatMap(foldersOf))
  return cpio([
    ...[...folders].map(path => ({ path: `lab/${path}`, mode: 0o040755 })),
    ...Object.entries(files).map(([path, content]) =>
      program(`lab/${path}`, typeof content === 'string' ? Buffer.from(content) : content),
    ),
  ])
}

const plain = (path: string): string => path.replace(/\.(?:xz|zst|gz)$/, '')

/** The lines of modules.dep whose modules are all in the archive, with names of unpacked modules. */
function dependencies(tree: string, kept: ReadonlySet<string>): string {
  return readFileSync(join(tree, 'modules.dep'), 'utf8')
    .split('\n')
    .filter(line => kept.has(line.split(':')[0] ?? ''))
    .map(
      line =>
        `${line
          .split(' ')
          .map(word => (word.endsWith(':') ? `${plain(word.slice(0, -1))}:` : plain(word)))
          .join(' ')}\n`,
    )
    .join('')
}
