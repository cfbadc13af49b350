// Run by tests/slow/spool.test.ts: lives as an agent until its N-th call to the disk, and dies there of SIGKILL. Says on
// standard output what was acknowledged, at once. Arguments: the spool, N, 1 to die in the middle of a write, a file with
// the report that it captures (decoding it here would take longer than all the rest).

import { readFileSync, writeSync } from 'node:fs'
import type { Draft } from '../../src/agent/bundles/bundle.ts'
import { watchedHost } from './failing-host.ts'
import { live } from './spool-life.ts'

const [path = '', at = '', tear, sample = ''] = process.argv.slice(2)
let calls = 0
const host = watchedHost(async (_, write) => {
  if (++calls !== Number(at)) return
  if (tear === '1') await write?.()
  process.kill(process.pid, 'SIGKILL')
})
const { report, excerpt, origin } = JSON.parse(readFileSync(sample, 'utf8'))
const draft: Draft = { report, origin, excerpt: Buffer.from(excerpt) }
await live(path, host, draft, (first, name) => writeSync(1, `${first} ${name}\n`))
