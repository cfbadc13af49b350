// What an earlier boot left in /sys/fs/pstore, whichever backend keeps it.

import { decodableText, type RecoveredLog } from '../../src/core/recover.ts'
import type { Evidence, FinishedBoot } from './road.ts'

const folder = '/tmp/pstore/'

/** Shell: the files are copied first, so that sending them cannot add to what is sent. */
export const harvestPstore = `mkdir -p ${folder}; cp /sys/fs/pstore/* ${folder} 2>/dev/null; send ${folder}*`

/** The files as one text, as `faultline recover /sys/fs/pstore` reads them. */
export function pstoreEvidence(run: FinishedBoot): Evidence[] {
  const logs = run.paths
    .filter(path => path.startsWith(folder))
    .sort()
    .map(path => logOf(path.slice(folder.length), run.sent(path) ?? Buffer.alloc(0)))
  return logs.length === 0 ? [] : [{ name: 'pstore', bytes: decodableText(logs), logs }]
}

function logOf(name: string, text: Uint8Array): RecoveredLog {
  return { name, by: name.startsWith('pmsg-') ? 'user' : 'kernel', offset: 0, text, damage: [] }
}
