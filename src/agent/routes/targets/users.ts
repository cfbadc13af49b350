// Whoever is logged in, or some of them: on every terminal they have, as wall(1) and syslogd do it.

import { close, constants, fstatSync, openSync, writeSync } from 'node:fs'
import { formatMessage } from '../format.ts'
import type { RouteHost } from '../host.ts'
import { userId } from '../owner.ts'
import { terminalLines } from './stdout.ts'
import { type Channel, TargetError, type TargetKind } from './target.ts'

const FLAGS = constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY | constants.O_NOFOLLOW
const userName = /^[a-z_][\w.-]{0,31}\$?$/i

export const users: TargetKind = {
  name: 'users',
  forms: ['*', 'USER[,USER…]', 'user:USER[,USER…]'],
  options: [],
  recognise(word, options) {
    const explicit = /^(?:user:|:omusrmsg:)(?<names>.*)$/s.exec(word)?.groups?.['names']
    const text = explicit ?? word
    const names = text === '*' ? undefined : text.split(',')
    if (names !== undefined && !names.every(name => userName.test(name))) {
      if (explicit === undefined) return undefined
      throw new TargetError(`"${word}": names of users with commas between were expected`)
    }
    const unknown = explicit === undefined ? names?.find(name => userId(name) === undefined) : undefined
    if (unknown !== undefined) return undefined
    return host => {
      const format = options.format ?? 'syslog'
      return userChannel(names, message => formatMessage(message, format, host), host)
    }
  },
}

function userChannel(
  names: readonly string[] | undefined,
  render: (message: Parameters<typeof formatMessage>[0]) => string,
  host: RouteHost,
): Channel {
  return {
    // A terminal that takes nothing misses this; no one waits for a person.
    async send(batch) {
      const head = `\r\n\x07Message from kernel@${host.hostname} at ${new Date(host.now()).toTimeString().slice(0, 8)} ...\r\n`
      const text = head + terminalLines(batch.map(render).join('')).replaceAll('\n', '\r\n')
      for (const { user, terminal } of host.logins()) {
        if (names === undefined || names.includes(user)) writeToTerminal(terminal, text)
      }
      return batch.length
    },
    async close() {},
  }
}

function writeToTerminal(path: string, text: string): void {
  try {
    const descriptor = openSync(path, FLAGS)
    try {
      if (fstatSync(descriptor).isCharacterDevice()) writeSync(descriptor, text)
    } finally {
      close(descriptor, () => {})
    }
  } catch {
    // gone, stuck, or not ours
  }
}
