// The spool's promise, at every step: what was acknowledged is there, what is there is whole, what was not acknowledged and
// comes again is there once. Here the machine dies in this process; tests/slow/spool-crash.test.ts kills real ones.

import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { dyingHost, failingHost } from '../../../tests/agent/failing-host.ts'
import { sampleDraft } from '../../../tests/samples/drafts.ts'
import type { Host } from '../host.ts'
import { Spool } from './spool.ts'

// In memory, where thousands of syncs cost nothing.
const base = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'faultline-crash-'))
after(() => rmSync(base, { recursive: true }))
let count = 0

/** Every so many calls; the slow tests do all. A prime, so that it does not keep step with anything. */
const stride = Number(process.env['FAULTLINE_TEST_STRIDE'] ?? 37)

const draftOf = (first: number) => sampleDraft({}, { sequence: { first, last: first + 10 } })
const limits = { maxSize: 2 ** 30, maxCount: 3, maxAge: 0, keepFree: 0 }

/** The life of an agent: what it was told is kept is noted in `kept`, name by what it wrote. */
async function live(path: string, host: Host, kept: Map<number, string>): Promise<void> {
  const spool = await Spool.open(path, { host, limits })
  try {
    for (const first of [100, 200, 300, 400, 500]) {
      kept.set(first, (await spool.write(draftOf(first))).name)
      if (first === 200) await spool.attach(kept.get(200)!, { label: 'pstore', files: [file] })
    }
  } finally {
    await spool.close()
  }
}

const file = { name: 'dmesg', bytes: Buffer.from('Panic#1 Part1\n') }

/** What must hold after whatever happened; gives the sequence numbers of the records that are there. */
async function audit(path: string, kept: ReadonlyMap<number, string>): Promise<number[]> {
  const spool = await Spool.open(path)
  try {
    const there = await spool.list()
    const removed = new Set((await spool.removals()).list.map(({ name }) => name))
    for (const name of kept.values()) {
      assert.ok(there.some(each => each.name === name) || removed.has(name), `${name} was acknowledged and is lost`)
    }
    const hidden = readdirSync(path).filter(name => name.startsWith('.new-') || name.startsWith('.gone-'))
    assert.deepEqual(hidden, [])
    const found: number[] = []
    for (const { name } of there) {
      assert.deepEqual(await spool.verify(name), [], name)
      found.push((await spool.read(name)).origin!.sequence!.first)
    }
    assert.deepEqual(found.toSorted(), [...new Set(found)].toSorted(), 'a bundle twice')
    return found
  } finally {
    await spool.close()
  }
}

async function lifeUntil(at: number, tear: boolean): Promise<boolean> {
  const outside = join(base, String(count++))
  const path = join(outside, 'bundles')
  mkdirSync(outside)
  writeFileSync(join(outside, 'other'), 'of others')
  const { host, died } = dyingHost(at, tear)
  const kept = new Map<number, string>()
  const finished = await Promise.race([live(path, host, kept).then(() => true), died.then(() => false)])
  await audit(path, kept)
  // The source brings again what was not acknowledged; then all is there once, but for what the limits removed.
  const again = new Map<number, string>()
  await live(path, dyingHost(Number.POSITIVE_INFINITY).host, again)
  const found = await audit(path, again)
  assert.deepEqual(found.slice(-1), [500])
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
        await live(path, host, kept)
        if (!failed()) return
      } catch (error) {
        assert.match(String(error), /^Error: .*bundles\S*: /, `at ${at}`)
      }
      await audit(path, kept)
    }
  })
}
