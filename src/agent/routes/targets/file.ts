// A log file: appended to, synced, rotated and compressed; opened anew when someone else has moved it away.

import { constants } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { makeFolders } from '../../../node/make-folders.ts'
import { formatMessage } from '../format.ts'
import { fileGate } from '../gate.ts'
import type { RouteHost } from '../host.ts'
import { LineQueue } from '../line-queue.ts'
import type { Message } from '../message.ts'
import type { RouteOptions } from '../options.ts'
import { groupId, userId } from '../owner.ts'
import { type RotationRules, rotate } from '../rotation.ts'
import { type Channel, TargetError, type TargetKind } from './target.ts'

const FILE_MODE = 0o640
const FOLDER_MODE = 0o755
const KEEP = 5

/** The name is looked at this often, to see whether it still is the file that is open. */
const LOOK_MS = 1000

export const file: TargetKind = {
  name: 'file',
  forms: ['/FILE', '-/FILE'],
  options: ['sync', 'size', 'age', 'keep', 'compress', 'mode', 'owner', 'group'],
  recognise(word, options) {
    // "-/file" is syslogd's: not synced after each message
    const found = /^(?<lazy>-?)(?<path>\/[^\0]*)$/s.exec(word)?.groups
    if (found === undefined) return undefined
    const path = found['path']!
    if (path.endsWith('/')) throw new TargetError(`"${word}": the name of a file was expected, this is a folder's`)
    const sync = options.sync ?? found['lazy'] === ''
    return host => new FileChannel(path, sync, options, host)
  },
}

class FileChannel implements Channel {
  private readonly path: string
  private readonly sync: boolean
  private readonly options: RouteOptions
  private readonly rules: RotationRules
  private readonly host: RouteHost
  private readonly lines: LineQueue
  private handle: FileHandle | undefined
  private identity = ''
  private sizeBytes = 0
  private bornMs = 0
  private lookedMs = 0
  private stale = false

  constructor(path: string, sync: boolean, options: RouteOptions, host: RouteHost) {
    this.path = path
    this.sync = sync
    this.options = options
    this.rules = { keep: options.keep ?? KEEP, compress: options.compress ?? 'gzip' }
    this.host = host
    const format = options.format ?? 'syslog'
    this.lines = new LineQueue(message => formatMessage(message, format, host))
  }

  send(batch: readonly Message[]): Promise<number> {
    return fileGate.run(() => this.write(batch))
  }

  reopen(): void {
    this.stale = true
  }

  async close(): Promise<void> {
    const { handle } = this
    this.handle = undefined
    this.lines.restart()
    await handle?.close()
  }

  private async write(batch: readonly Message[]): Promise<number> {
    try {
      await this.prepare()
      const handle = this.handle!
      const sent = await this.lines.send(batch, async bytes => {
        const { bytesWritten } = await handle.write(bytes)
        this.sizeBytes += bytesWritten
        return bytesWritten
      })
      if (this.sync && sent > 0) await handle.datasync().catch(unlessUnsyncable)
      return sent
    } catch (error) {
      // A full disk may have room again and takes the rest of the line; any other trouble may be the open file's.
      if (!isFull(error)) await this.close().catch(() => {})
      throw new TargetError(problemOf(this.path, error))
    }
  }

  /** Opens the file, or opens it anew where it was moved, or rotates it where it is due. */
  private async prepare(): Promise<void> {
    const now = this.host.now()
    if (this.handle !== undefined && (this.stale || Math.abs(now - this.lookedMs) >= LOOK_MS)) {
      this.lookedMs = now
      const there = await this.host.files.stat(this.path).catch(() => undefined)
      if (this.stale || there === undefined || identityOf(there) !== this.identity) await this.close()
    }
    this.stale = false
    if (this.handle === undefined) await this.openFile()
    if (!this.isDue(now)) return
    await this.close()
    await rotate(this.path, this.rules, this.host)
    await this.openFile()
  }

  private isDue(now: number): boolean {
    const { size, age } = this.options
    if (this.sizeBytes === 0) return false
    return (size !== undefined && this.sizeBytes >= size) || (age !== undefined && now - this.bornMs >= age)
  }

  private async openFile(): Promise<void> {
    const { files } = this.host
    const flags =
      constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOCTTY | constants.O_NONBLOCK
    const mode = this.options.mode ?? FILE_MODE
    const handle = await files.open(this.path, flags, mode).catch(async (error: unknown) => {
      if (codeOf(error) !== 'ENOENT') throw error
      await makeFolders(dirname(this.path), FOLDER_MODE)
      return files.open(this.path, flags, mode)
    })
    try {
      const found = await handle.stat()
      if (!found.isFile()) throw new TargetError(`${this.path}: ${whatElse(found)}`)
      await this.giveAway(handle)
      this.identity = identityOf(found)
      this.sizeBytes = found.size
      this.bornMs = found.birthtimeMs > 0 ? found.birthtimeMs : found.mtimeMs
      this.lookedMs = this.host.now()
      this.handle = handle
      if (found.size > 0) await this.endTornLine(handle, found.size)
    } catch (error) {
      this.handle = undefined
      await handle.close().catch(() => {})
      throw error
    }
  }

  /** A line that a crash or a full disk cut off is ended, so that the next one does not run into it. */
  private async endTornLine(handle: FileHandle, size: number): Promise<void> {
    const reader = await this.host.files.open(this.path, constants.O_RDONLY).catch(() => undefined)
    if (reader === undefined) return
    try {
      const { buffer, bytesRead } = await reader.read(Buffer.alloc(1), 0, 1, size - 1)
      if (bytesRead === 1 && buffer[0] !== 0x0a) await handle.write('\n')
    } finally {
      await reader.close()
    }
  }

  private async giveAway(handle: FileHandle): Promise<void> {
    const { owner, group } = this.options
    if (owner === undefined && group === undefined) return
    const uid = owner === undefined ? -1 : userId(owner)
    const gid = group === undefined ? -1 : groupId(group)
    if (uid === undefined) throw new TargetError(`owner=${owner}: there is no such user`)
    if (gid === undefined) throw new TargetError(`group=${group}: there is no such group`)
    await handle.chown(uid, gid)
  }
}

const identityOf = ({ dev, ino }: { dev: number; ino: number }): string => `${dev}:${ino}`

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

const isFull = (error: unknown): boolean => codeOf(error) === 'ENOSPC' || codeOf(error) === 'EDQUOT'

/** Some file systems cannot sync and say so; the write itself went well. */
function unlessUnsyncable(error: unknown): void {
  if (codeOf(error) !== 'EINVAL' && codeOf(error) !== 'ENOTSUP') throw error
}

function whatElse(found: { isFIFO(): boolean; isCharacterDevice(): boolean; isDirectory(): boolean }): string {
  if (found.isFIFO()) return 'is a FIFO; write it as |/PATH'
  if (found.isCharacterDevice()) return 'is a device; those are reached under /dev'
  return 'is no regular file'
}

const problems: Record<string, string> = {
  ENOSPC: 'no space is left on the device',
  EDQUOT: 'the quota is used up',
  EROFS: 'the file system is read-only',
  EACCES: 'no permission to write there',
  EISDIR: 'is a folder, the name of a file was expected',
  ENOTDIR: 'a part of the path is no folder',
  ENXIO: 'is a FIFO that nobody reads; write it as |/PATH',
  EIO: 'the device reports an error',
}

function problemOf(path: string, error: unknown): string {
  if (error instanceof TargetError) return error.message
  const known = problems[codeOf(error)]
  if (known !== undefined) return `${path}: ${known}`
  return error instanceof Error ? error.message : String(error)
}
