// What the agent may touch of the world around it. Tests put their own in its place, to let the disk fill up, the clock
// jump or the machine die at any call.

import { lstat, mkdir, open as openFile, readdir, rename, rmdir, statfs, unlink } from 'node:fs/promises'
import { hostname } from 'node:os'

/** What stands under a name; a symbolic link is itself, never what it points to. lstat(2). */
export interface Entry {
  kind: 'file' | 'folder' | 'link' | 'other'
  sizeBytes: number
  modifiedMs: number
  device: number
  inode: number
  /** permission bits, as chmod takes them */
  mode: number
  owner: number
}

export interface HostFile {
  readonly descriptor: number
  /** Bytes read, 0 at the end. */
  read(into: Uint8Array, position: number | null): Promise<number>
  /** Bytes written, perhaps fewer than were given. */
  write(bytes: Uint8Array): Promise<number>
  /** fsync(2): also for a folder. */
  sync(): Promise<void>
  stat(): Promise<Entry>
  close(): Promise<void>
}

/** The calls of the file system that keep things or throw them away. Errors are Node's, with `code`. */
export interface HostFiles {
  open(path: string, flags: number, mode?: number): Promise<HostFile>
  mkdir(path: string, mode: number): Promise<void>
  rename(from: string, to: string): Promise<void>
  unlink(path: string): Promise<void>
  rmdir(path: string): Promise<void>
  readdir(path: string): Promise<string[]>
  lstat(path: string): Promise<Entry>
  statfs(path: string): Promise<{ freeBytes: number; totalBytes: number; freeInodes: number; totalInodes: number }>
}

export interface Host {
  files: HostFiles
  /** wall clock, ms since 1970; it may jump */
  now(): number
  /** ms since some point of this boot; it does not jump */
  monotonic(): number
  hostname(): string
}

interface NodeStats {
  size: number
  mtimeMs: number
  dev: number
  ino: number
  mode: number
  uid: number
  isFile(): boolean
  isDirectory(): boolean
  isSymbolicLink(): boolean
}

const entryOf = (stats: NodeStats): Entry => ({
  kind: stats.isFile() ? 'file' : stats.isDirectory() ? 'folder' : stats.isSymbolicLink() ? 'link' : 'other',
  sizeBytes: stats.size,
  modifiedMs: stats.mtimeMs,
  device: stats.dev,
  inode: stats.ino,
  mode: stats.mode & 0o7777,
  owner: stats.uid,
})

export const nodeFiles: HostFiles = {
  async open(path, flags, mode) {
    const handle = await openFile(path, flags, mode)
    return {
      descriptor: handle.fd,
      read: async (into, position) => (await handle.read(into, 0, into.length, position)).bytesRead,
      write: async bytes => (await handle.write(bytes)).bytesWritten,
      sync: () => handle.sync(),
      stat: async () => entryOf(await handle.stat()),
      close: () => handle.close(),
    }
  },
  mkdir: async (path, mode) => {
    await mkdir(path, { mode })
  },
  rename,
  unlink,
  rmdir: path => rmdir(path),
  readdir: path => readdir(path),
  lstat: async path => entryOf(await lstat(path)),
  async statfs(path) {
    const { bsize, blocks, bavail, files, ffree } = await statfs(path)
    return { freeBytes: bsize * bavail, totalBytes: bsize * blocks, freeInodes: ffree, totalInodes: files }
  },
}

export const nodeHost: Host = {
  files: nodeFiles,
  now: () => Date.now(),
  monotonic: () => performance.now(),
  hostname,
}
