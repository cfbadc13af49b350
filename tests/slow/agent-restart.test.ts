// The agent killed with -9 at any moment while a log grows: begun again, it keeps each exception once.

import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { root } from '../../tools/install.mjs'
import { Random } from '../random.ts'

const command = join(root, 'dist/faultline.mjs')
const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

test('killed -9 again and again, each exception has one bundle and no record is missing from the route', async () => {
  if (spawnSync(process.execPath, [join(root, 'tools/build.mjs'), 'cli']).status !== 0) throw new Error('no build')
  const folder = mkdtempSync(join(tmpdir(), 'faultline-restart-'))
  const path = join(folder, 'kern.log')
  const routed = join(folder, 'routed.log')
  writeFileSync(path, '')
  const args = [
    'watch',
    '--source',
    `file:${path},all`,
    '--data',
    join(folder, 'data'),
    '--runtime',
    join(folder, 'run'),
  ]
  const start = (): ChildProcess =>
    spawn(
      process.execPath,
      [command, ...args, '--no-harvest', '--same-limit', '1000', '--route', `*.* ${routed} format=text`],
      { stdio: ['ignore', 'inherit', 'ignore'] },
    )
  const numbers = new Random(11)
  const random = (): number => numbers.below(1_000_000) / 1_000_000
  const report = readFileSync(join(root, 'fixtures/kinds/warning/x86_64-6.1-module/input.log'), 'utf8')
    .split('\n')
    .filter(Boolean)
  const wanted = 24
  let agent = start()
  let kills = 0
  for (let count = 0; count < wanted; count++) {
    for (const [index, line] of report.entries()) {
      const stamp = `[${String(1000 + count * 10).padStart(5)}.${String(index * 10).padStart(6, '0')}]`
      appendFileSync(path, `${line.replace(/^\[[^\]]*\]/, stamp)}\n`)
      if (random() < 0.04) await pause(random() * 300)
      if (random() < 0.05) {
        kills++
        agent.kill('SIGKILL')
        await new Promise(resolve => agent.once('close', resolve))
        agent = start()
      }
    }
    appendFileSync(path, `[${1005 + count * 10}.000000] mark ${count}\n`)
    await pause(random() * 400)
  }
  await pause(2500)
  agent.kill('SIGTERM')
  const code = await new Promise(resolve => agent.once('close', resolve))
  assert.equal(code, 0)
  const bundles = readdirSync(join(folder, 'data/bundles')).filter(name => !name.startsWith('.'))
  const starts = bundles.map(name => {
    const read = JSON.parse(readFileSync(join(folder, 'data/bundles', name, 'report.json'), 'utf8')) as {
      time: { sinceBootUs: number }
    }
    return Math.floor(read.time.sinceBootUs / 10e6)
  })
  assert.deepEqual(
    starts.toSorted((a, b) => a - b),
    Array.from({ length: wanted }, (_, index) => 100 + index),
  )
  // What a kill -9 caught on its way to the route comes again, rather than not at all.
  assert.ok(kills >= 20, `${kills} kills`)
  const arrived = readFileSync(routed, 'utf8')
  for (let count = 0; count < wanted; count++) assert.ok(arrived.includes(`mark ${count}\n`), `mark ${count}`)
  const sent = readFileSync(path, 'utf8').split('\n').length
  assert.ok(
    arrived.split('\n').length < sent + kills * 40,
    `${arrived.split('\n').length} records of ${sent}, ${kills} kills`,
  )
  rmSync(folder, { recursive: true })
})
