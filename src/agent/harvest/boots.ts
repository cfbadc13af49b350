// Dumps of several boots in one store → those of each boot, the oldest first. What must be erased by hand (ERST, EFI) is
// often not, and then a store has the dumps of weeks.

import { latin1 } from '../../core/bytes/cursor.ts'
import { type PartHeader, readPartHeader } from '../../core/log/order/pstore.ts'
import type { Remnant } from './store.ts'

/** fs/pstore/platform.c counts dumps from 1 in each boot, whatever their reason. */
interface Dump {
  log: Remnant
  header: PartHeader | undefined
}

/** A store that names the boot of each log is believed; else it is told by pstore's headers. */
export function byBoot(logs: readonly Remnant[]): Remnant[][] {
  const named = Map.groupBy(
    logs.filter(({ by, bootId }) => by === 'kernel' && bootId !== undefined),
    ({ bootId }) => bootId,
  )
  return [...named.values(), ...byHeaders(logs.filter(({ bootId }) => bootId === undefined))]
}

/** Logs without pstore's header (the console's) belong to the newest boot: the next one has overwritten them. */
function byHeaders(logs: readonly Remnant[]): Remnant[][] {
  const dumps = logs.filter(({ by }) => by === 'kernel').map(log => ({ log, header: headerOf(log) }))
  const dated = dumps.filter(({ header }) => header !== undefined).sort(byTime)
  const boots: Dump[][] = []
  for (const dump of dated) {
    const boot = boots.at(-1)
    if (boot !== undefined && isOfBoot(dump, boot)) boot.push(dump)
    else boots.push([dump])
  }
  const found = boots.map(boot => boot.map(({ log }) => log))
  const undated = dumps.filter(({ header }) => header === undefined).map(({ log }) => log)
  if (undated.length > 0) {
    if (found.length === 0) found.push([])
    found.at(-1)!.push(...undated)
  }
  return found
}

function headerOf({ text }: Remnant): PartHeader | undefined {
  const end = text.subarray(0, 64).indexOf(10)
  return end < 0 ? undefined : readPartHeader(latin1(text.subarray(0, end)))
}

// The order in which the parts of one dump were written is that of their numbers.
function byTime(a: Dump, b: Dump): number {
  return (
    (a.log.wallUs ?? 0) - (b.log.wallUs ?? 0) || a.header!.count - b.header!.count || a.header!.part - b.header!.part
  )
}

function isOfBoot({ header }: Dump, boot: readonly Dump[]): boolean {
  const last = boot.at(-1)!.header!
  const { count, reason, part } = header!
  if (count < last.count) return false
  return boot.every(({ header: other }) => {
    if (other!.count !== count) return true
    return other!.reason === reason && other!.part !== part
  })
}
