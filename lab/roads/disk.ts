// Disks and flash chips of a guest that are files of the host: what is written to them outlives the guest.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { needPrograms } from '../packages.ts'
import { runProgram } from '../run-program.ts'

export interface Disk {
  image: string
  /** for QEMU */
  qemu: readonly string[]
  /** shell that sets $disk to the device */
  find: string
}

/** A new virtio disk that is told by its serial number. Erased flash is all ones, an empty disk all zeros. */
export function makeDisk(folder: string, name: string, bytes: number, filler = 0): Disk {
  const image = join(folder, `${name}.img`)
  writeFileSync(image, Buffer.alloc(bytes, filler))
  return openDisk(image, name)
}

export interface DiskOptions {
  readOnly?: boolean
  format?: 'raw' | 'qcow2'
}

/** A virtio disk over a file that is there. Guests may share one that is only read. */
export function openDisk(image: string, name: string, { readOnly = false, format = 'raw' }: DiskOptions = {}): Disk {
  const drive = `if=none,id=${name},file=${image},format=${format}${readOnly ? ',readonly=on' : ''}`
  return {
    image,
    qemu: ['-drive', drive, '-device', `virtio-blk-pci,drive=${name},serial=${name}`],
    find: findDisk(name),
  }
}

/** Shell that sets $disk to the device with this serial number, as soon as the kernel has found it. */
export const findDisk = (name: string): string => `modprobe virtio_pci 2>/dev/null; modprobe virtio_blk 2>/dev/null
disk=; tries=0
while [ -z "$disk" ] && [ $tries -lt 50 ]; do
  for each in /sys/block/vd*; do [ "$(cat $each/serial 2>/dev/null)" = ${name} ] && disk=/dev/\${each##*/}; done
  [ -z "$disk" ] && sleep 0.1; tries=$((tries + 1))
done`

/**
 * A new disk with an ext4 file system of so many MB: what is durable there outlives a crash.
 *
 * A volatile one is a qcow2 file, cache=writeback. QEMU keeps in its own memory where a new cluster stands until the guest
 * flushes (qcow2-cache.c), so what was written to a place for the first time is not there when QEMU is killed before. What
 * is written over an old cluster stays, flushed or not, as on a disk that happened to write it out. Clusters are as small as
 * ext4's smallest blocks.
 */
export async function makeFileSystem(
  folder: string,
  name: string,
  megabytes: number,
  { volatile = false } = {},
): Promise<Disk> {
  await needPrograms({ mke2fs: 'e2fsprogs' })
  mkdirSync(folder, { recursive: true })
  const disk = makeDisk(folder, name, megabytes * 1024 * 1024)
  await runProgram('mke2fs', ['-q', '-t', 'ext4', '-F', '-L', name, disk.image])
  if (!volatile) return disk
  await needPrograms({ 'qemu-img': 'qemu-utils' })
  const image = join(folder, `${name}.qcow2`)
  const forms = ['-f', 'raw', '-O', 'qcow2', '-o', 'cluster_size=1024']
  await runProgram('qemu-img', ['convert', '-q', ...forms, disk.image, image])
  rmSync(disk.image)
  return openDisk(image, name, { format: 'qcow2' })
}

/** Shell that mounts it at /disks/NAME. */
export function mountDisk({ find, image }: Disk): string {
  const name = basename(image).replace(/\.\w+$/, '')
  return `${find}
for each in crc32c_generic ext4; do modprobe $each 2>/dev/null; done; mkdir -p /disks/${name} && mount -t ext4 $disk /disks/${name}`
}
