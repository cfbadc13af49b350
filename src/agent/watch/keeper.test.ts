import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Report } from '../../core/model.ts'
import type { Draft } from '../bundles/bundle.ts'
import { until } from '../sources/testing.ts'
import { Keeper, type KeeperOptions } from './keeper.ts'

const draft = (fingerprint: string, bytes = 10, host?: string): Draft =>
  ({
    report: {
      source: host === undefined ? {} : { host },
      fingerprint,
      title: `WARNING in ${fingerprint}`,
      kind: 'warning',
    } as Report,
    excerpt: new Uint8Array(bytes),
    origin: { source: 'kmsg', host: 'h', lost: 0, capturedAt: '', endedBy: 'end', agent: { version: '' } },
  }) satisfies Draft

function made(options: Partial<KeeperOptions> = {}) {
  const written: string[] = []
  const attached: { name: string; text: string }[] = []
  const troubles: string[] = []
  const world = { broken: false, now: 1000 }
  const spool = {
    async write({ report }: Draft) {
      if (world.broken) throw new Error('no space is left.')
      written.push(report.fingerprint)
      return { name: `bundle-${written.length}`, path: '' }
    },
    async attach(name: string, { files }: { files: readonly { bytes: Uint8Array }[] }) {
      attached.push({ name, text: Buffer.from(files[0]!.bytes).toString() })
    },
  }
  const keeper = new Keeper({
    sameLimit: 3,
    sameIntervalMs: 60_000,
    spool: async () => spool,
    has: async () => false,
    written: () => {},
    trouble: message => troubles.push(message),
    now: () => world.now,
    ...options,
  })
  return { keeper, written, attached, troubles, world }
}

test('a storm of one exception has so many bundles; the last of them says how often it came', async () => {
  const { keeper, written, attached, world } = made()
  let done = 0
  for (let count = 0; count < 100; count++) {
    keeper.keep(draft('a'), false, () => done++)
    world.now += 10
  }
  keeper.keep(draft('b'), false, () => done++)
  await until(() => done === 101, 'all settled')
  assert.deepEqual(written, ['a', 'a', 'a', 'b'])
  assert.deepEqual(keeper.stats, {
    found: 101,
    bundled: 4,
    repeated: 97,
    known: 0,
    notKept: 0,
    failures: 0,
    waiting: 0,
  })
  await keeper.tellRepeats(false)
  assert.equal(attached.length, 0)
  world.now += 60_000
  await keeper.tellRepeats(false)
  assert.equal(attached[0]!.name, 'bundle-3')
  assert.equal((JSON.parse(attached[0]!.text) as { count: number }).count, 97)
  // a new hour, a new bundle
  keeper.keep(draft('a'), false, () => done++)
  await keeper.close(1000, 1000)
  assert.equal(written.length, 5)
})

test('many machines with one bug are no storm', async () => {
  const { keeper, written } = made()
  for (let host = 0; host < 10; host++) keeper.keep(draft('a', 10, `host-${host}`), false, () => {})
  await keeper.close(1000, 1000)
  assert.equal(written.length, 10)
})

test('while the disk takes nothing, exceptions wait in memory; then they are written in their order', async () => {
  const { keeper, written, troubles, world } = made()
  world.broken = true
  const done: string[] = []
  for (const name of ['a', 'b', 'c']) keeper.keep(draft(name), false, () => done.push(name))
  await until(() => troubles.length > 0, 'it is told')
  assert.match(troubles[0]!, /no space is left\. 3 exceptions wait in memory/)
  assert.deepEqual(done, [])
  world.broken = false
  keeper.retry()
  await until(() => done.length === 3, 'all written')
  assert.deepEqual(written, ['a', 'b', 'c'])
  assert.equal(troubles.length, 1)
})

test('memory for those that wait is bounded, and what is not kept is counted and said', async () => {
  const { keeper, troubles, world } = made()
  world.broken = true
  for (let count = 0; count < 600; count++) keeper.keep(draft(`f${count}`), false, () => {})
  assert.equal(keeper.stats['notKept'], 600 - 512)
  assert.ok(troubles.some(text => /is not kept/.test(text)))
  for (let count = 0; count < 5; count++) keeper.keep(draft(`g${count}`, 1), false, () => {})
  await keeper.close(50, 50)
})

test('what the spool has from before a restart is not written again', async () => {
  const { keeper, written } = made({ has: async ({ report }) => report.fingerprint === 'known' })
  let done = 0
  keeper.keep(draft('known'), true, () => done++)
  keeper.keep(draft('new'), true, () => done++)
  await until(() => done === 2, 'both settled')
  assert.deepEqual(written, ['new'])
  assert.equal(keeper.stats['known'], 1)
})
