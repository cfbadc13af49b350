// After a reboot: what the dead kernel left → bundles, joined with what was captured while it lived; then the originals go.
//
// The order is what makes it safe to be killed anywhere: bundle, archive, original. Between any two of them a second run
// finds the exception in the spool and its text in the archive, and makes nothing of it a second time.

import { decodeBytes } from '../../core/decoder.ts'
import type { RecoverHost } from '../../core/formats/recovered-log.ts'
import type { Report } from '../../core/model.ts'
import { decodableText } from '../../core/recover.ts'
import { nodeRecoverHost } from '../../node/recover-host.ts'
import type { System } from '../system.ts'
import { Archive, digestOf } from './archive.ts'
import { byBoot } from './boots.ts'
import { efiPressure } from './efi-quota.ts'
import { cutOut } from './excerpt.ts'
import { sameException } from './same.ts'
import type { HarvestSettings } from './settings.ts'
import type { Remains, RemainsStore, Remnant } from './store.ts'
import { remainsStores } from './stores/index.ts'

/** An exception that the spool holds. */
export interface KnownException {
  name: string
  report: Report
  capturedMs?: number
}

export interface FoundException {
  report: Report
  excerpt: Uint8Array
  context: Uint8Array
  /** name of the store */
  source: string
  host?: string
  bootId?: string
  /** when it was dumped; now, where the store does not tell */
  at: Date
  files: { name: string; bytes: Uint8Array }[]
}

/** What of the spool is needed here; both writes are durable when they settle. */
export interface ExceptionSpool {
  known(): Promise<KnownException[]>
  write(found: FoundException): Promise<{ name: string }>
  /** Adds evidence to a bundle, and its report where that says more; nothing that is there already is changed. */
  attach(name: string, found: FoundException): Promise<void>
}

export interface HarvestHost {
  system: System
  spool: ExceptionSpool
  /** the data folder */
  data: string
  settings: HarvestSettings
  /** a boot that was under way at that time, where the agent kept record of it */
  bootAt?(wallMs: number): string | undefined
  /** files with what happened in the kernel of that boot before an exception */
  events?(report: Report, bootId: string | undefined): FoundException['files']
  recover?: RecoverHost
  stores?: readonly RemainsStore[]
}

export interface HarvestResult {
  /** names of new bundles, and of those that got evidence */
  written: string[]
  joined: string[]
  /** logs read, those that were not known before, and originals erased */
  logs: number
  fresh: number
  erased: number
  /** what could not be read, kept or erased, and what to do */
  troubles: string[]
}

/** Two at a time would write one exception twice; the spool's lock keeps other processes out. */
export async function harvest(host: HarvestHost): Promise<HarvestResult> {
  const { system, settings, stores = remainsStores } = host
  const result: HarvestResult = { written: [], joined: [], logs: 0, fresh: 0, erased: 0, troubles: [] }
  const trouble = (sentence: string): void => void result.troubles.push(sentence)
  const run = new Harvest(host, new Archive(host.data), result)
  for (const store of stores) {
    const found = await store.collect({ system, settings, trouble, recover: host.recover ?? nodeRecoverHost })
    for (const remains of found) {
      try {
        await run.take(remains)
      } catch (error) {
        // A full disk: the original stays, and the next run finds it.
        trouble(`${remains.store} ${remains.from}: kept where it is: ${error instanceof Error ? error.message : error}`)
      }
    }
  }
  try {
    run.archive.trim(settings.archiveSize)
  } catch (error) {
    trouble(
      `${run.archive.folder}: larger than ArchiveSize= and not trimmed: ${error instanceof Error ? error.message : error}`,
    )
  }
  return result
}

class Harvest {
  readonly archive: Archive
  private readonly host: HarvestHost
  /** read when the first exception is met: most boots have none */
  private known: KnownException[] | undefined
  private readonly result: HarvestResult
  private readonly bootId: string

  constructor(host: HarvestHost, archive: Archive, result: HarvestResult) {
    this.host = host
    this.archive = archive
    this.result = result
    this.bootId = host.system.text('/proc/sys/kernel/random/boot_id') ?? ''
  }

  async take(remains: Remains): Promise<void> {
    this.result.logs += remains.logs.length
    const fresh = remains.logs.filter(log => hasContent(log) && !this.archive.knows(digestOf(log)))
    this.result.fresh += fresh.length
    if (fresh.length > 0) {
      const bundles = new Map<Remnant, Set<string>>(fresh.map(log => [log, new Set<string>()]))
      // A dump of which a part was seen before is read whole, so that its reports are.
      for (const boot of byBoot(remains.logs)) {
        if (boot.some(log => bundles.has(log))) await this.takeBoot(remains, boot, bundles)
      }
      const kept = fresh.map(log => ({ log, bundles: [...bundles.get(log)!] }))
      this.archive.keep(remains, kept, new Date(this.host.system.now()), this.bootId)
    }
    this.erase(remains, new Set(fresh))
  }

  private async takeBoot(
    remains: Remains,
    boot: readonly Remnant[],
    bundles: Map<Remnant, Set<string>>,
  ): Promise<void> {
    const text = decodableText(boot)
    const dumpedUs = Math.max(...boot.map(({ wallUs }) => wallUs ?? 0))
    const wallMs = dumpedUs > 0 ? dumpedUs / 1000 : undefined
    for (const report of decodeBytes(text)) {
      // That it was restarted in good order is no exception.
      if (report.severity === 'notice') continue
      const logs = boot.filter(log => bundles.has(log) && holds(log, report))
      const of = this.bootOf(wallMs, boot)
      const name = await this.join(
        report,
        {
          ...cutOut(text, report),
          report,
          source: remains.store,
          at: new Date(wallMs ?? this.host.system.now()),
          ...of,
          files: [
            ...[...logs, ...remains.logs.filter(({ by }) => by === 'user')].map(log => ({
              name: `${remains.store}-${log.name}`,
              bytes: log.text,
            })),
            ...(this.host.events?.(report, of.bootId) ?? []),
          ],
        },
        wallMs,
      )
      for (const log of logs) bundles.get(log)!.add(name)
    }
  }

  private async join(report: Report, found: FoundException, wallMs: number | undefined): Promise<string> {
    const seen = { report, ...(wallMs === undefined ? {} : { wallMs }) }
    this.known ??= await this.host.spool.known()
    const same = this.known.find(each =>
      sameException(seen, {
        report: each.report,
        ...(each.capturedMs === undefined ? {} : { wallMs: each.capturedMs }),
      }),
    )
    if (same !== undefined) {
      await this.host.spool.attach(same.name, found)
      if (!this.result.joined.includes(same.name)) this.result.joined.push(same.name)
      return same.name
    }
    const { name } = await this.host.spool.write(found)
    this.known.push({ name, report, capturedMs: found.at.getTime() })
    this.result.written.push(name)
    return name
  }

  private bootOf(wallMs: number | undefined, boot: readonly Remnant[]): { bootId?: string } {
    const told = boot.find(log => log.bootId !== undefined)?.bootId
    const bootId = told ?? (wallMs === undefined ? undefined : this.host.bootAt?.(wallMs))
    return bootId === undefined ? {} : { bootId }
  }

  private erase(remains: Remains, fresh: ReadonlySet<Remnant>): void {
    const { system, settings } = this.host
    const due = remains.logs.filter(log => {
      if (log.erase === undefined || settings.erase === 'never') return false
      const digest = digestOf(log)
      if (hasContent(log) && !this.archive.knows(digest)) return false
      if (settings.erase === 'at-once') return true
      return !fresh.has(log) && this.archive.bootOf(digest) !== this.bootId
    })
    const pressed = efiPressure(system, settings, remains, due)
    if (pressed.length > 0) {
      this.result.troubles.push(`EFI's NVRAM is nearly full of dumps: ${pressed.length} erased whatever Erase= says`)
    }
    for (const log of [...due, ...pressed]) {
      try {
        log.erase?.()
        this.result.erased++
      } catch (error) {
        this.result.troubles.push(error instanceof Error ? error.message : String(error))
      }
    }
  }
}

const hasContent = ({ text, about }: Remnant): boolean => text.length > 0 || about !== undefined

/** A log holds a report, or a part of it, when it has its first or last line as it was printed. */
function holds({ text, by }: Remnant, report: Report): boolean {
  if (by !== 'kernel') return false
  const lines = report.text.split('\n')
  const bytes = Buffer.from(text.buffer, text.byteOffset, text.length)
  return [lines[0]!, lines.at(-1)!].some(line => bytes.includes(line))
}
