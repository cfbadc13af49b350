// A guest that a test leads by hand: shell in it, files out of it, crashes, warm and cold reboots. For what is more than
// "crash it and see what Faultline says", which is a case (cases/case.ts).

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { machineOptions, prepareGuest } from './boot.ts'
import type { Guest } from './guests/index.ts'
import { x86_64 } from './guests/x86_64.ts'
import { commandFiles, lacksNode, NODE_MEMORY_MB, nodeDisk, useNode } from './inside.ts'
import { accelerated } from './kvm.ts'
import type { Machine, MachineOptions } from './machine.ts'
import { Unavailable } from './packages.ts'
import { makeFileSystem, mountDisk } from './roads/disk.ts'
import { bringNetworkUp, networkCard } from './roads/netconsole.ts'
import { loadRamoops, ramoopsWords } from './roads/ramoops.ts'
import { consoleLog, Session, sentFiles } from './session.ts'

export interface OpenOptions {
  /** x86_64 when it is not given */
  guest?: Guest
  /** `faultline …` and `node …` are commands of the guest: the command as it is built from this tree */
  faultline?: boolean
  /** eth0 is up as 10.0.2.15; the host's 127.0.0.1 is 10.0.2.2 there. Ports of the host that lead to the guest's, by number */
  network?: boolean | { forward?: Readonly<Record<number, number>> }
  /** ramoops is loaded at each boot: what the one before left is in /sys/fs/pstore */
  ramoops?: boolean
  /** ext4 file systems of so many MB by name, mounted at /disks/NAME at each boot; they outlive every reboot */
  disks?: Readonly<Record<string, number>>
  /** the disks have a cache of their own, which goes with the power: what the guest did not flush may not be there afterwards */
  volatileDisks?: boolean
  /** more files of /lab in the guest, by path */
  files?: Readonly<Record<string, string | Uint8Array>>
  /** shell that runs at each boot, after all of the above; must end with success */
  atBoot?: string
  commandLine?: readonly string[]
  qemu?: readonly string[]
  memoryMb?: number
  processors?: number
}

export interface Ran {
  status: number
  /** what the script printed, stdout and stderr in order */
  output: string
}

/** What a script may take, seconds; QEMU on a busy machine is slow. */
const USUAL_SECONDS = 120

/** Reads shell in base64, up to a line with a dot, and runs it; what it prints is sent. */
export const evaluate = `while read -r line && [ "$line" != . ]; do echo "$line"; done | base64 -d >/tmp/.script
sh /tmp/.script </dev/null >/tmp/.output 2>&1
echo $? >/tmp/.status
send /tmp/.output
status=$(cat /tmp/.status); ( exit $status )
`

/** Boots a guest. Throws Unavailable when this machine cannot have it, an Error when it does not come up. */
export async function openGuest(options: OpenOptions = {}): Promise<OpenGuest> {
  const { guest = x86_64 } = options
  const lacking = options.faultline ? lacksNode(guest) : undefined
  if (lacking !== undefined) throw new Unavailable(`${guest.name}: ${lacking}`)
  const prepared = await prepareGuest(guest)
  const folder = mkdtempSync(join(tmpdir(), 'faultline-guest-'))
  try {
    const node = options.faultline ? await nodeDisk(guest) : undefined
    const disks = await Promise.all(
      Object.entries(options.disks ?? {}).map(([name, megabytes]) =>
        makeFileSystem(folder, name, megabytes, { volatile: options.volatileDisks ?? false }),
      ),
    )
    const steps = [
      ...(node === undefined ? [] : [useNode(guest)]),
      ...(options.network ? [bringNetworkUp] : []),
      ...disks.map(mountDisk),
      ...(options.ramoops ? [loadRamoops(guest)] : []),
      ...(options.atBoot === undefined ? [] : [options.atBoot]),
    ]
    const files = {
      ...(options.faultline ? await commandFiles() : {}),
      ...options.files,
      boot: `failed=0\n${steps.map(step => `{\n${step}\n} || failed=1\n`).join('')}[ $failed = 0 ]\n`,
      evaluate,
    }
    const machine = machineOptions(
      prepared,
      {
        files,
        commandLine: [...(options.ramoops ? ramoopsWords(guest) : []), ...(options.commandLine ?? ['panic=1'])],
        args: [
          ...(options.network ? networkCard(guest, options.network === true ? {} : options.network.forward) : []),
          ...[...(node === undefined ? [] : [node]), ...disks].flatMap(({ qemu }) => qemu),
          ...(options.qemu ?? []),
        ],
        memoryMb: options.memoryMb ?? Math.max(guest.memoryMb, options.faultline ? NODE_MEMORY_MB : 0),
        ...(options.processors === undefined ? {} : { processors: options.processors }),
      },
      folder,
    )
    const opened = new OpenGuest(guest, await accelerated(guest, machine), folder)
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

export class OpenGuest {
  readonly guest: Guest
  private readonly options: MachineOptions
  private readonly folder: string
  private readonly earlier: Buffer[] = []
  private session: Session

  constructor(guest: Guest, options: MachineOptions, folder: string) {
    this.guest = guest
    this.options = options
    this.folder = folder
    this.session = new Session(options)
  }

  /** The QEMU of now: QMP commands by `command`. */
  get machine(): Machine {
    return this.session.machine
  }

  /** Everything the console has brought, of all boots, without the lab's own lines. */
  get log(): string {
    return consoleLog(Buffer.concat([...this.earlier, this.session.console])).toString('latin1')
  }

  /** Runs a script by `sh` to its end. What it leaves in the background lives on. Throws when the guest dies of it. */
  async run(script: string, seconds = USUAL_SECONDS): Promise<Ran> {
    const { status, output } = await this.runRaw(script, seconds)
    return { status, output: output.toString() }
  }

  private async runRaw(script: string, seconds: number): Promise<{ status: number; output: Buffer }> {
    const from = this.session.consoleBytes
    const end = await this.evaluate(script, seconds)
    if (end.how !== 'done') throw new Error(`the guest ${told[end.how]} in: ${script}\n${this.lastWords(from)}`)
    const sent = sentFiles(this.session.console.subarray(from)).find(({ path }) => path === '/tmp/.output')
    if (sent === undefined) throw new Error(`the output did not come through: ${script}\n${this.lastWords(from)}`)
    return { status: end.status, output: sent.bytes }
  }

  /** Runs a script that makes the machine reboot by itself, and waits until it is up again. */
  async runUntilReboot(script: string, seconds = USUAL_SECONDS): Promise<void> {
    const boots = this.session.boots.length
    const from = this.session.consoleBytes
    const end = await this.evaluate(script, seconds)
    // Devices and timers may take a moment longer than the script.
    if (end.how === 'silent' || end.how === 'stopped' || !(await this.session.ready(boots + 1, seconds)))
      throw new Error(`the guest did not reboot by: ${script}\n${this.lastWords(from)}`)
    await this.booted(boots + 1)
  }

  /** The reset button: memory stays as it is. */
  async reset(): Promise<void> {
    const boots = this.session.boots.length
    await this.machine.command('system_reset')
    await this.booted(boots + 1)
  }

  /** Power gone, and back: a new QEMU with the same disks. */
  async powerCycle(): Promise<void> {
    await this.machine.stop()
    this.earlier.push(this.session.console)
    this.session = new Session(this.options)
    await this.booted(1)
  }

  /** A file's bytes. Throws when it is not there. */
  async read(path: string): Promise<Buffer> {
    const { status, output } = await this.runRaw(`cat '${path}'`, USUAL_SECONDS)
    if (status !== 0) throw new Error(`cannot read ${path} in the guest: ${output}`)
    return output
  }

  /** Puts a file there; folders above it are made. */
  async write(path: string, content: string | Uint8Array): Promise<void> {
    const body = Buffer.from(content).toString('base64').replace(/.{76}/g, '$&\n')
    const { status, output } = await this.run(
      `mkdir -p "$(dirname '${path}')"\nbase64 -d >'${path}' <<'END'\n${body}\nEND\n`,
    )
    if (status !== 0) throw new Error(`cannot write ${path} in the guest: ${output}`)
  }

  /** Ends QEMU and takes the disks away. */
  async stop(): Promise<void> {
    await this.machine.stop()
    rmSync(this.folder, { recursive: true, force: true })
  }

  /** Waits for this boot of the present QEMU, and has it set up what was asked for. */
  async booted(count: number): Promise<void> {
    const { guest, session } = this
    if (!(await session.ready(count, guest.bootSeconds)))
      throw new Error(`${guest.name} did not boot within ${guest.bootSeconds} s: ${session.machine.complaint}`)
    const from = session.consoleBytes
    const end = await session.phase('boot', USUAL_SECONDS)
    if (end.how !== 'done' || end.status !== 0) throw new Error(`setting the guest up failed:\n${this.lastWords(from)}`)
  }

  private evaluate(script: string, seconds: number): ReturnType<Session['phase']> {
    const end = this.session.phase('evaluate', seconds)
    const lines = Buffer.from(script).toString('base64').replace(/.{76}/g, '$&\n')
    this.machine.type(`${lines}\n.\n`)
    return end
  }

  private lastWords(from: number): string {
    return consoleLog(this.session.console.subarray(from)).toString('latin1').split('\n').slice(-20).join('\n')
  }
}

const told = { rebooted: 'rebooted', stopped: 'ended', silent: 'said nothing more' }
