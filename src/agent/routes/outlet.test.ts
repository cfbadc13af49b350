import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Message, recordMessage } from './message.ts'
import { Outlet } from './outlet.ts'
import type { Channel } from './targets/target.ts'
import { TestHost, testRecord } from './testing.ts'

/** A target that does as it is told: takes so many, or breaks, or never answers. */
class TestChannel implements Channel {
  readonly got: string[] = []
  mood: number | 'broken' | 'stuck' = 1000
  async send(batch: readonly Message[]): Promise<number> {
    if (this.mood === 'broken') throw new Error('it is broken')
    if (this.mood === 'stuck') return new Promise(() => {})
    const taken = batch.slice(0, this.mood)
    for (const { record } of taken) this.got.push(record.text)
    return taken.length
  }
  async close(): Promise<void> {}
}

const make = (options: { queue?: number; repeat?: boolean } = {}) => {
  const host = new TestHost()
  const channel = new TestChannel()
  const outlet = new Outlet({ line: 'kern.* test', ...options }, channel, host)
  const say = (text: string): void => outlet.push(recordMessage(testRecord(text), host.now()))
  return { host, channel, outlet, say }
}

test('what a stuck target missed is counted, and said in it when it comes back', async () => {
  const { host, channel, outlet, say } = make({ queue: 4 })
  channel.mood = 0
  for (let i = 1; i <= 10; i++) say(`m${i}`)
  await host.pass(5000)
  assert.deepEqual(outlet.counts(), { delivered: 0, lost: 6, queued: 4, failures: 0, down: 0 })
  channel.mood = 1000
  await host.pass(2000)
  assert.deepEqual(channel.got, [
    'm1',
    'm2',
    'm3',
    'm4',
    '6 messages lost here: this target took them too slowly or was away',
  ])
  assert.deepEqual(outlet.counts(), { delivered: 4, lost: 6, queued: 0, failures: 0, down: 0 })
})

test('the word about the lost stands where they would have stood', async () => {
  const { host, channel, say } = make({ queue: 3 })
  channel.mood = 0
  for (let i = 1; i <= 5; i++) say(`m${i}`)
  await host.pass(100)
  channel.mood = 2
  await host.pass(600)
  channel.mood = 0
  say('m6')
  channel.mood = 1000
  await host.pass(2000)
  assert.deepEqual(channel.got, [
    'm1',
    'm2',
    'm3',
    '2 messages lost here: this target took them too slowly or was away',
    'm6',
  ])
})

test('a broken target is told of once, retried ever more rarely, and told of again when it is back', async () => {
  const { host, channel, outlet, say } = make()
  channel.mood = 'broken'
  say('m1')
  await host.pass(10 * 60_000)
  assert.deepEqual(host.told, ['route "kern.* test": it is broken'])
  const { failures } = outlet.counts()
  assert.ok(failures > 10 && failures < 20, `${failures} tries in ten minutes`)
  channel.mood = 1000
  await host.pass(60_000)
  assert.deepEqual(channel.got, ['m1'])
  assert.equal(host.told.at(-1), 'route "kern.* test": takes messages again')
})

test('reopen tries at once', async () => {
  const { host, channel, outlet, say } = make()
  channel.mood = 'broken'
  say('m1')
  await host.pass(20_000)
  channel.mood = 1000
  outlet.reopen()
  await host.pass(0)
  assert.deepEqual(channel.got, ['m1'])
})

test('closing waits for what can go out, and not for a target that never answers', async () => {
  const good = make()
  good.say('m1')
  const closing = good.outlet.close(1000)
  await good.host.pass(10)
  await closing
  assert.deepEqual(good.channel.got, ['m1'])
  const bad = make()
  bad.channel.mood = 'stuck'
  bad.say('m1')
  bad.say('m2')
  await bad.host.pass(10)
  const late = bad.outlet.close(1000)
  await bad.host.pass(1000)
  await late
  assert.equal(bad.outlet.counts().lost, 2)
})

test('after the end nothing is tried any more, not even the word about what was lost', async () => {
  const { host, channel, outlet, say } = make({ queue: 2 })
  channel.mood = 0
  for (let i = 0; i < 5; i++) say(`m${i}`)
  await host.pass(10)
  const closing = outlet.close(100)
  await host.pass(100)
  await closing
  let tries = 0
  channel.send = async () => {
    tries++
    return 0
  }
  await host.pass(100_000)
  assert.equal(tries, 0)
  assert.equal(outlet.counts().lost, 5)
})

test('the same message again is counted, and said after another or after half a minute', async () => {
  const { host, channel, outlet, say } = make({ repeat: true })
  for (const text of ['a', 'a', 'a', 'b', 'b']) say(text)
  await host.pass(10)
  assert.deepEqual(channel.got, ['a', 'last message repeated 2 times', 'b'])
  await host.pass(30_000)
  assert.deepEqual(channel.got.slice(3), ['last message repeated once'])
  assert.equal(outlet.counts().delivered, 5)
})

test('whatever the target does, every message is delivered once and in order, or counted as lost', async () => {
  const step = fc.oneof(
    fc.record({ say: fc.integer({ min: 1, max: 12 }) }),
    fc.record({ mood: fc.oneof(fc.integer({ min: 0, max: 4 }), fc.constant('broken' as const)) }),
    fc.record({ pass: fc.constantFrom(1, 50, 2000, 70_000) }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), fc.integer({ min: 2, max: 8 }), async (steps, queue) => {
      const { host, channel, outlet, say } = make({ queue })
      let said = 0
      for (const each of steps) {
        if ('say' in each) for (let i = 0; i < each.say; i++) say(String(said++))
        else if ('mood' in each) channel.mood = each.mood
        else await host.pass(each.pass)
      }
      channel.mood = 1000
      await host.pass(120_000)
      const numbers = channel.got.filter(text => /^\d+$/.test(text)).map(Number)
      assert.deepEqual(
        numbers,
        [...new Set(numbers)].sort((a, b) => a - b),
      )
      const { delivered, lost, queued } = outlet.counts()
      assert.equal(queued, 0)
      assert.equal(delivered, numbers.length)
      assert.equal(delivered + lost, said)
      const saidLost = channel.got.flatMap(text => /^(\d+) messages? lost/.exec(text)?.[1] ?? []).map(Number)
      assert.equal(
        saidLost.reduce((sum, count) => sum + count, 0),
        lost,
      )
    }),
    { numRuns: 25 },
  )
})
