// The files of a machine: of this one, or of another whose disk (or copy) stands below a folder, as `--root` names it.
// Everything that looks at a machine's settings and remains goes through here, so that it works on either and tests need
// no machine.

import { spawnSync } from 'node:child_process'
import { closeSync, fstatSync, openSync, readdirSync, readSync, rmSync, statfsSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Small files of /proc, /sys and /etc are cut there; none legitimately is longer. */
export const MAX_SMALL_BYTES = 4 * 1024 * 1024

export interface FileFacts {
  kind: 'file' | 'folder' | 'device' | 'other'
  sizeBytes: number
  modifiedMs: number
}

export interface Program {
  status: number
  out: string
  complaint: string
}

export interface System {
  /** '' for this machine itself */
  root: string
  /** milliseconds since 1970 */
  now(): number
  /** where the machine's path is for this process */
  path(path: string): string
  /** at most `limit` bytes; undefined when it is missing or cannot be read */
  bytes(path: string, limit?: number): Uint8Array | undefined
  /** the same as text, without the white space at its ends */
  text(path: string, limit?: number): string | undefined
  /** the last bytes of a file; undefined when it is missing or cannot be read */
  tail(path: string, most: number): Uint8Array | undefined
  /** names in a folder, sorted; none when it is missing */
  names(path: string): string[]
  facts(path: string): FileFacts | undefined
  /** throws what Node throws */
  remove(path: string): void
  /** free and all bytes of the file system that holds it */
  space(path: string): { freeBytes: number; totalBytes: number } | undefined
  /** a program of the machine; undefined when it is not there, or the machine is not this one */
  run(program: string, args: readonly string[], timeoutMs?: number): Program | undefined
}

export function systemAt(root = ''): System {
  const below = root === '/' ? '' : root.replace(/\/+$/, '')
  const at = (path: string): string => (below === '' ? path : join(below, path))
  const bytes = (path: string, limit = MAX_SMALL_BYTES): Uint8Array | undefined => readSome(at(path), limit)
  return {
    root: below,
    now: () => Date.now(),
    path: at,
    bytes,
    text(path, limit) {
      const found = bytes(path, limit)
      return found === undefined ? undefined : new TextDecoder().decode(found).trim()
    },
    tail: (path, most) => readTail(at(path), most),
    names: path => orUndefined(() => readdirSync(at(path)).sort()) ?? [],
    facts: path => orUndefined(() => factsOf(at(path))),
    remove: path => rmSync(at(path)),
    space: path =>
      orUndefined(() => {
        const { bavail, blocks, bsize } = statfsSync(at(path))
        return { freeBytes: bavail * bsize, totalBytes: blocks * bsize }
      }),
    run: (program, args, timeoutMs = 10_000) => (below === '' ? run(program, args, timeoutMs) : undefined),
  }
}

function orUndefined<T>(give: () => T): T | undefined {
  try {
    return give()
  } catch {
    return undefined
  }
}

function factsOf(path: string): FileFacts {
  const stat = statSync(path)
  const kind = stat.isFile() ? 'file' : stat.isDirectory() ? 'folder' : 'other'
  const device = stat.isCharacterDevice() || stat.isBlockDevice()
  return { kind: device ? 'device' : kind, sizeBytes: stat.size, modifiedMs: stat.mtimeMs }
}

/** Files of sysfs and procfs say another size than they have: it is read until it ends. */
function readSome(path: string, limit: number): Uint8Array | undefined {
  let descriptor: number | undefined
  try {
    descriptor = openSync(path, 'r')
    const pieces: Buffer[] = []
    let length = 0
    while (length < limit) {
      const piece = Buffer.alloc(Math.min(64 * 1024, limit - length))
      const read = readSync(descriptor, piece, 0, piece.length, null)
      if (read === 0) break
      pieces.push(piece.subarray(0, read))
      length += read
    }
    return new Uint8Array(Buffer.concat(pieces))
  } catch {
    return undefined
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}

function readTail(path: string, most: number): Uint8Array | undefined {
  let descriptor: number | undefined
  try {
    descriptor = openSync(path, 'r')
    const { size } = fstatSync(descriptor)
    const bytes = Buffer.alloc(Math.min(size, most))
    const read = readSync(descriptor, bytes, 0, bytes.length, size - bytes.length)
    return new Uint8Array(bytes.subarray(0, read))
  } catch {
    return undefined
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}

function run(program: string, args: readonly string[], timeoutMs: number): Program | undefined {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    timeout: timeoutMs,
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', TZ: 'UTC' },
  })
  if (error !== undefined && status === null) return undefined
  return { status: status ?? -1, out: stdout, complaint: stderr.trim() }
}
