// The snapshots of symbols that belong to bundles: in the store beside their spool.

import { join } from 'node:path'
import type { Folder } from '../agent/bundles/folder.ts'
import type { Bundle } from '../agent/bundles/read.ts'
import { nodeHost } from '../agent/host.ts'
import { addBuildIds, readSnapshot } from '../agent/symbols/read.ts'
import { listSnapshots, openStore, snapshotFor } from '../agent/symbols/store.ts'
import { mismatch, nameAddresses } from '../core/localise/name-addresses.ts'
import { symbolsName } from './spool-options.ts'

/** The folder of the snapshot that fits a bundle, open; undefined where there is none. */
export async function snapshotOf(
  data: string,
  { origin, at }: Bundle,
): Promise<{ name: string; folder: Folder } | undefined> {
  if (origin?.bootId === undefined) return undefined
  const store = await openStore(nodeHost, join(data, symbolsName))
  if (store === undefined) return undefined
  try {
    const found = snapshotFor(await listSnapshots(store), origin.bootId, at)
    return found && { name: found.name, folder: await store.folder(found.name) }
  } finally {
    await store.close()
  }
}

/** Adds what the symbols of its boot know to the report of a bundle. Gives problems, for people. */
export async function addSnapshot(data: string, bundle: Bundle): Promise<string[]> {
  const { report } = bundle
  const found = await snapshotOf(data, bundle)
  if (report === undefined || found === undefined) return []
  try {
    const snapshot = await readSnapshot(found.folder)
    addBuildIds(report, snapshot)
    if (snapshot.symbols === undefined) return []
    const problem = mismatch(report, snapshot.symbols)
    if (problem !== undefined) return [problem]
    nameAddresses(report, snapshot.symbols)
    return []
  } catch (error) {
    // A damaged snapshot leaves the report as it was captured.
    return [`${found.folder.path}: ${error instanceof Error ? error.message : String(error)}`]
  } finally {
    await found.folder.close()
  }
}
