// A block device of pstore_blk, read as it is: Documentation/admin-guide/pstore-blk.rst. Where the driver is loaded its
// records are files of pstore. Not erased here: the driver's own removal is the way.

import type { Remains, RemainsStore } from '../store.ts'
import { remainsOf } from './raw.ts'

export const pstoreBlk: RemainsStore = {
  name: 'pstore-blk',
  what: 'block devices of pstore_blk, by the configuration or pstore_blk.blkdev=',
  async collect(host) {
    const { system, settings } = host
    const told = /\bpstore_blk\.blkdev=(\S+)/.exec(system.text('/proc/cmdline') ?? '')?.[1]
    const loaded = system.facts('/sys/module/pstore_blk/parameters') !== undefined
    const devices = settings.pstoreBlk.length > 0 ? settings.pstoreBlk : told?.startsWith('/') && !loaded ? [told] : []
    const found: Remains[] = []
    for (const path of devices) {
      found.push(...(await remainsOf(host, 'pstore-blk', { path, offset: 0 }, name => name.includes('pstore_blk'))))
    }
    return found
  },
}
