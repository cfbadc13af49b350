// /dev/log: what programs of this machine write by syslog(3). None of them is the kernel, whatever facility they claim.

import { chmodSync, closeSync, lstatSync, readSync, unlinkSync } from 'node:fs'
import { type Libc, libc } from '../../node/libc.ts'
import { type CaptureSource, codeOf, messageOf, SourceError } from './source.ts'
import { asLines } from './syslog-network.ts'
import { TextStream } from './text-stream.ts'

const DEFAULT_PATH = '/dev/log'
/** glibc sends no longer messages; others may, up to net.core.wmem_default. */
const MESSAGE_BYTES = 64 * 1024
const TURN_MESSAGES = 256
/** everyone may write to it */
const SOCKET_MODE = 0o666
/** facility 1, user: what a program that claims to be the kernel is */
const LOG_USER = 1

export const syslogUnix: CaptureSource = {
  name: 'syslog-unix',
  what: 'what programs of this machine write by syslog(3), at a socket of its own',
  argument: '[PATH]',
  own: false,
  programs: true,
  open(argument, sink, host) {
    const path = argument === '' ? DEFAULT_PATH : argument
    const calls = libc()
    if (calls === undefined)
      throw new SourceError(
        `syslog-unix:${path}: datagrams at a path take koffi’s library, which this machine lacks: npm install koffi`,
      )
    if (listened(calls, path))
      throw new SourceError(`syslog-unix:${path}: another program listens there: \`ss -xlp\` names it`)
    removeStale(path)
    let descriptor: number
    try {
      descriptor = calls.unixDatagram(path, 'bind')
      if (!path.startsWith('@')) chmodSync(path, SOCKET_MODE)
    } catch (error) {
      throw new SourceError(`syslog-unix:${path}: ${messageOf(error)}`)
    }
    const text = new TextStream('', {
      mark: record => {
        record.userSpace = true
        if (record.facility === 0 || record.facility === undefined) record.facility = LOG_USER
        record.tag ??= 'unknown'
      },
    })
    const memory = new Uint8Array(MESSAGE_BYTES)
    const counts = { messages: 0 }
    let closed = false
    const readable = (): boolean => {
      const messages: Uint8Array[] = []
      try {
        while (messages.length < TURN_MESSAGES)
          messages.push(memory.slice(0, readSync(descriptor, memory, 0, memory.length, null)))
      } catch (error) {
        if (codeOf(error) !== 'EAGAIN' && codeOf(error) !== 'EINTR')
          sink.trouble(`syslog-unix:${path}: ${messageOf(error)}`)
      }
      counts.messages += messages.length
      if (messages.length > 0) sink.take(text.push(asLines(messages), performance.now()))
      return messages.length > 0
    }
    const unwatch = host.poller.watch(descriptor, readable)
    return {
      stats: () => ({ ...counts }),
      close() {
        if (closed) return
        closed = true
        unwatch()
        readable()
        closeSync(descriptor)
        if (!path.startsWith('@')) removeStale(path)
      },
    }
  },
}

function listened(calls: Libc, path: string): boolean {
  try {
    closeSync(calls.unixDatagram(path, 'connect'))
    return true
  } catch {
    return false
  }
}

/** A socket that nobody listens to any more stays as a file; another file is left alone. */
function removeStale(path: string): void {
  try {
    if (lstatSync(path).isSocket()) unlinkSync(path)
  } catch {
    // there is none, or bind() says what is wrong
  }
}
