// What a service tells its manager: sd_notify(3), a datagram to the socket that NOTIFY_SOCKET names.

import { spawn } from 'node:child_process'
import { closeSync, writeSync } from 'node:fs'
import { libc } from './libc.ts'

export interface ServiceNotifier {
  /** `READY=1`, `STATUS=…`; lines of NAME=VALUE. Never throws: a manager that does not listen is none. */
  tell(state: string): void
  /** the watchdog wants to hear from us this often, ms; undefined: it does not */
  watchdogMs: number | undefined
}

type Environment = Readonly<Record<string, string | undefined>>

export function serviceNotifier(env: Environment = process.env): ServiceNotifier {
  const path = env['NOTIFY_SOCKET']
  if (path === undefined || !/^[/@]/.test(path)) return { tell: () => {}, watchdogMs: undefined }
  return { tell: state => send(path, state), watchdogMs: watchdogOf(env) }
}

/** sd_watchdog_enabled(3): the time it allows, of which half is used. */
function watchdogOf(env: Environment): number | undefined {
  const us = Number(env['WATCHDOG_USEC'])
  const pid = env['WATCHDOG_PID']
  if (!Number.isFinite(us) || us <= 0 || (pid !== undefined && Number(pid) !== process.pid)) return undefined
  return Math.max(100, us / 2000)
}

function send(path: string, state: string): void {
  const calls = libc()
  if (calls === undefined) {
    // The unit must say NotifyAccess=all for this.
    spawn('systemd-notify', [`--pid=${process.pid}`, ...state.split('\n')], { stdio: 'ignore' }).on('error', () => {})
    return
  }
  try {
    const descriptor = calls.unixDatagram(path, 'connect')
    try {
      writeSync(descriptor, state)
    } finally {
      closeSync(descriptor)
    }
  } catch {
    // nobody listens
  }
}
