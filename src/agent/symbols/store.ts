// The symbols of the kernels that ran on this machine, one snapshot a boot, and one more whenever its modules changed: with
// them a report decodes on any machine years later, when neither the kernel nor its files are anywhere any more.
//
//   <data>/symbols/<utc>-<boot>-<content>/kallsyms.zst modules.txt notes.txt boot.json sha256sums

import { parseSnapshotName, type SnapshotName } from '../../node/bundles/names.ts'
import { Folder } from '../bundles/folder.ts'
import { codeOf } from '../bundles/problem.ts'
import type { Host } from '../host.ts'

export const snapshotFiles = {
  /** /proc/kallsyms, compressed; missing where the kernel hides it */
  kallsyms: 'kallsyms.zst',
  /** what the collector `modules` prints: /proc/modules, build IDs, sections */
  modules: 'modules.txt',
  /** /sys/kernel/notes as od prints bytes */
  notes: 'notes.txt',
  boot: 'boot.json',
} as const

/** `boot.json` */
export interface SnapshotBoot {
  schema: 'faultline.symbols/1'
  bootId: string
  release: string
  /** as `uname -v` */
  version: string
  machine: string
  /** of vmlinux, from /sys/kernel/notes */
  buildId?: string
  savedAt: string
}

/** Oldest first. */
export async function listSnapshots(folder: Folder): Promise<SnapshotName[]> {
  const names = (await folder.list()).map(parseSnapshotName).filter(each => each !== undefined)
  return names.sort((a, b) => a.at - b.at || (a.name < b.name ? -1 : 1))
}

/** Opens the store where there is one. */
export async function openStore(host: Host, path: string): Promise<Folder | undefined> {
  try {
    return await Folder.open(host.files, path)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** The snapshot for something that happened in that boot at that time: the first one since then, else the last before. */
export function snapshotFor(snapshots: readonly SnapshotName[], bootId: string, at: number): SnapshotName | undefined {
  const ofBoot = snapshots.filter(({ boot }) => boot === bootId.slice(0, 8))
  return ofBoot.find(snapshot => snapshot.at >= at) ?? ofBoot.at(-1)
}

/** Snapshots kept though no bundle is of their boot: the next exception may be. */
const KEPT_BOOTS = 4
/** And never more than that, however many bundles there are. */
export const MAX_SNAPSHOTS = 64

/** Which snapshots go: those of boots without bundles but for the newest boots, and the oldest beyond the bound. */
export function outdated(snapshots: readonly SnapshotName[], bootsOfBundles: ReadonlySet<string>): SnapshotName[] {
  const newest = new Set([...new Set(snapshots.map(({ boot }) => boot).reverse())].slice(0, KEPT_BOOTS))
  const kept = snapshots.filter(({ boot }) => newest.has(boot) || bootsOfBundles.has(boot))
  const over = new Set(kept.slice(0, Math.max(0, kept.length - MAX_SNAPSHOTS)))
  return snapshots.filter(snapshot => !kept.includes(snapshot) || over.has(snapshot))
}
