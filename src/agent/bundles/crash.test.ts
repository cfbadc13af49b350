// The spool's promise, at every step: what was acknowledged is there, what is there is whole, what was not acknowledged and
// comes again is there once. Here the machine dies in this process; tests/slow/spool.test.ts kills real ones.

import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { dyingHost, failingHost } from '../../../tests/agent/failing-host.ts'
import { audit, live } from '../../../tests/agent/spool-life.ts'
import { sampleDraft } from '../../../tests/samples/drafts.ts'
import { nodeHost } from '../host.ts'

// In memory, where thousands of syncs cost nothing.
const base = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'faultline-crash-'))
after(() => rmSync(base, { recursive: true }))
let count = 0

/** Every so many calls; the slow tests do all. A prime, so that it does not keep step with anything. */
const stride = Number(process.env['FAULTLINE_TEST_STRIDE'] ?? 37)

async function lifeUntil(at: number, tear: boolean): Promise<boolean> {
  const outside = join(base, String(count++))
  const path = join(outside, 'bundles')
  mkdirSync(outside)
  writeFileSync(join(outside, 'other'), 'of others')
  const { host, died } = dyingHost(at, tear)
  const kept = new Map<number, string>()
  const life = live(path, host, sampleDraft(), (first, name) => kept.set(first, name)).then(() => true)
  const finished = await Promise.race([life, died.then(() => false)])
  await audit(path, kept)
  // The source brings again what was not acknowledged; then all is there once, but for what the limits removed.
  const again = new Map<number, string>()
  await live(path, nodeHost, sampleDraft(), (first, name) => again.set(first, name), kept)
  assert.deepEqual((await audit(path, again)).slice(-1), [500])
  assert.deepEqual(readdirSync(outside).sort(), ['bundles', 'other'])
  return finished
}

for (const tear of [false, true]) {
  test(`killed at every call${tear ? ', in the middle of a write' : ''}`, async context => {
    let at = 1
    for (; !(await lifeUntil(at, tear)); at += stride);
    context.diagnostic(`${at} calls, each ${stride}.`)
    assert.ok(at > 150, `only ${at} calls`)
  })
}

for (const code of ['EIO', 'ENOSPC', 'EROFS', 'EDQUOT']) {
  test(`${code} at every call: kept or refused, never in between`, async () => {
    for (let at = 1; ; at += stride) {
      const path = join(base, String(count++), 'bundles')
      const { host, failed } = failingHost(at, code)
      const kept = new Map<number, string>()
      try {
        await live(path, host, sampleDraft(), (first, name) => kept.set(first, name))
        if (!failed()) return
      } catch (error) {
        assert.match(String(error), /^Error: .*bundles\S*: /, `at ${at}`)
      }
      await audit(path, kept)
    }
  })
}
