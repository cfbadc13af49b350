// A guest that is a whole Debian, with systemd, journal and wtmp on a disk of its own: for what an agent is installed into.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { machineOptions, userSpace } from './boot.ts'
import { cached } from './cache.ts'
import type { Guest } from './guests/index.ts'
import { x86_64 } from './guests/x86_64.ts'
import { baseInitramfs, phases } from './initramfs.ts'
import { kernelOf } from './kernel.ts'
import { evaluate, OpenGuest } from './open-guest.ts'
import { needPrograms, Unavailable } from './packages.ts'
import { findDisk, openDisk } from './roads/disk.ts'
import { ramoopsWords } from './roads/ramoops.ts'
import { runProgram } from './run-program.ts'

const SUITE = 'bookworm'
const packages = ['systemd-sysv', 'udev', 'kmod', 'dbus', 'procps', 'util-linux']
/** Of what is done to the system below: a change makes a new one. */
const VERSION = 1
const DISK_MB = 900
const NAME = 'system'

/** Boots with systemd in a quarter of a minute; a machine with other work to do takes many times as long. */
const guest: Guest = { ...x86_64, name: 'x86_64-system', bootSeconds: 900 }

/** A host that has other work to do stops a guest for many seconds, which its kernel would report as a fault of its own. */
const patience = ['nowatchdog', 'rcupdate.rcu_cpu_stall_suppress=1']

/** What takes its time at each boot and is not asked for here. */
const masked = [
  'e2scrub_reap.service',
  'systemd-logind.service',
  'systemd-random-seed.service',
  ...['configfs', 'dm_mod', 'drm', 'fuse', 'loop'].map(name => `modprobe@${name}.service`),
  ...['dev-hugepages', 'dev-mqueue', 'sys-kernel-config', 'sys-fs-fuse-connections'].map(name => `${name}.mount`),
  ...['apt-daily', 'apt-daily-upgrade', 'dpkg-db-backup', 'e2scrub_all', 'fstrim'].map(name => `${name}.timer`),
].map(unit => `systemd.mask=${unit}`)

/** Mounts the disk, brings the kernel's modules and the lab's files there, and lets systemd begin. */
const init = `#!/bin/busybox sh
export PATH=/bin
/bin/busybox --install -s /bin
mount -t devtmpfs dev /dev
exec </dev/console >/dev/console 2>&1
mount -t proc proc /proc
mount -t sysfs sys /sys
${findDisk(NAME)}
for each in crc32c_generic ext4; do modprobe $each 2>/dev/null; done
mkdir -p /root
mount -t ext4 "$disk" /root || { echo "<0>@@lab no disk" >/dev/kmsg; sleep 1000; }
rm -rf /root/lab
mkdir -p /root/lab
cp -r /lab/. /root/lab/
if [ ! -e "/root/lib/modules/$(uname -r)/modules.dep.bin" ]; then
  mkdir -p /root/lib/modules
  cp -r /lib/modules/. /root/lib/modules/
  chroot /root /sbin/depmod "$(uname -r)"
fi
umount /sys /proc
exec switch_root /root /sbin/init
`

const unit = `[Unit]
Description=The lab's commands
After=systemd-user-sessions.service
[Service]
ExecStart=/bin/sh /usr/local/lib/lab-phases
StandardInput=tty
StandardOutput=tty
TTYPath=/dev/ttyS0
KillMode=mixed
TimeoutStopSec=3
IgnoreSIGPIPE=no
[Install]
WantedBy=multi-user.target
`

const script = `export PATH=/usr/sbin:/usr/bin:/sbin:/bin
stty -echo
mount -t debugfs debug /sys/kernel/debug 2>/dev/null
${phases}`

/** The disk's content, made once. Throws Unavailable where mmdebstrap cannot be had or has no root. */
async function baseDisk(): Promise<string> {
  const folder = await cached(`system/${SUITE}-${VERSION}`, async target => {
    if (process.getuid?.() !== 0) throw new Unavailable('a Debian system is made by mmdebstrap as root')
    await needPrograms({ mmdebstrap: 'mmdebstrap', mke2fs: 'e2fsprogs' })
    const tree = join(target, 'tree')
    await runProgram('mmdebstrap', [
      '--quiet',
      '--variant=minbase',
      `--include=${packages.join(',')}`,
      SUITE,
      tree,
    ]).catch((error: unknown) => {
      throw new Unavailable(`mmdebstrap failed: ${error instanceof Error ? error.message.slice(0, 400) : error}`)
    })
    for (const path of ['var/cache/apt', 'var/lib/apt/lists', 'usr/share/doc', 'usr/share/locale', 'dev']) {
      rmSync(join(tree, path), { recursive: true, force: true })
    }
    for (const path of ['dev', 'var/log/journal']) mkdirSync(join(tree, path), { recursive: true })
    writeFileSync(join(tree, 'var/log/wtmp'), '')
    writeFileSync(join(tree, 'etc/fstab'), '/dev/root / ext4 defaults 0 0\n')
    writeFileSync(join(tree, 'etc/systemd/system/lab.service'), unit)
    writeFileSync(join(tree, 'usr/local/lib/lab-phases'), script)
    const systemctl = (...args: string[]): Promise<Buffer> => runProgram('systemctl', ['--root', tree, ...args])
    await systemctl('enable', 'lab.service')
    // Slow, and nothing here needs them.
    await systemctl('mask', 'serial-getty@ttyS0.service', 'getty@tty1.service', 'systemd-udev-settle.service')
    await runProgram('mke2fs', [
      '-q',
      '-t',
      'ext4',
      '-m',
      '0',
      '-L',
      NAME,
      '-d',
      tree,
      join(target, 'disk'),
      `${DISK_MB}M`,
    ])
    await runProgram('rm', ['-rf', tree])
  })
  return join(folder, 'disk')
}

export interface SystemOptions {
  /** a tar archive that the guest finds as a disk: `tar x` from $(blkid -L or /dev/disk/by-id/virtio-NAME) */
  archives?: Readonly<Record<string, string>>
  commandLine?: readonly string[]
  qemu?: readonly string[]
  memoryMb?: number
}

/** Boots it, from a copy of its disk that is the guest's own and outlives its reboots. */
export async function openSystem(options: SystemOptions = {}): Promise<OpenGuest> {
  const base = await baseDisk()
  const kernel = await kernelOf(guest)
  await needPrograms({ [guest.qemu.program]: guest.qemu.package })
  const { modules, busybox } = await userSpace(guest, kernel)
  const extra = Object.values(modules).filter((path): path is string => path !== undefined)
  const folder = mkdtempSync(join(tmpdir(), 'faultline-system-'))
  try {
    const image = join(folder, 'system.img')
    await runProgram('cp', ['--sparse=always', base, image])
    const disks = [
      openDisk(image, NAME),
      ...Object.entries(options.archives ?? {}).map(([name, path]) => openDisk(path, name, { readOnly: true })),
    ]
    const initramfs = await baseInitramfs(kernel, busybox, extra, init)
    const machine = machineOptions(
      { guest, kernel, initramfs },
      {
        files: { boot: 'true\n', evaluate },
        commandLine: [
          'panic=1',
          'systemd.show_status=0',
          ...patience,
          ...masked,
          ...ramoopsWords(guest),
          ...(options.commandLine ?? []),
        ],
        args: [...disks.flatMap(({ qemu }) => qemu), ...(options.qemu ?? [])],
        memoryMb: options.memoryMb ?? 640,
      },
      folder,
    )
    // KVM is tried by a boot that is broken off, which this disk must not see.
    const opened = new OpenGuest(guest, machine, folder)
    await opened.booted(1).catch(async error => {
      await opened.stop()
      throw error
    })
    return opened
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
}
