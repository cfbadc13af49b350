import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WalSync } from './wal-sync.ts'

/** A file whose syncs end when it is said. */
function held() {
  const ends: { done: () => void; failed: (error: Error) => void }[] = []
  const file = {
    datasync: () => new Promise<void>((done, failed) => ends.push({ done, failed })),
    close: async () => {},
  }
  return { wal: new WalSync(file), ends }
}
const turn = () => new Promise(resolve => setImmediate(resolve))

test('one sync is for all who came before it began; who comes later waits for the next', async () => {
  const { wal, ends } = held()
  const done: string[] = []
  const ask = (name: string) => wal.sync().then(() => done.push(name))
  const all = [ask('a'), ask('b')]
  await turn()
  assert.equal(ends.length, 1)
  all.push(ask('c'), ask('d'))
  await turn()
  assert.equal(ends.length, 1)
  ends[0]!.done()
  await turn()
  assert.deepEqual(done, ['a', 'b'])
  assert.equal(ends.length, 2)
  all.push(ask('e'))
  ends[1]!.done()
  await turn()
  assert.deepEqual(done, ['a', 'b', 'c', 'd'])
  ends[2]!.done()
  await Promise.all(all)
  await turn()
  // Nobody asked any more.
  assert.equal(ends.length, 3)
  const again = ask('f')
  await turn()
  ends[3]!.done()
  await again
})

test('a sync that failed is never made good by a later one', async () => {
  const { wal, ends } = held()
  const [first, second] = [wal.sync(), turn().then(() => wal.sync())]
  const told = Promise.all([assert.rejects(first, /EIO.*Start the server anew/), assert.rejects(second, /EIO/)])
  await turn()
  ends[0]!.failed(new Error('EIO'))
  await told
  await assert.rejects(wal.sync(), /EIO/)
  assert.equal(ends.length, 1)
})
