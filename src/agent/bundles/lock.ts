// One writer for each spool. flock(2) is the lock: the kernel gives it back when its holder dies, however that happens. It
// is asked for by koffi, or where that is not there by flock(1), which locks the open file that it inherits from us. Where
// there is neither, a file made with O_EXCL names the holder, by process, start time and boot, so that neither a
// killed holder nor another process with its number counts as one (lock-file.ts).

import { spawn } from 'node:child_process'
import { constants as o, readFileSync } from 'node:fs'
import { LibcError, LOCK_EX, LOCK_NB, libc } from '../../node/libc.ts'
import type { HostFile } from '../host.ts'
import type { Folder } from './folder.ts'
import { lockByFile } from './lock-file.ts'
import { codeOf, SpoolError } from './problem.ts'

/** Who holds a lock: written into it for people, and for the lock that is only a file. */
export interface Holder {
  pid: number
  /** field 22 of /proc/PID/stat, clock ticks since boot; proc_pid_stat(5) */
  started: string
  bootId: string
}

export interface Lock {
  /** whether it is still ours; a lock of the kernel always is */
  held(): Promise<boolean>
  release(): Promise<void>
}

export type LockWay = 'flock' | 'flock-command' | 'file'

export const lockName = '.lock'

/** Takes the lock of the folder; throws SpoolError HELD, saying who has it. `ways` is for tests. */
export async function takeLock(
  folder: Folder,
  name = lockName,
  ways: readonly LockWay[] = ['flock', 'flock-command', 'file'],
): Promise<Lock> {
  for (const way of ways) {
    if (way === 'file') return lockByFile(folder, `${name}.owner`)
    const flock = way === 'flock' ? byLibrary : byCommand
    // Not for writing: an open file for that would keep its file system from being remounted read-only. NFS wants it so,
    // and there the last way is taken.
    const file = await folder.openFile(name, o.O_RDONLY | o.O_CREAT, 0o600)
    let got: boolean | undefined
    try {
      got = await flock(file)
      if (got === false) throw heldBy(folder, parseHolder(await contentOf(file)))
      if (got) {
        await sign(folder, name)
        return { held: async () => true, release: () => file.close() }
      }
    } finally {
      if (!got) await file.close()
    }
  }
  throw new SpoolError('ENOLCK', `${folder.path}: no way to lock it works on this machine.`)
}

/** true: got it; false: another has it; undefined: this way does not work here. */
type Flock = (file: HostFile) => Promise<boolean | undefined>

const byLibrary: Flock = async file => {
  try {
    return libc()?.flock(file.descriptor, LOCK_EX | LOCK_NB) === undefined ? undefined : true
  } catch (error) {
    if (!(error instanceof LibcError)) throw error
    return error.code === 'EAGAIN' || error.code === 'EWOULDBLOCK' ? false : undefined
  }
}

/** util-linux's and BusyBox's: exit code 1 where another has the lock. */
const byCommand: Flock = file =>
  new Promise(resolve => {
    const child = spawn('flock', ['-n', '3'], { stdio: ['ignore', 'ignore', 'ignore', file.descriptor] })
    child.on('error', () => resolve(undefined))
    child.on('exit', code => resolve(code === 0 ? true : code === 1 ? false : undefined))
  })

/** Says in the lock who has it. It is only told: a disk that is full must not keep the agent from starting. */
async function sign(folder: Folder, name: string): Promise<void> {
  try {
    const file = await folder.openFile(name, o.O_WRONLY | o.O_TRUNC)
    await file.write(Buffer.from(`${JSON.stringify(thisProcess())}\n`)).finally(() => file.close())
  } catch (error) {
    if (codeOf(error) === '') throw error
  }
}

export const heldBy = ({ path }: Folder, holder: Holder | undefined): SpoolError =>
  new SpoolError(
    'HELD',
    `${path} is in use by another agent${holder === undefined ? '' : ` (process ${holder.pid})`}. ` +
      'Only one can write to it: stop that one, or give this one another folder with --data.',
  )

const MAX_HOLDER_BYTES = 1024

export async function contentOf(file: HostFile): Promise<string> {
  const bytes = new Uint8Array(MAX_HOLDER_BYTES)
  return new TextDecoder().decode(bytes.subarray(0, await file.read(bytes, 0)))
}

export function parseHolder(text: string): Holder | undefined {
  try {
    const { pid, started, bootId } = JSON.parse(text) as Partial<Holder>
    return Number.isSafeInteger(pid) && typeof started === 'string' && typeof bootId === 'string'
      ? { pid: pid!, started, bootId }
      : undefined
  } catch {
    return undefined
  }
}

export const thisProcess = (): Holder => ({
  pid: process.pid,
  started: startOf(process.pid) ?? '',
  bootId: textOf('/proc/sys/kernel/random/boot_id')?.trim() ?? '',
})

/** A process of that number may be another one than the holder: then it started at another time, or in another boot. */
export function isAlive(holder: Holder): boolean {
  const now = thisProcess()
  if (holder.bootId !== now.bootId) return false
  const started = startOf(holder.pid)
  return started !== undefined && started === holder.started
}

/** The command's name stands in parentheses and may hold anything, so fields are counted from the last one. */
function startOf(pid: number): string | undefined {
  const stat = textOf(`/proc/${pid}/stat`)
  return stat
    ?.slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .at(19)
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
