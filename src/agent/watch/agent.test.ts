// The agent ended while it still begins: no complaint, and the spool is free for the next.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Spool } from '../bundles/spool.ts'
import { readConfig } from '../config/read.ts'
import { Agent } from './agent.ts'

test('an early end says nothing of the spool', async context => {
  const folder = mkdtempSync(join(tmpdir(), 'faultline-agent-'))
  context.after(() => rmSync(folder, { recursive: true, force: true }))
  const fifo = join(folder, 'fifo')
  spawnSync('mkfifo', [fifo])
  const data = join(folder, 'data')
  const overrides = {
    // Of its own kernel it keeps the symbols, too.
    'Watch.Source': process.getuid?.() === 0 && existsSync('/dev/kmsg') ? 'kmsg' : `pipe:${fifo}`,
    'Events.Kinds': '',
    'Collect.Enabled': 'no',
    'Watch.Runtime': join(folder, 'run'),
    'Spool.Data': data,
  }
  const { config } = readConfig({ files: [], overrides })
  const told: string[] = []
  for (const ms of [0, 1, 5, 10, 20, 40, 80, 160]) {
    const tell = (message: string): void => void told.push(message)
    const agent = await Agent.start({ config, version: 'test', tell, ended: () => {}, spool: true, harvest: true })
    await sleep(ms)
    await agent.stop(true)
    const next = await Spool.open(join(data, 'bundles'))
    await next.close()
  }
  // This machine's own exceptions are told by their bundles.
  assert.deepEqual(
    told.filter(message => !message.includes(join(data, 'bundles/2'))),
    [],
  )
})
