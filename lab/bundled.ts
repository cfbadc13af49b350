// Whether the agent makes of what a road brought after the reboot one bundle for each exception, and of an orderly end none.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Spool } from '../src/agent/bundles/spool.ts'
import { readConfig } from '../src/agent/config/read.ts'
import type { HarvestResult } from '../src/agent/harvest/harvest.ts'
import { harvestInto } from '../src/agent/harvest/into-spool.ts'
import type { RemainsStore } from '../src/agent/harvest/store.ts'
import type { Report } from '../src/core/model.ts'
import type { Evidence } from './roads/index.ts'

/** Harvests the evidence twice into a spool of its own; what is wrong with what is there then, a sentence each. */
export async function bundleProblems(evidence: readonly Evidence[], reports: readonly Report[]): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'faultline-lab-spool-'))
  const spool = await Spool.open(join(folder, 'bundles'))
  try {
    const first = await harvestEvidence(evidence, spool, folder)
    const problems = first.troubles.map(each => `harvest: ${each}`)
    const wanted = reports.filter(({ severity }) => severity !== 'notice').map(({ title }) => title)
    const titles: string[] = []
    for (const name of first.written) {
      const { report } = await spool.read(name)
      titles.push(report?.title ?? 'a bundle without a report')
      for (const { path, what } of await spool.verify(name)) problems.push(`bundle ${name}: ${path} is ${what}`)
    }
    if (wanted.sort().join('\n') !== titles.sort().join('\n')) {
      problems.push(
        `bundles: expected one each of ${wanted.join(', ') || 'none'}; found ${titles.join(', ') || 'none'}`,
      )
    }
    const second = await harvestEvidence(evidence, spool, folder)
    if (second.fresh > 0 || second.written.length > 0) problems.push('a second harvest found something new')
    // The archive is lost: the exceptions are known by the bundles.
    rmSync(join(folder, 'remains'), { recursive: true, force: true })
    const third = await harvestEvidence(evidence, spool, folder)
    if (third.written.length > 0) problems.push(`written twice: ${third.written.join(', ')}`)
    return problems
  } finally {
    await spool.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

function harvestEvidence(evidence: readonly Evidence[], spool: Spool, data: string): Promise<HarvestResult> {
  const logs = evidence.flatMap(
    ({ name, bytes, logs: own }) => own ?? [{ name, by: 'kernel' as const, offset: 0, text: bytes, damage: [] }],
  )
  const store: RemainsStore = { name: 'lab', what: '', collect: async () => [{ store: 'lab', from: 'road', logs }] }
  const settings = readConfig({ files: [] }).config.harvest
  return harvestInto(spool, { data, settings, version: 'lab', stores: [store] })
}
