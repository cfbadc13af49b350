import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Gate } from './gate.ts'
import { Refusal } from './intake/refusal.ts'

test('so many at once, of one sender a share, in order; who finds no place is told', async () => {
  const gate = new Gate({ atOnce: 3, ofOne: 2, waiting: 4 })
  const began: string[] = []
  const ends: (() => void)[] = []
  const work = (name: string, sender: string) =>
    gate.pass(sender, async () => {
      began.push(name)
      await new Promise<void>(resolve => ends.push(resolve))
      return name
    })
  const all = ['a1', 'a2', 'a3', 'a4', 'b1', 'b2', 'c1'].map(name => work(name, name[0]!))
  const turn = () => new Promise(resolve => setImmediate(resolve))
  await turn()
  assert.deepEqual(began, ['a1', 'a2', 'b1'])
  await assert.rejects(work('d1', 'd'), (error: unknown) => error instanceof Refusal && error.status === 503)
  // b1 leaves: not a3, whose sender has its share.
  ends[2]!()
  await turn()
  assert.deepEqual(began, ['a1', 'a2', 'b1', 'b2'])
  ends[0]!()
  await turn()
  assert.equal(began.at(-1), 'a3')
  while (ends.length > 0) {
    ends.shift()!()
    await turn()
  }
  assert.deepEqual(await Promise.all(all), ['a1', 'a2', 'a3', 'a4', 'b1', 'b2', 'c1'])
})

test('a fault leaves the place free', async () => {
  const gate = new Gate({ atOnce: 1 })
  for (let tried = 0; tried < 3; tried++) {
    await assert.rejects(
      gate.pass('a', async () => {
        throw new Error('x')
      }),
    )
  }
  assert.equal(await gate.pass('a', async () => 1), 1)
})
