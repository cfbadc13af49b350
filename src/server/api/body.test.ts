import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { mock, test } from 'node:test'
import type { FastifyRequest } from 'fastify'
import { Refusal } from '../intake/refusal.ts'
import { bodyOf } from './body.ts'

const requestOf = (body: unknown) => ({ body }) as FastifyRequest

async function lengthOf(body: Readable, meanwhile: () => Promise<void> = async () => {}): Promise<number> {
  let length = 0
  for await (const piece of bodyOf(requestOf(body), ['text/plain'])) {
    length += piece.length
    await meanwhile()
  }
  return length
}

const isRefusal = (status: number) => (error: unknown) => error instanceof Refusal && error.status === status
const turn = () => new Promise(resolve => setImmediate(resolve))

test('who sends nothing, or a byte now and then, is given up; who was long idle on our side is not', async t => {
  mock.timers.enable({ apis: ['setTimeout', 'Date'] })
  t.after(() => mock.timers.reset())
  const silent = new Readable({ read() {} })
  const given = assert.rejects(lengthOf(silent), isRefusal(408))
  mock.timers.tick(20_001)
  await given

  const dribbling = new Readable({ read() {} })
  const ended = assert.rejects(lengthOf(dribbling), isRefusal(408))
  for (let second = 0; second < 25; second++) {
    dribbling.push('x')
    await turn()
    mock.timers.tick(1000)
    await turn()
  }
  await ended

  // A minute of our own work over each piece is none of the sender's waiting.
  const busy = Readable.from(Array.from({ length: 10 }, () => Buffer.alloc(1000)))
  assert.equal(await lengthOf(busy, async () => mock.timers.tick(60_000)), 10_000)

  const modest = new Readable({ read() {} })
  const whole = lengthOf(modest)
  for (let second = 0; second < 60; second++) {
    modest.push(Buffer.alloc(9000))
    await turn()
    mock.timers.tick(1000)
  }
  modest.push(null)
  assert.equal(await whole, 540_000)
})

test('too much, broken off, and no body at all are told apart', async () => {
  const much = Readable.from(
    (function* () {
      for (let piece = 0; piece < 70; piece++) yield Buffer.alloc(1024 * 1024)
    })(),
  )
  await assert.rejects(lengthOf(much), isRefusal(413))
  const broken = new Readable({ read() {} })
  broken.push('begun')
  setImmediate(() => broken.destroy(new Error('aborted')))
  await assert.rejects(lengthOf(broken), isRefusal(400))
  await assert.rejects(async () => {
    for await (const _ of bodyOf(requestOf(undefined), ['text/plain'])) assert.fail('there is nothing')
  }, isRefusal(415))
})
