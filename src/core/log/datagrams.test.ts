import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { FRAGMENT_MS, NetconsoleReader, REORDER_MS } from './datagrams.ts'

const datagram = (sequence: number, text: string, more = ''): Uint8Array =>
  Buffer.from(`4,${sequence},${sequence * 1000},-${more};${text}\n`)

/** All that comes of datagrams that arrive a millisecond apart, and of the silence behind them. */
function read(datagrams: readonly Uint8Array[]) {
  const reader = new NetconsoleReader()
  const records = datagrams.flatMap((each, now) => reader.push(each, now))
  return [
    ...records,
    ...reader.settle(datagrams.length + REORDER_MS),
    ...reader.settle(datagrams.length + FRAGMENT_MS + 1),
  ]
}

/** Numbers from 1000 on, each moved by no more than some places; some missing, some twice. */
const arrivals = fc
  .array(fc.record({ late: fc.nat({ max: 12 }), missing: fc.boolean(), twice: fc.boolean() }), {
    minLength: 20,
    maxLength: 200,
  })
  .map(all =>
    all.map((each, index) => ({
      ...each,
      missing: each.missing && index > 16 && index % 5 === 0,
      sequence: 1000 + index,
    })),
  )

test('datagrams that overtake each other come out in order, once, with every gap counted', () => {
  fc.assert(
    fc.property(arrivals, all => {
      const sent = all
        .filter(({ missing }) => !missing)
        .flatMap(each => (each.twice ? [each, each] : [each]))
        .map((each, index) => ({ ...each, at: index + each.late }))
        .toSorted((a, b) => a.at - b.at)
      const records = read(sent.map(({ sequence }) => datagram(sequence, `line ${sequence}`)))
      const numbers = records.map(record => record.sequence!)
      const wanted = all.filter(({ missing }) => !missing).map(({ sequence }) => sequence)
      assert.deepEqual(numbers, wanted)
      const lost = records.reduce((sum, { lostBefore = 0 }) => sum + lostBefore, 0)
      assert.equal(lost, wanted.at(-1)! - wanted[0]! + 1 - wanted.length)
    }),
    { numRuns: 150 },
  )
})

test('a record in parts is whole, in whatever order they come', () => {
  const text = Array.from({ length: 60 }, (_, index) => `word${index}`).join(' ')
  fc.assert(
    fc.property(fc.integer({ min: 20, max: 200 }), fc.nat(), (size, seed) => {
      const parts: Uint8Array[] = []
      for (let at = 0; at < text.length; at += size)
        parts.push(Buffer.from(`4,7,7000,-,ncfrag=${at}/${text.length};${text.slice(at, at + size)}`))
      for (let i = parts.length - 1; i > 0; i--) {
        const other = (seed * (i + 7)) % (i + 1)
        ;[parts[i], parts[other]] = [parts[other]!, parts[i]!]
      }
      assert.deepEqual(
        read(parts).map(record => record.text),
        [text],
      )
    }),
  )
})

test('a sender that boots again begins anew', () => {
  const before = Array.from({ length: 30 }, (_, index) => datagram(90_000 + index, `old ${index}`))
  const after = Array.from({ length: 30 }, (_, index) => datagram(index, `new ${index}`))
  const texts = read([...before, ...after]).map(record => record.text)
  assert.deepEqual(texts, [...before.map((_, index) => `old ${index}`), ...after.map((_, index) => `new ${index}`)])
})

test('plain datagrams are text, cut anywhere', () => {
  const log = '[    1.000000] one\n[    2.000000] two\n[    3.000000] three\n'
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 30 }), size => {
      const datagrams: Uint8Array[] = []
      for (let at = 0; at < log.length; at += size) datagrams.push(Buffer.from(log.slice(at, at + size)))
      assert.deepEqual(
        read(datagrams).map(record => record.text),
        ['one', 'two', 'three'],
      )
    }),
  )
})

test('any bytes: nothing throws, and what is held is given up in time', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc
      .tuple(fc.nat(), fc.nat(), fc.nat({ max: 2000 }), fc.string({ maxLength: 20 }))
      .map(([sequence, offset, total, text]) =>
        Buffer.from(`4,${sequence},1,-,ncfrag=${offset}/${total};${text}\n X=${text}`),
      ),
  )
  fc.assert(
    fc.property(fc.array(bytes, { maxLength: 40 }), datagrams => {
      const reader = new NetconsoleReader()
      let now = 0
      for (const each of datagrams) reader.push(each, now++)
      reader.settle(now + REORDER_MS)
      reader.settle(now + FRAGMENT_MS)
      assert.deepEqual(reader.settle(now + 10 * FRAGMENT_MS), [])
    }),
  )
})
