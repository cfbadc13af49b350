// The spool as harvest.ts needs it.

import { hostname } from 'node:os'
import type { Report } from '../../core/model.ts'
import { bootAt, readBootRecords } from '../boot-record.ts'
import type { Draft, NamedBytes } from '../bundles/bundle.ts'
import type { Spool } from '../bundles/spool.ts'
import { eventsOfLastBoot, readLastBoot } from '../events/last-boot-file.ts'
import { type System, systemAt } from '../system.ts'
import {
  type ExceptionSpool,
  type FoundException,
  type HarvestResult,
  harvest,
  type KnownException,
} from './harvest.ts'
import type { HarvestSettings } from './settings.ts'
import type { RemainsStore } from './store.ts'

/** A log that is larger stays in the archive alone. */
const MAX_ATTACHED_BYTES = 4 * 1024 * 1024

export function intoSpool(spool: Spool, version: string, host = hostname()): ExceptionSpool {
  const origin = ({ source, bootId, at }: FoundException): Draft['origin'] => ({
    source,
    host,
    ...(bootId === undefined ? {} : { bootId }),
    lost: 0,
    capturedAt: at.toISOString(),
    endedBy: 'input',
    agent: { version },
  })
  const reports = new Map<string, Report>()
  return {
    async known() {
      const found: KnownException[] = []
      for (const { name } of await spool.list()) {
        // One that is damaged, or was removed since, is not joined with anything.
        const bundle = await spool.read(name).catch(() => undefined)
        if (bundle?.report === undefined) continue
        reports.set(name, bundle.report)
        const capturedMs = Date.parse(bundle.origin?.capturedAt ?? '')
        found.push({ name, report: bundle.report, ...(Number.isNaN(capturedMs) ? {} : { capturedMs }) })
      }
      return found
    },
    async write(found) {
      const { report, excerpt, context } = found
      const { name } = await spool.write({ report, excerpt, context, origin: origin(found), files: attachable(found) })
      reports.set(name, report)
      return { name }
    },
    async attach(name, found) {
      const fuller = saysMore(found.report, reports.get(name))
      const there = (await spool.read(name)).files
      // Written before, by a run that did not come to its end.
      const files = attachable(found).filter(
        file => !there.some(({ path, sizeBytes }) => path === file.name && sizeBytes === file.bytes.length),
      )
      if (fuller) files.push({ name: `excerpt-of-${found.source}.log`, bytes: found.excerpt })
      if (files.length === 0) return
      await spool.attach(name, {
        label: found.source,
        files,
        ...(fuller ? { report: found.report, origin: origin(found) } : {}),
      })
      if (fuller) reports.set(name, found.report)
    },
  }
}

const attachable = ({ files }: FoundException): NamedBytes[] =>
  files.filter(({ bytes }) => bytes.length <= MAX_ATTACHED_BYTES)

/** The agent may have seen the beginning only: the machine died while it was printed. */
function saysMore(found: Report, known: Report | undefined): boolean {
  if (known === undefined) return false
  if (found.fatal !== known.fatal) return found.fatal
  return found.text.length > known.text.length
}

export interface HarvestIntoOptions {
  /** the data folder, by its path for this process; the spool is `bundles` in it */
  data: string
  settings: HarvestSettings
  version: string
  system?: System
  host?: string
  stores?: readonly RemainsStore[]
  /** of the events that the last boot's trace kept: so long before an exception; 10 s when it is not given */
  beforeMs?: number
}

const BEFORE_MS = 10_000

/** What the agent does as it starts, with the spool that it has opened: see harvest.ts.  */
export function harvestInto(spool: Spool, options: HarvestIntoOptions): Promise<HarvestResult> {
  const { data, settings, version, system = systemAt(), host, stores, beforeMs = BEFORE_MS } = options
  const boots = readBootRecords(systemAt(), data)
  const last = readLastBoot(data)
  return harvest({
    system,
    spool: intoSpool(spool, version, host),
    data,
    settings,
    bootAt: wallMs => bootAt(boots, wallMs),
    events({ time }, bootId) {
      const bytes = eventsOfLastBoot(last, { bootId, sinceBootUs: time?.sinceBootUs, beforeMs })
      return bytes === undefined ? [] : [{ name: 'events.jsonl', bytes }]
    },
    ...(stores === undefined ? {} : { stores }),
  })
}
