// A drill: one line, all roads; what must be looked for after a reboot is written down. And the crash on purpose.

import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { makeFoldersSync } from '../../node/make-folders.ts'
import { nodeRecoverHost } from '../../node/recover-host.ts'
import { Spool } from '../bundles/spool.ts'
import { Archive } from '../harvest/archive.ts'
import type { HarvestSettings } from '../harvest/settings.ts'
import { remainsStores } from '../harvest/stores/index.ts'
import type { System } from '../system.ts'
import { type DrillHost, type DrillRoad, drillLine, type Outcome } from './road.ts'
import { drillRoads } from './roads/index.ts'

export const drillName = 'drill.json'

export interface DrillResult extends Outcome {
  road: string
}

/** What --check looks for. */
export interface DrillRecord {
  token: string
  /** ISO 8601 */
  at: string
  bootId: string
  /** the machine was crashed on purpose */
  crash: boolean
}

export const newToken = (): string => randomBytes(5).toString('hex')

export interface DrillOptions {
  system: System
  data: string
  runtime: string
  token: string
  roads?: readonly DrillRoad[]
}

export async function drill({
  system,
  data,
  runtime,
  token,
  roads = drillRoads,
}: DrillOptions): Promise<DrillResult[]> {
  const written = writeLine(system, token)
  const sleep = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))
  const host: DrillHost = { system, data, runtime, token, written, sleep }
  const results: DrillResult[] = []
  for (const road of roads) results.push({ road: road.name, ...(await road.prove(host)) })
  if (results.some(({ proof }) => proof === 'later')) remember(system, data, token, false)
  return results
}

function writeLine(system: System, token: string): boolean {
  try {
    writeFileSync(system.path('/dev/kmsg'), `<4>${drillLine(token)}\n`)
    return true
  } catch {
    return false
  }
}

function remember(system: System, data: string, token: string, crash: boolean): void {
  const bootId = system.text('/proc/sys/kernel/random/boot_id') ?? ''
  const record: DrillRecord = { token, at: new Date(system.now()).toISOString(), bootId, crash }
  makeFoldersSync(data, 0o750)
  const descriptor = openSync(join(data, drillName), 'w', 0o640)
  try {
    writeSync(descriptor, `${JSON.stringify(record)}\n`)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** Crashes this machine, and does not return where it can. Throws with what stood in the way. */
export function crash(system: System, data: string, token: string): never {
  remember(system, data, token, true)
  writeLine(system, token)
  system.run('sync', [])
  // A machine that stays as it is after the panic would have to be reset by hand.
  const panic = system.path('/proc/sys/kernel/panic')
  if (system.text('/proc/sys/kernel/panic') === '0') writeFileSync(panic, '10')
  writeFileSync(system.path('/proc/sysrq-trigger'), 'c')
  throw new Error('the kernel did not crash at sysrq c: is it built with CONFIG_MAGIC_SYSRQ?')
}

/** What the last drill left for after the reboot; undefined where there was none. */
export function lastDrill(data: string): DrillRecord | undefined {
  try {
    const record = JSON.parse(readFileSync(join(data, drillName), 'utf8')) as DrillRecord
    return typeof record.token === 'string' ? record : undefined
  } catch {
    return undefined
  }
}

/** Where the last drill's line, and its crash, are found now. */
export async function checkDrill(
  system: System,
  data: string,
  settings: HarvestSettings,
  { token, crash: crashed }: DrillRecord,
): Promise<DrillResult[]> {
  const results: DrillResult[] = []
  const seen = (road: string, where: string): void =>
    void results.push({ road, proof: 'proved', what: `${where} has it` })
  for (const { folder, index } of new Archive(data).all) {
    for (const { name, file } of index.logs) {
      if (holds(join(folder, file), token))
        seen(`${index.store} ${index.from}`, `${name}, harvested ${index.harvestedAt},`)
    }
  }
  for (const store of remainsStores) {
    const found = await store.collect({ system, settings, recover: nodeRecoverHost, trouble: () => {} })
    for (const { from, logs } of found) {
      for (const log of logs) if (Buffer.from(log.text).includes(token)) seen(`${store.name} ${from}`, log.name)
    }
  }
  if (results.length === 0) {
    results.push({ road: 'pstore and others', proof: 'failed', what: 'nothing that outlives a reboot has the line' })
  }
  if (crashed) results.push(await bundleOf(data, token))
  return results
}

function holds(path: string, token: string): boolean {
  try {
    return readFileSync(path).includes(token)
  } catch {
    return false
  }
}

async function bundleOf(data: string, token: string): Promise<DrillResult> {
  try {
    const spool = await Spool.open(join(data, 'bundles'), { readOnly: true })
    try {
      for (const { name } of (await spool.list()).reverse()) {
        const context = await spool.bytes(name, 'context.log').catch(() => undefined)
        if (context === undefined || !Buffer.from(context).includes(token)) continue
        return { road: 'bundle', proof: 'proved', what: `the crash is ${name}` }
      }
    } finally {
      await spool.close()
    }
  } catch (error) {
    return { road: 'bundle', proof: 'failed', what: error instanceof Error ? error.message : String(error) }
  }
  return { road: 'bundle', proof: 'failed', what: 'no bundle has the crash: faultline recover --spool' }
}
