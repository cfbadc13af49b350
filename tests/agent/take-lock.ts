// Run by tests/slow/spool.test.ts, several at once: takes the spool, says so, keeps it for a while, says that it ends.
// Arguments: the spool, the way to lock.

import { writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { LockWay } from '../../src/agent/bundles/lock.ts'
import { Spool } from '../../src/agent/bundles/spool.ts'

const [path = '', way = 'flock'] = process.argv.slice(2)
try {
  const spool = await Spool.open(path, { lockWays: [way as LockWay] })
  writeSync(1, 'got\n')
  await sleep(300)
  writeSync(1, 'end\n')
  await spool.close()
} catch (error) {
  writeSync(1, `${error instanceof Error && 'code' in error ? String(error.code) : String(error)}\n`)
}
