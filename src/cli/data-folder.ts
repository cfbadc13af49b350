// Where `up` keeps what it has: where the service does, or, for who may not write there, among their own files.

import { accessSync, constants } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

/** It can be written, or be made. */
export function isWritable(folder: string): boolean {
  for (let at = folder; ; at = dirname(at)) {
    try {
      accessSync(at, constants.W_OK)
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || at === dirname(at)) return false
    }
  }
}

/** XDG Base Directory Specification, "$XDG_STATE_HOME". */
export const ownFolder = (): string =>
  join(process.env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state'), 'faultline')
