// What the dead kernel left: in the archive of what was harvested, and what no harvest has fetched yet.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodableText } from '../../../core/recover.ts'
import { say } from '../../../core/say.ts'
import { nodeRecoverHost } from '../../../node/recover-host.ts'
import { nodeConfigHost } from '../../config/files.ts'
import { readConfig } from '../../config/read.ts'
import { Archive } from '../../harvest/archive.ts'
import { byBoot } from '../../harvest/boots.ts'
import type { Remains, Remnant } from '../../harvest/store.ts'
import { remainsStores } from '../../harvest/stores/index.ts'
import { type Clue, type Ending, type EvidenceRow, isOfScene, type Scene } from '../clue.ts'
import { lastWords } from '../last-words.ts'

export const remains: EvidenceRow = {
  name: 'remains',
  what: 'pstore, ramoops, mtdoops, NVRAM, crash dumps, and what was harvested of them',
  async look(scene) {
    const clues: Clue[] = []
    for (const { store, from, logs } of [...archived(scene), ...(await present(scene))]) {
      const boots = byBoot(logs)
      const boot = boots.findLast(each => isOfScene(dateOf(each), scene))
      if (boot === undefined) continue
      const wallMs = dateOf(boot)
      const at = wallMs === undefined ? undefined : new Date(wallMs).toISOString()
      const where = from === store ? store : `${store} ${from}`
      const words = lastWords(Buffer.from(decodableText(boot)).toString(), where, at)
      const found = [...recorded(boot, where, at), ...words]
      const sure = found.map(clue => (isOld(wallMs, scene) ? { ...clue, strength: 'fair' as const } : clue))
      clues.push(...(sure.length > 0 ? sure : silence(boot, where)))
    }
    return clues
  },
}

/** Nothing says when the boot before began, and this may be of one long before it. */
const isOld = (wallMs: number | undefined, { beganMs, bootedMs }: Scene): boolean =>
  wallMs !== undefined && beganMs === undefined && bootedMs !== undefined && bootedMs - wallMs > OLD_MS

const OLD_MS = 60 * 60 * 1000

function dateOf(logs: readonly Remnant[]): number | undefined {
  const dates = logs.flatMap(({ wallUs }) => wallUs ?? [])
  return dates.length === 0 ? undefined : Math.max(...dates) / 1000
}

// The kernel module's records, which it makes as the kernel's notifiers tell of an end: core/formats/crash-window
const recordName = /^(?<kind>panic|restart|halt|power-off)-faultline-\d+$/

/** The last record of the boot says how it ended. */
function recorded(logs: readonly Remnant[], from: string, at?: string): Clue[] {
  const last = logs.findLast(({ name }) => recordName.test(name))
  if (last === undefined) return []
  const kind = recordName.exec(last.name)!.groups!['kind'] as Ending
  const asked = last.about?.find(line => line.startsWith('asked by'))
  const what = say`the kernel module recorded: ${asked === undefined ? kind : `${kind}, ${asked}`}`
  return [{ says: [kind], strength: 'proof', what, from, ...(at === undefined ? {} : { at }) }]
}

/** A console's memory that outlived the machine has its last line; power did not fail then. */
function silence(logs: readonly Remnant[], from: string): Clue[] {
  if (!logs.some(({ name }) => name.startsWith('console-ramoops'))) return []
  return [
    {
      says: ['watchdog', 'oops', 'restart'],
      strength: 'weak',
      what: say`the console's log in memory stops without a word, and memory kept its content: power was on`,
      from,
    },
  ]
}

/** What this boot harvested, or a boot before it of this machine whose dumps have a date that fits. */
function archived({ system, data }: Scene): Remains[] {
  const bootId = system.text('/proc/sys/kernel/random/boot_id')
  return new Archive(system.path(data)).all.flatMap(({ folder, index }) => {
    const logs = index.logs.flatMap((log): Remnant[] => {
      if (log.by !== 'kernel' || (log.wall === undefined && index.bootId !== bootId)) return []
      try {
        const text = new Uint8Array(readFileSync(join(folder, log.file)))
        const wall = log.wall === undefined ? {} : { wallUs: Date.parse(log.wall) * 1000 }
        const about = log.about === undefined ? {} : { about: log.about }
        const boot = log.bootId === undefined ? {} : { bootId: log.bootId }
        return [{ name: log.name, by: log.by, offset: 0, text, damage: [], ...wall, ...about, ...boot }]
      } catch {
        return []
      }
    })
    return logs.length === 0 ? [] : [{ store: index.store, from: index.from, logs }]
  })
}

async function present({ system }: Scene): Promise<Remains[]> {
  const settings = readConfig({ host: nodeConfigHost(system.root) }).config.harvest
  const found: Remains[] = []
  for (const store of remainsStores) {
    found.push(...(await store.collect({ system, settings, recover: nodeRecoverHost, trouble: () => {} })))
  }
  return found
}
