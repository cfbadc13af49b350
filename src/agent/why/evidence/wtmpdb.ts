// wtmpdb, which keeps boots in place of wtmp where times are to reach beyond 2038 (Debian 13, openSUSE): an SQLite table
// `wtmp` with Type, Login and Logout in microseconds; a boot's Logout is set by the orderly shutdown. wtmpdb(8);
// github.com/thkukuk/wtmpdb, include/wtmpdb.h.

import { type UtmpRecord, utmpTypes } from '../../../core/formats/utmp.ts'
import type { System } from '../../system.ts'

const path = '/var/lib/wtmpdb/wtmp.db'

const BOOT_TIME = 1
const MAX_BOOTS = 400

/** Boots and shutdowns as wtmp would have them, the oldest first; none where there is no such file, or another's. */
export function readWtmpdb(system: System): UtmpRecord[] {
  if (system.facts(path)?.kind !== 'file') return []
  try {
    const { DatabaseSync } = process.getBuiltinModule('node:sqlite')
    const database = new DatabaseSync(system.path(path), { readOnly: true })
    try {
      const asked = database.prepare(
        'SELECT Login, Logout, RemoteHost FROM wtmp WHERE Type = ? ORDER BY Login DESC LIMIT ?',
      )
      return asked.all(BOOT_TIME, MAX_BOOTS).reverse().flatMap(recordsOf)
    } finally {
      database.close()
    }
  } catch {
    return []
  }
}

function recordsOf({ Login: login, Logout: logout, RemoteHost: release }: Record<string, unknown>): UtmpRecord[] {
  const host = String(release ?? '')
  const record = { type: utmpTypes.boot as number, pid: 0, line: '~', user: 'reboot', host, at: Number(login) / 1000 }
  if (!Number.isFinite(record.at)) return []
  const ended = typeof logout === 'number' && logout > 0
  return ended ? [record, { ...record, type: utmpTypes.runLevel, user: 'shutdown', at: logout / 1000 }] : [record]
}
