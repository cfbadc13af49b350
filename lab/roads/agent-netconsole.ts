// The agent on another machine, which hears the one that fails by netconsole.

import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { readConfig } from '../../src/agent/config/read.ts'
import { Watch } from '../../src/agent/watch/watch.ts'
import { tell } from '../tell.ts'
import { asEvidence, reportsOf } from './bundled-reports.ts'
import { bringNetworkUp, networkCard, targetAt } from './netconsole.ts'
import type { Road } from './road.ts'

async function listening(folder: string): Promise<{ watch: Watch; port: number; spool: string }> {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const { config } = readConfig({
    files: [],
    overrides: {
      'Watch.Source': 'netconsole:127.0.0.1:0',
      'Watch.Runtime': join(folder, 'run'),
      'Spool.Data': folder,
      'Collect.Enabled': 'no',
    },
  })
  const watch = await Watch.start({ config, version: 'lab', tell, ended: () => {} })
  return { watch, port: watch.status().sources[0]!.stats['port']!, spool: join(folder, 'bundles') }
}

export const agentNetconsole: Road = {
  name: 'agent-netconsole',
  what: 'the agent on another machine, by extended netconsole: what it bundled',
  sees: 'bundled',
  group: 'network',
  asked: true,
  answers: true,
  lacks: guest => (guest.network === undefined ? 'no network card that can send while the kernel dies' : undefined),
  open: async (guest, folder) => {
    const { watch, port, spool } = await listening(join(folder, 'agent-netconsole'))
    return {
      qemu: networkCard(guest),
      prepare: `${bringNetworkUp} && modprobe netconsole 'netconsole=+${targetAt(port)}'`,
      evidence: async () => {
        await watch.stop()
        const lost = watch.status().sources.reduce((sum, source) => sum + source.lost, 0)
        return [asEvidence(await reportsOf(spool, lost))]
      },
      close: () => void watch.stop(),
    }
  },
}
