// Who is logged in at which terminal: utmp(5), and logind's sessions where there is no utmp any more.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readUtmp, utmpTypes } from '../../core/formats/utmp.ts'

export interface Login {
  user: string
  /** /dev/tty1, /dev/pts/3 */
  terminal: string
}

const UTMP = 'run/utmp'
const SESSIONS = 'run/systemd/sessions'

/** Both are written by others: a terminal is a name below /dev and nothing that leads out of it. */
const terminalName = /^(?:tty|pts\/|hvc|console|ttyS|ttyAMA|ttyUSB)[\w/]{0,24}$/

/** Never throws. `root` is where a test has its own /run. */
export function loggedIn(root = '/'): Login[] {
  const found = [...fromUtmp(join(root, UTMP)), ...fromSessions(join(root, SESSIONS))]
  const known = new Map(found.map(login => [`${login.user} ${login.terminal}`, login]))
  return [...known.values()]
}

function login(user: string, line: string): Login[] {
  const name = line.replace(/^\/dev\//, '')
  return user !== '' && terminalName.test(name) ? [{ user, terminal: `/dev/${name}` }] : []
}

function fromUtmp(path: string): Login[] {
  try {
    return readUtmp(readFileSync(path))
      .filter(({ type }) => type === utmpTypes.user)
      .flatMap(({ user, line }) => login(user, line))
  } catch {
    return []
  }
}

/** sd-login's files: `KEY=value` lines. */
function fromSessions(folder: string): Login[] {
  try {
    return readdirSync(folder)
      .filter(name => /^\w+$/.test(name))
      .flatMap(name => {
        const text = readFileSync(join(folder, name), 'utf8')
        const value = (key: string): string => new RegExp(`^${key}=(.*)$`, 'm').exec(text)?.[1] ?? ''
        return value('STATE') === 'closing' ? [] : login(value('USER'), value('TTY'))
      })
  } catch {
    return []
  }
}
