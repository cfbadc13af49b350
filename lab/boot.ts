import { globSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Guest } from './guests/index.ts'
import { baseInitramfs, caseInitramfs } from './initramfs.ts'
import { type Kernel, kernelOf } from './kernel.ts'
import { ownUserSpace } from './kernels/user-space.ts'
import type { MachineOptions } from './machine.ts'
import { type CrashModules, crashModules } from './modules.ts'
import { fetchPackage, needPrograms } from './packages.ts'

/** Everything of a guest that is the same for each boot. */
export interface PreparedGuest {
  guest: Guest
  kernel: Kernel
  initramfs: Buffer
}

const prepared = new Map<string, Promise<PreparedGuest>>()

/** Fetches and builds what the guest needs; the first time that takes minutes. */
export function prepareGuest(guest: Guest): Promise<PreparedGuest> {
  let preparing = prepared.get(guest.name)
  if (preparing === undefined) {
    preparing = prepare(guest)
    prepared.set(guest.name, preparing)
  }
  return preparing
}

async function prepare(guest: Guest): Promise<PreparedGuest> {
  const kernel = await kernelOf(guest)
  await needPrograms({ [guest.qemu.program]: guest.qemu.package })
  const { modules, busybox } = await userSpace(guest, kernel)
  const extra = Object.values(modules).filter(path => path !== undefined)
  const initramfs = await baseInitramfs(kernel, busybox, extra)
  return { guest, kernel, initramfs }
}

/** What a guest's initramfs is made of besides the kernel's own modules. */
export async function userSpace(guest: Guest, kernel: Kernel): Promise<{ modules: CrashModules; busybox: string }> {
  if (guest.kernel.from === 'lab') return ownUserSpace(guest.kernel.name)
  const { folder } = await fetchPackage(guest.kernel.arch, 'busybox-static')
  const [busybox] = globSync(join(folder, '{bin,usr/bin}/busybox'))
  if (busybox === undefined) throw new Error(`${folder}: no busybox`)
  return { modules: await crashModules(guest.kernel, kernel), busybox }
}

export interface BootOptions {
  /** phases and other files of /lab in the guest */
  files: Record<string, string | Uint8Array>
  commandLine?: readonly string[]
  /** more arguments of QEMU */
  args?: readonly string[]
  memoryMb?: number
  processors?: number
  logFile?: string
}

/** What QEMU is started with. `folder` takes the initramfs. */
export function machineOptions(prepared: PreparedGuest, options: BootOptions, folder: string): MachineOptions {
  const { guest, kernel, initramfs } = prepared
  mkdirSync(folder, { recursive: true })
  const initrd = join(folder, 'initramfs')
  writeFileSync(initrd, Buffer.concat([initramfs, caseInitramfs(options.files)]))
  const words = [
    `console=${guest.console}`,
    'printk.devkmsg=on',
    'loglevel=8',
    guest.commandLine,
    ...(options.commandLine ?? []),
  ]
  const processors = options.processors ?? guest.processors ?? 1
  return {
    program: guest.qemu.program,
    args: [
      ...guest.qemu.args,
      '-m',
      String(options.memoryMb ?? guest.memoryMb),
      '-smp',
      guest.packages ? `${processors},sockets=${processors}` : String(processors),
      ...(options.args?.includes('-netdev') ? [] : ['-nic', 'none']),
      ...(options.args ?? []),
      '-kernel',
      kernel.image,
      '-initrd',
      initrd,
      '-append',
      words.filter(Boolean).join(' '),
    ],
    ...(options.logFile === undefined ? {} : { logFile: options.logFile }),
  }
}
