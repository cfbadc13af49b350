// Routes to a file system that is really full: a tmpfs of their own.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { createRouter, parseRoute, routeHost } from '../../src/agent/routes/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'faultline-disk-'))
const mounted =
  process.getuid?.() === 0 && spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', folder]).status === 0
after(() => {
  if (mounted) spawnSync('umount', ['-l', folder])
  rmSync(folder, { recursive: true, force: true })
})

const record = (text: string) => ({
  text,
  line: 1,
  span: { start: 0, end: 0 },
  transport: 'kmsg',
  facility: 0,
  level: 6,
})

async function until(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 400 && !holds(); turn++) await new Promise(resolve => setTimeout(resolve, 50))
  assert.ok(holds(), String(holds))
}

test('full, then with room again: every line once and whole', {
  skip: mounted ? false : 'no tmpfs can be mounted here',
}, async () => {
  const told: string[] = []
  const log = join(folder, 'kern.log')
  writeFileSync(join(folder, 'ballast'), Buffer.alloc(200 * 1024))
  const router = createRouter(
    [parseRoute(`kern.* ${log} format=text`)],
    routeHost(message => told.push(message)),
  )
  const expected: string[] = []
  const say = (count: number): void => {
    for (let i = 0; i < count; i++) {
      expected.push(`${String(expected.length).padStart(5, '0')} ${'x'.repeat(100)}`)
      router.deliver(record(expected.at(-1)!))
    }
  }
  say(800)
  await until(() => router.stats()['down'] === 1)
  assert.match(told[0]!, /no space is left on the device/)
  say(100)
  unlinkSync(join(folder, 'ballast'))
  await until(() => router.stats()['queued'] === 0)
  say(50)
  await until(() => router.stats()['queued'] === 0)
  await router.close(5000)
  assert.deepEqual(readFileSync(log, 'utf8').split('\n').slice(0, -1), expected)
  assert.equal(router.stats()['lost'], 0)
})
