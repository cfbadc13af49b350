// Threads: what a job asks is answered, a body goes over no faster than it is taken, and whatever becomes of one job, the
// next is done.

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type Body, handing } from '../intake/body-pieces.ts'
import { Refusal } from '../intake/refusal.ts'
import { Threads } from './pool.ts'

/** Tasks of tests/samples/thread-tasks.ts. */
interface TestThreads {
  run(task: string, ...input: unknown[]): Promise<unknown>
  converse(task: string, calls: object, ...input: unknown[]): Promise<unknown>
  close(): Promise<void>
}

function threadsFor(context: TestContext, most: number, memoryMb?: number): TestThreads {
  const script = join(import.meta.dirname, '../../../tests/samples/thread-tasks.ts')
  const threads = new Threads({ most, script, ...(memoryMb === undefined ? {} : { memoryMb }) }) as unknown
  context.after(() => (threads as TestThreads).close())
  return threads as TestThreads
}

const isRefusal = (status: number, words: RegExp) => (error: unknown) =>
  error instanceof Refusal && error.status === status && words.test(error.message)
const turn = () => new Promise(resolve => setTimeout(resolve, 20))

const PIECE = 300 * 1024
const read = (threads: TestThreads, body: Body, next: () => unknown = () => {}) =>
  handing(body, (begun, more) => threads.converse('read', { more, next }, begun))

test('a body arrives whole, in pieces or at once', async context => {
  const threads = threadsFor(context, 1)
  const lengths = [[], [0], [10], [10, 20, 30], [PIECE], [PIECE, 1], [1, PIECE, PIECE, 0, 5]]
  for (const pieces of lengths) {
    const all = pieces.map(length => Buffer.alloc(length))
    assert.equal(
      await read(threads, all),
      pieces.reduce((sum, length) => sum + length, 0),
    )
  }
})

test('no more is read of a body than the thread takes, and one piece ahead', async context => {
  const threads = threadsFor(context, 1)
  let given = 0
  async function* body(): AsyncGenerator<Uint8Array> {
    for (; given < 10; given++) yield Buffer.alloc(PIECE)
  }
  const doors: (() => void)[] = []
  const length = read(threads, body(), () => new Promise<void>(resolve => doors.push(resolve)))
  for (let taken = 1; taken <= 10; taken++) {
    while (doors.length === 0) await turn()
    await turn()
    // `given` counts those that were taken from it; the last is in the hand of who reads ahead.
    assert.ok(given <= taken, `${given} of which ${taken} are taken`)
    doors.shift()!()
  }
  assert.equal(await length, 10 * PIECE)
})

test('a body that breaks off ends the job with that very error, and the thread does the next', async context => {
  const threads = threadsFor(context, 1)
  const broken = new Error('broke off')
  async function* body(): AsyncGenerator<Uint8Array> {
    yield Buffer.alloc(PIECE)
    throw broken
  }
  await assert.rejects(read(threads, body()), error => error === broken)
  const refused = new Refusal(403, 'not you')
  const next = () => {
    throw refused
  }
  await assert.rejects(read(threads, [Buffer.alloc(5)], next), error => error === refused)
  assert.equal(await threads.run('echo', 7), 7)
})

test('what a task throws comes back as what it is', async context => {
  const threads = threadsFor(context, 1)
  await assert.rejects(threads.run('fail', 'refusal'), isRefusal(409, /^another$/))
  await assert.rejects(threads.run('fail', 'format'), isRefusal(422, /no header/))
  await assert.rejects(threads.run('fail', 'big'), isRefusal(413, /a bomb/))
  await assert.rejects(threads.run('fail', 'full'), { code: 'ENOSPC' })
})

test('a job that takes all memory is refused, and no other', async context => {
  const threads = threadsFor(context, 2, 32)
  const doors: (() => void)[] = []
  const other = read(threads, [Buffer.alloc(5)], () => new Promise<void>(resolve => doors.push(resolve)))
  await assert.rejects(threads.run('grow'), isRefusal(413, /32 MB/))
  assert.equal(await threads.run('echo', 'still here'), 'still here')
  while (doors.length === 0) await turn()
  doors[0]!()
  assert.equal(await other, 5)
})

test('closed, what runs and what waits is told to come back, and nothing is begun', async context => {
  const threads = threadsFor(context, 1)
  assert.equal(await threads.run('echo', 1), 1)
  const jobs = [threads.run('sleep'), threads.run('echo', 2)]
  const told = Promise.all(jobs.map(job => assert.rejects(job, isRefusal(503, /about to end/))))
  await threads.close()
  await told
  await assert.rejects(threads.run('echo', 3), isRefusal(503, /about to end/))
})
