// What goes, in which order, and that it is counted.

import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { sampleDraft } from '../../../tests/samples/drafts.ts'
import { nodeHost } from '../host.ts'
import { type Limits, leavingOrder, NEWEST, victims, victimsForRoom, type Weighed } from './retention.ts'
import { Spool } from './spool.ts'
import { STEADY_MS, SteadyClock } from './steady-clock.ts'

const base = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'faultline-retention-'))
after(() => rmSync(base, { recursive: true }))

const none: Limits = { maxSize: Number.MAX_SAFE_INTEGER, maxCount: 1e9, maxAge: 0, keepFree: 0 }
const day = 86_400_000
const bundles = (count: number, fatal: (sequence: number) => boolean = () => false): Weighed[] =>
  Array.from({ length: count }, (_, index) => ({
    name: `b${index + 1}`,
    sequence: index + 1,
    at: (index + 1) * day,
    sizeBytes: 100,
    fatal: fatal(index + 1),
  }))
const numbers = (gone: readonly Weighed[]): number[] => gone.map(({ sequence }) => sequence)
const there = { freeBytes: 1e12, now: undefined }

test('the oldest go first, then the fatal ones, then the newest', () => {
  const all = bundles(12, sequence => sequence <= 2)
  assert.deepEqual(numbers(leavingOrder(all)), [3, 4, 1, 2, 5, 6, 7, 8, 9, 10, 11, 12])
  assert.deepEqual(numbers(victims(all, { ...none, maxCount: 9 }, there)), [3, 4, 1])
  assert.deepEqual(numbers(victims(all, { ...none, maxSize: 1150 }, there)), [3])
})

test('age counts only by a clock that is trusted, and the last bundle stays', () => {
  const all = bundles(4)
  const limits = { ...none, maxAge: day }
  assert.deepEqual(victims(all, limits, there), [])
  assert.deepEqual(numbers(victims(all, limits, { ...there, now: 4.5 * day })), [1, 2, 3])
  assert.deepEqual(numbers(victims(all, limits, { ...there, now: 1e6 * day })), [1, 2, 3])
})

test('a disk that others filled costs neither fatal bundles nor the newest', () => {
  const all = bundles(12, sequence => sequence <= 2)
  assert.deepEqual(numbers(victims(all, { ...none, keepFree: 1e9 }, { ...there, freeBytes: 0 })), [3, 4])
  assert.deepEqual(numbers(victimsForRoom(all, 250)), [3, 4, 1])
  assert.deepEqual(numbers(victimsForRoom(all, 1e9)), [3, 4, 1, 2])
})

test('the limits hold afterwards, whatever there was', () => {
  const some = fc.array(fc.record({ sizeBytes: fc.nat(1000), fatal: fc.boolean(), at: fc.nat(100) }), { maxLength: 30 })
  fc.assert(
    fc.property(some, fc.integer({ min: 1, max: 20 }), fc.nat(9000), (list, maxCount, maxSize) => {
      const all = list.map((each, index) => ({ ...each, name: `b${index}`, sequence: index }))
      const gone = new Set(victims(all, { ...none, maxCount, maxSize }, there))
      const names = new Set([...gone].map(({ name }) => name))
      assert.equal(names.size, gone.size)
      const left = all.filter(({ name }) => !names.has(name))
      assert.ok(left.length <= maxCount)
      assert.ok(left.length <= 1 || left.reduce((sum, each) => sum + each.sizeBytes, 0) <= maxSize)
      assert.ok(all.length === 0 || left.length > 0)
    }),
  )
})

test('a clock is trusted once it went an hour without a jump', () => {
  let [now, monotonic] = [0, 0]
  const clock = new SteadyClock({ now: () => now, monotonic: () => monotonic })
  const pass = (ms: number, jump = 0): number | undefined => {
    monotonic += ms
    now += ms + jump
    return clock.now()
  }
  assert.equal(pass(STEADY_MS - 1), undefined)
  assert.equal(pass(1, 1000), STEADY_MS + 1000)
  assert.equal(pass(1, 60 * 365 * day), undefined)
  assert.equal(pass(STEADY_MS - 1), undefined)
  assert.notEqual(pass(1), undefined)
  assert.equal(pass(1, -day), undefined)
})

test('what the spool removes is named, and its number never used again', async () => {
  const path = join(base, 'counted')
  const spool = await Spool.open(path, { limits: { ...none, maxCount: 3 } })
  for (let index = 0; index < 5; index++) await spool.write(sampleDraft())
  await spool.close()
  const again = await Spool.open(path, { shared: true })
  assert.deepEqual(numbers((await again.list()).map(each => each as unknown as Weighed)), [3, 4, 5])
  assert.deepEqual(
    (await again.removals()).list.map(({ name, reason }) => [name.slice(26, 32), reason]),
    [
      ['000001', 'count'],
      ['000002', 'count'],
    ],
  )
  assert.equal((await again.remove((await again.list()).map(({ name }) => name))).length, 3)
  await again.close()
  const after = await Spool.open(path)
  assert.match((await after.write(sampleDraft())).name, /-000006-/)
  await after.close()
})

test('an agent and a person may remove at the same time', async () => {
  const path = join(base, 'together')
  const agent = await Spool.open(path, { limits: { ...none, maxCount: 5 } })
  const person = await Spool.open(path, { shared: true })
  const work = Array.from({ length: 20 }, async (_, index) => {
    await agent.write(sampleDraft())
    if (index % 3 === 0) await person.prune({ ...none, maxCount: 2 })
  })
  await Promise.all(work)
  await person.close()
  await agent.close()
  const reader = await Spool.open(path, { readOnly: true })
  const left = await reader.list()
  assert.equal(left.length + (await reader.removals()).list.length, 20)
  assert.ok(left.length <= 5)
  await reader.close()
})

test('the clock of the machine jumps: nothing old is lost by it', async () => {
  let now = Date.UTC(2026, 10, 29)
  const host = { ...nodeHost, now: () => now }
  const spool = await Spool.open(join(base, 'clock'), { host, limits: { ...none, maxAge: day } })
  for (const year of [2026, 1970, 2099, 1969, 2026]) {
    now = Date.UTC(year, 1, 1)
    await spool.write(sampleDraft({}, { capturedAt: new Date(now).toISOString() }))
  }
  await spool.close()
  const reader = await Spool.open(join(base, 'clock'), { readOnly: true })
  assert.deepEqual(numbers((await reader.list()).map(each => each as unknown as Weighed)), [1, 2, 3, 4, 5])
  await reader.close()
  assert.ok(NEWEST > 5)
})
