// Debian's own debuginfod serves a kernel's debug file, and a log with a build ID is all that is given.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { ensurePrograms } from '../../tools/install.mjs'
import { runCommand } from '../run-command.ts'
import { compile, run, scratchFolder } from '../toolchain.ts'

/** debuginfod looks through its folders when it starts; so long it may take until it has the file. */
const READY_MS = 60_000

function freePort(): Promise<number> {
  return new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

async function untilServed(url: string): Promise<void> {
  const end = Date.now() + READY_MS
  while (Date.now() < end) {
    const response = await fetch(url).catch(() => undefined)
    await response?.body?.cancel()
    if (response?.ok) return
    await new Promise(resolve => setTimeout(resolve, 250))
  }
  throw new Error(`debuginfod has not served ${url} within ${READY_MS} ms`)
}

test('decode --debuginfod against the real server', async context => {
  if (ensurePrograms({ debuginfod: 'debuginfod' }).length > 0) return context.skip('debuginfod is not installed')
  const folder = scratchFolder()
  const served = join(folder, 'served')
  mkdirSync(served)
  const vmlinux = compile({ name: 'native', prefix: '' }, join(folder, 'vmlinux'), ['-O2', '-g', '-Wl,--build-id'])
  const buildId = /Build ID: ([0-9a-f]+)/.exec(run('readelf', ['-nW', vmlinux]))![1]!
  const list = await runCommand(['symbols', 'list', vmlinux])
  const size = / (0x[0-9a-f]+) walk$/m.exec(list.out)![1]!
  renameSync(vmlinux, join(served, 'vmlinux.debug'))
  const port = await freePort()
  const database = join(folder, 'database')
  const server = spawn('debuginfod', ['-F', '-p', String(port), '-d', database, served], { stdio: 'ignore' })
  try {
    const url = `http://127.0.0.1:${port}`
    await untilServed(`${url}/buildid/${buildId}/debuginfo`)
    const log = join(folder, 'oops.log')
    const lines = [
      'BUG: kernel NULL pointer dereference, address: 0000000000000050',
      'Oops: 0000 [#1] PREEMPT SMP NOPTI',
      `CPU: 0 PID: 135 Comm: sh Not tainted 6.9-test+ #1 ${buildId}`,
      `RIP: 0010:walk+0x4/${size}`,
      'Call Trace:',
      ' <TASK>',
      ' begin+0x10/0x30',
      ' </TASK>',
    ]
    writeFileSync(log, lines.map(line => `[    1.000000] ${line}\n`).join(''))
    const env = { HOME: folder, DEBUGINFOD_CACHE_PATH: join(folder, 'cache') }
    const { out, err } = await runCommand(['decode', '--json', '--debuginfod', url, log], '', { env })
    assert.match(JSON.parse(out).pc.place.file, /walk\.c$/, err)
    const byVariable = {
      ...env,
      DEBUGINFOD_URLS: `http://127.0.0.1:9 ${url}`,
      DEBUGINFOD_CACHE_PATH: join(folder, 'other'),
    }
    const again = await runCommand(['decode', '--json', '--debug-dir', folder, log], '', { env: byVariable })
    assert.match(JSON.parse(again.out).pc.place.file, /walk\.c$/, again.err)
  } finally {
    server.kill()
  }
})
