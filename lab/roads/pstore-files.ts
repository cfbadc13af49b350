// What an earlier boot left in /sys/fs/pstore, whichever backend keeps it.

import type { Evidence, FinishedBoot } from './road.ts'

const folder = '/tmp/pstore/'

/** Shell: the files are copied first, so that sending them cannot add to what is sent. */
export const harvestPstore = `mkdir -p ${folder}; cp /sys/fs/pstore/* ${folder} 2>/dev/null; send ${folder}*`

export function pstoreEvidence(run: FinishedBoot): Evidence[] {
  return run.paths
    .filter(path => path.startsWith(folder))
    .map(path => ({ name: path.slice(folder.length), bytes: run.sent(path) ?? Buffer.alloc(0) }))
}
