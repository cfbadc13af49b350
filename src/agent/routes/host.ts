// What routes touch of the world around them; tests put their own in its place.

import * as files from 'node:fs/promises'
import { hostname } from 'node:os'
import { type Login, loggedIn } from './logins.ts'

export interface RouteHost {
  /** milliseconds since 1970 */
  now(): number
  /** Calls once after so many milliseconds, unless cancelled. */
  after(ms: number, call: () => void): () => void
  hostname: string
  files: Pick<typeof files, 'open' | 'stat' | 'lstat' | 'rename' | 'unlink' | 'chown' | 'readdir' | 'readFile'>
  /** who is logged in now, at which terminals */
  logins(): Login[]
  /** One line about a target that broke or came back. */
  tell(message: string): void
}

export function routeHost(tell: (message: string) => void): RouteHost {
  return {
    now: () => Date.now(),
    after(ms, call) {
      const timer = setTimeout(call, ms)
      return () => clearTimeout(timer)
    },
    hostname: hostname().split('.')[0] ?? 'localhost',
    files,
    logins: () => loggedIn(),
    tell,
  }
}
