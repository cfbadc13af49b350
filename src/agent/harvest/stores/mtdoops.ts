// Flash partitions that mtdoops writes into: drivers/mtd/mtdoops.c. It has to be read before that driver is loaded, for
// that goes on to the next record and erases it. A partition is erased as a whole, by mtd-utils' flash_erase, which knows
// of bad blocks.

import { MemoryFile } from '../../../core/bytes/byte-file.ts'
import { recoverMtdoops } from '../../../core/formats/mtdoops.ts'
import type { Remains, RemainsHost, RemainsStore } from '../store.ts'
import { readRegion } from './raw.ts'

/** A line of /proc/mtd: `mtd2: 00100000 00010000 "oops"` */
const line = /^(?<device>mtd\d+): (?<size>[0-9a-f]+) (?<erase>[0-9a-f]+) "(?<name>.*)"$/

interface Partition {
  path: string
  device?: string
}

export const mtdoops: RemainsStore = {
  name: 'mtdoops',
  what: 'flash partitions of mtdoops, by the configuration, mtdoops.mtddev= or a name that says so',
  async collect(host) {
    const found: Remains[] = []
    for (const { path, device } of partitions(host)) {
      const bytes = readRegion(host, { path, offset: 0 })
      if (bytes === undefined) continue
      const logs = await recoverMtdoops(new MemoryFile(path, bytes))
      if (logs.length === 0) continue
      const erase =
        device === undefined || host.system.root !== '' ? {} : { erase: once(() => erasePartition(host, device)) }
      found.push({ store: 'mtdoops', from: path, logs: logs.map(log => ({ ...log, ...erase })) })
    }
    return found
  },
}

function partitions({ system, settings }: RemainsHost): Partition[] {
  const known: { device: string; name: string }[] = []
  for (const text of (system.text('/proc/mtd') ?? '').split('\n')) {
    const { device, name } = line.exec(text)?.groups ?? {}
    if (device !== undefined && name !== undefined) known.push({ device, name })
  }
  const onCommandLine = /\bmtdoops\.mtddev=(\S+)/.exec(system.text('/proc/cmdline') ?? '')?.[1]
  const told = [...settings.mtdoops, ...(onCommandLine === undefined ? [] : [onCommandLine])]
  const telling = known.map(({ name }) => name).filter(name => /oops|panic|crash/i.test(name))
  return (told.length > 0 ? told : telling).map(text => {
    const found = known.find(({ device, name }) => [name, device, device.slice(3), `/dev/${device}`].includes(text))
    if (found !== undefined) return { path: `/dev/${found.device}`, device: found.device }
    return { path: text.startsWith('/') ? text : `/dev/${text}` }
  })
}

/** All records of a partition go at once, so it is asked once however many they are. */
function once(work: () => void): () => void {
  let done = false
  return () => {
    if (!done) work()
    done = true
  }
}

function erasePartition({ system }: RemainsHost, device: string): void {
  if (system.facts('/sys/module/mtdoops') !== undefined) {
    throw new Error(`/dev/${device}: not erased, mtdoops has it; it overwrites the oldest record by itself`)
  }
  const done = system.run('flash_erase', ['-q', `/dev/${device}`, '0', '0'], 120_000)
  if (done === undefined) {
    throw new Error(`/dev/${device}: not erased, there is no flash_erase; install mtd-utils, or leave it to mtdoops`)
  }
  if (done.status !== 0) throw new Error(`/dev/${device}: not erased: ${done.complaint}`)
}
