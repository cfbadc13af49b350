// Whether KVM can run a guest here: known only by trying. There are machines with a /dev/kvm on which no guest gets as far
// as its first line.

import { accessSync, constants, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { arch } from 'node:os'
import { join } from 'node:path'
import { workFolder } from './cache.ts'
import type { Guest } from './guests/index.ts'
import type { MachineOptions } from './machine.ts'
import { Session } from './session.ts'
import { tell } from './tell.ts'

const TRIAL_SECONDS = 10

/** Guests that this machine's processor could run itself. */
const native = (guest: Guest): boolean => arch() === 'x64' && (guest.arch === 'x86_64' || guest.arch === 'i386')

function accessible(): boolean {
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK)
    return true
  } catch {
    return false
  }
}

const trials = new Map<string, Promise<boolean>>()

/** QEMU's arguments with KVM where a trial boot came to its first command in ten seconds; as they are otherwise. */
export async function accelerated(guest: Guest, options: MachineOptions): Promise<MachineOptions> {
  if (!native(guest) || !accessible()) return options
  const args = [...options.args.map((arg, at) => (options.args[at - 1] === '-cpu' ? 'host' : arg)), '-accel', 'kvm']
  const withKvm = { ...options, args }
  let trial = trials.get(guest.name)
  if (trial === undefined) {
    trial = tryOnce(guest, { program: options.program, args })
    trials.set(guest.name, trial)
  }
  return (await trial) ? withKvm : options
}

/** The outcome is kept until the machine boots again. */
async function tryOnce(guest: Guest, options: MachineOptions): Promise<boolean> {
  const boot = existsSync('/proc/sys/kernel/random/boot_id')
    ? readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    : 'unknown'
  const file = join(workFolder('kvm'), guest.name)
  if (existsSync(file)) {
    const [keptBoot, kept] = readFileSync(file, 'utf8').split(' ')
    if (keptBoot === boot) return kept === 'works'
  }
  tell(`trying KVM with ${guest.name}`)
  const session = new Session(options)
  const works = await session.ready(1, TRIAL_SECONDS)
  await session.machine.stop()
  writeFileSync(file, `${boot} ${works ? 'works' : 'fails'}`)
  return works
}
