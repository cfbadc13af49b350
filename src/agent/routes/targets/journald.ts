// journald, by its native protocol: a datagram an entry; an entry too big for one goes as a sealed memory file.

import { closeSync } from 'node:fs'
import { LibcError, libc } from '../../../node/libc.ts'
import { writeNow } from '../descriptor.ts'
import { journaldMessage } from './journald-fields.ts'
import { type Channel, TargetError, type TargetKind } from './target.ts'

const SOCKET = '/run/systemd/journal/socket'

const problems: Record<string, string> = {
  ENOENT: 'there is no journald',
  ECONNREFUSED: 'journald is not running',
  ENOTCONN: 'journald was restarted',
  EPIPE: 'journald was restarted',
  EACCES: 'no permission to write to the journal',
}

export const journald: TargetKind = {
  name: 'journald',
  forms: ['journald', 'journald:/SOCKET'],
  options: [],
  recognise(word) {
    const found = /^journald(?::(?<path>\/[^\0]{1,106}))?$/s.exec(word)
    if (found === null) return undefined
    const path = found.groups?.['path'] ?? SOCKET
    return () => journaldChannel(path)
  },
}

function journaldChannel(path: string): Channel {
  let descriptor: number | undefined
  const letGo = (): void => {
    if (descriptor !== undefined) closeSync(descriptor)
    descriptor = undefined
  }
  const connect = (): number => {
    const library = libc()
    if (library === undefined) {
      throw new TargetError(
        'koffi, by which datagrams reach a socket in the file system, has no library for this machine',
      )
    }
    return library.unixDatagram(path, 'connect')
  }
  return {
    async send(batch) {
      let sent = 0
      try {
        descriptor ??= connect()
        for (const message of batch) {
          if (!sendOne(descriptor, journaldMessage(message))) break
          sent++
        }
        return sent
      } catch (error) {
        letGo()
        if (sent > 0) return sent
        if (error instanceof TargetError) throw error
        const code = error instanceof Error && 'code' in error ? String(error.code) : ''
        throw new TargetError(`${path}: ${problems[code] ?? (error instanceof Error ? error.message : String(error))}`)
      }
    },
    reopen: letGo,
    async close() {
      letGo()
    },
  }
}

/** false: journald takes nothing just now */
function sendOne(descriptor: number, bytes: Buffer): boolean {
  try {
    return writeNow(descriptor)(bytes) > 0
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : ''
    if (code !== 'EMSGSIZE' && code !== 'ENOBUFS') throw error
  }
  try {
    libc()!.sendSealed(descriptor, bytes)
    return true
  } catch (error) {
    if (error instanceof LibcError && (error.code === 'EAGAIN' || error.code === 'EWOULDBLOCK')) return false
    throw error
  }
}
