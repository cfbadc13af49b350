// Hosts whose disk fails, or who die, at a chosen call: every step of writing can be the last one.

import type { Host, HostFile, HostFiles } from '../../src/agent/host.ts'
import { nodeHost } from '../../src/agent/host.ts'

/** Called before each call that touches the disk, with its name; bytes are given for writes. */
export type OnCall = (call: string, write?: () => Promise<unknown>) => Promise<void> | void

/** The host with every call of its file system announced. */
export function watchedHost(onCall: OnCall, host: Host = nodeHost): Host {
  const after = async <T>(call: string, task: () => Promise<T>, torn?: () => Promise<unknown>): Promise<T> => {
    await onCall(call, torn)
    return task()
  }
  const file = (inner: HostFile): HostFile => ({
    descriptor: inner.descriptor,
    read: (into, position) => after('read', () => inner.read(into, position)),
    // Torn in the middle: what a full disk and a kill leave.
    write: bytes =>
      after(
        'write',
        () => inner.write(bytes),
        () => inner.write(bytes.subarray(0, bytes.length >> 1)),
      ),
    sync: () => after('sync', () => inner.sync()),
    stat: () => after('stat', () => inner.stat()),
    // What was announced as failing is closed all the same, as close(2) does.
    close: async () => {
      try {
        await onCall('close')
      } finally {
        await inner.close()
      }
    },
  })
  const { files } = host
  const wrapped: HostFiles = {
    open: (path, flags, mode) => after('open', async () => file(await files.open(path, flags, mode))),
    mkdir: (path, mode) => after('mkdir', () => files.mkdir(path, mode)),
    rename: (from, to) => after('rename', () => files.rename(from, to)),
    unlink: path => after('unlink', () => files.unlink(path)),
    rmdir: path => after('rmdir', () => files.rmdir(path)),
    readdir: path => after('readdir', () => files.readdir(path)),
    lstat: path => after('lstat', () => files.lstat(path)),
    statfs: path => after('statfs', () => files.statfs(path)),
  }
  return { ...host, files: wrapped }
}

export interface Dying {
  host: Host
  /** how many calls there were */
  calls(): number
  /** resolves at the chosen call, from which on nothing ever returns */
  died: Promise<void>
}

/** A machine that stops at its `at`-th call; the kernel then closes what it had open, and so gives back its locks. */
export function dyingHost(at: number, tear = false): Dying {
  let calls = 0
  let dead = () => {}
  const died = new Promise<void>(resolve => {
    dead = resolve
  })
  const open = new Set<HostFile>()
  const tracked: Host = {
    ...nodeHost,
    files: {
      ...nodeHost.files,
      open: async (path, flags, mode) => {
        const file = await nodeHost.files.open(path, flags, mode)
        open.add(file)
        const close = async (): Promise<void> => {
          open.delete(file)
          await file.close()
        }
        return { ...file, close }
      },
    },
  }
  const host = watchedHost(async (_, write) => {
    if (++calls < at) return
    if (calls === at) {
      if (tear) await write?.()
      // Calls that were on their way when it died may still arrive, as they may at the disk.
      await new Promise(resolve => setTimeout(resolve, 2))
      await Promise.all([...open].map(file => file.close().catch(() => {})))
      dead()
    }
    await new Promise(() => {})
  }, tracked)
  return { host, calls: () => calls, died }
}

/** A disk whose `at`-th call fails once with this error; `only` limits it to calls of that name. */
export function failingHost(at: number, code: string, only?: string): { host: Host; failed(): boolean } {
  let calls = 0
  const host = watchedHost(async (call, write) => {
    if ((only !== undefined && call !== only) || ++calls !== at) return
    await write?.()
    throw Object.assign(new Error(`${code}: injected at ${call}`), { code })
  })
  return { host, failed: () => calls >= at }
}
