import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createPrefilter, type Prefilter } from './prefilter.ts'
import { createPlainPrefilter } from './prefilter-plain.ts'
import { createSimdPrefilter } from './prefilter-simd.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

function engines(needles: readonly string[]): Prefilter[] {
  const simd = createSimdPrefilter(needles, false)
  assert.ok(simd, 'this Node has WebAssembly SIMD')
  return [createPrefilter(needles), simd, createPlainPrefilter(needles)]
}

/** The definition, as slowly as it can be written. */
function firstNeedle(needles: readonly string[], text: string, from: number, to: number): number {
  const shortest = needles.filter(needle => !needles.some(other => other !== needle && needle.includes(other)))
  for (let at = Math.max(from, 0); at < to; at++)
    if (shortest.some(needle => at + needle.length <= to && text.startsWith(needle, at))) return at
  return -1
}

function allHits(prefilter: Prefilter, text: Uint8Array): number[] {
  const hits: number[] = []
  for (let at = 0; (at = prefilter.scan(text, at, text.length)) >= 0; at++) hits.push(at)
  return hits
}

const headers = ['BUG: ', 'WARNING: ', 'Oops', 'Kernel panic', 'Call Trace', 'segfault at', 'rcu: INFO', 'I/O error']
const log = `[    1.0] eth0: up\n[    2.0] BUG: unable to handle\n[    2.1] Oops: 0000 [#1]\n[    3.0] sda: I/O error, dev sda\n`

test('each engine finds each header where it stands', () => {
  const expected = ['BUG: ', 'Oops', 'I/O error'].map(needle => log.indexOf(needle))
  for (const prefilter of engines(headers)) assert.deepEqual(allHits(prefilter, bytes(log)), expected, prefilter.engine)
})

test('a needle must lie inside the range', () => {
  const at = log.indexOf('BUG: ')
  for (const prefilter of engines(headers)) {
    const text = bytes(log)
    assert.equal(prefilter.scan(text, at, at + 5), at)
    assert.equal(prefilter.scan(text, at, at + 4), -1)
    assert.equal(prefilter.scan(text, at + 1, at + 20), -1)
    assert.equal(prefilter.scan(text, -5, 1e9), at)
    assert.equal(prefilter.scan(text, 50, 10), -1)
    assert.equal(prefilter.scan(new Uint8Array(0), 0, 0), -1)
  }
})

test('of overlapping needles the one that begins first wins, wherever their rare letters are', () => {
  const needles = ['aaaaaaaaaaaaaaaaaaaaaaZQX', 'aaJQX', 'aXaa']
  const text = 'b'.repeat(14) + 'aaaaaaaaaaaaaaaaaaaaaaZQXaaJQX'
  for (const prefilter of engines(needles)) {
    assert.equal(prefilter.scan(bytes(text), 0, text.length), 14)
    assert.equal(prefilter.scan(bytes(text), 38, text.length), text.indexOf('aaJQX'))
  }
})

test('random needles in random text: all engines agree with the definition', () => {
  const letters = fc.constantFrom(...'abBc: \n')
  const word = (minLength: number, maxLength: number) => fc.string({ unit: letters, minLength, maxLength })
  fc.assert(
    fc.property(
      fc.array(word(3, 8), { minLength: 1, maxLength: 40 }),
      word(0, 200),
      fc.nat(40),
      fc.nat(40),
      (needles, text, head, tail) => {
        const from = head
        const to = text.length - tail
        for (const prefilter of engines(needles)) {
          assert.equal(prefilter.scan(bytes(text), from, to), firstNeedle(needles, text, from, to), prefilter.engine)
          const buffer = prefilter.buffer(text.length)
          buffer.set(bytes(text))
          assert.equal(prefilter.scan(buffer, from, to), firstNeedle(needles, text, from, to), prefilter.engine)
        }
      },
    ),
    { seed: 7, numRuns: 100 },
  )
})

test('random bytes: the engines agree', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 20, maxLength: 3000 }), fc.nat(), (text, seed) => {
      // Needles cut from the text itself, so that there is something to find; ASCII ones only.
      const ascii = text.map(byte => byte & 0x7f)
      const needles = Array.from({ length: 6 }, (_, i) => {
        const at = (seed * (i + 1)) % (ascii.length - 8)
        return String.fromCharCode(...ascii.subarray(at, at + 3 + (i % 5)))
      })
      const [first, ...others] = engines(needles)
      for (const input of [ascii, text])
        for (const other of others) assert.deepEqual(allHits(first!, input), allHits(other, input), other.engine)
    }),
    { seed: 11, numRuns: 100 },
  )
})

test('hits at every place around the edges of the pieces that are copied', () => {
  const needles = ['ABCDEFGHIJKLMNOPQRSTUVWX', 'UVWXYZ', 'zzz']
  const [first, second] = engines(needles)
  const text = new Uint8Array(70_000).fill(46)
  for (const edge of [4096, 4096 - 24 + 16384, 4096 - 24 + 16384 - 24 + 65536 - 24 - 20000]) {
    for (let at = edge - 60; at < edge + 30; at++) {
      text.set(bytes(`${needles[0]}YZ`), at)
      assert.equal(first!.scan(text, 0, text.length), at)
      assert.equal(second!.scan(text, 0, text.length), at)
      text.fill(46, at, at + 26)
    }
  }
})

test('lines are counted in any range', () => {
  const text = bytes('one\ntwo\n\n\nthree and more\nand the rest of it\n'.repeat(30))
  for (const prefilter of engines(headers)) {
    const buffer = prefilter.buffer(text.length)
    buffer.set(text)
    for (let from = 0; from < 60; from++) {
      for (const to of [from, from + 1, from + 15, from + 16, from + 17, from + 100, text.length, text.length + 9]) {
        const expected = text.subarray(from, to).reduce((count, byte) => count + (byte === 10 ? 1 : 0), 0)
        assert.equal(prefilter.countLines(text, from, to), expected)
        assert.equal(prefilter.countLines(buffer, from, to), expected)
      }
    }
  }
})

test('the buffer survives scans of other bytes, and grows', () => {
  const prefilter = createPrefilter(headers)
  const small = prefilter.buffer(100)
  small.fill(65)
  prefilter.scan(new Uint8Array(500_000), 0, 500_000)
  assert.ok(small.every(byte => byte === 65))
  const large = prefilter.buffer(5_000_000)
  large.fill(46)
  large.set(bytes('Oops'), 4_999_996)
  assert.equal(prefilter.scan(large, 0, large.length), 4_999_996)
})

test('a needle that cannot be looked for is refused', () => {
  for (const needle of ['', 'ab', 'é'.repeat(5), 'x'.repeat(256)])
    assert.throws(() => createPrefilter([needle]), RangeError)
  assert.equal(createPrefilter([]).scan(bytes(log), 0, log.length), -1)
})
