// Boots and numbers of kernels that are only heard: what tells a new boot from a late or repeated record.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { LogRecord } from '../../../core/model.ts'
import { type Numbered, Numbering } from './numbering.ts'

const START = Date.UTC(2026, 10, 29, 6)

interface Said {
  /** ms behind START */
  at: number
  us?: number
  sequence?: number
  lost?: number
  text?: string
}

const recordOf = ({ us, sequence, lost, text = 'words' }: Said): LogRecord => ({
  ...{ text, line: 1, span: { start: 0, end: 0 }, transport: 'test', sinceBootUs: us, sequence },
  ...(lost === undefined ? {} : { lostBefore: lost }),
})

/** Numbers, with '|' where a boot begins. */
function numbered(said: readonly Said[], numbering = new Numbering()): string {
  const all = said.map(each => numbering.place(recordOf(each), START + each.at))
  return all.map(({ sequence, anew }: Numbered) => `${anew ? '|' : ''}${sequence}`).join(' ')
}

const banner = 'Linux version 6.1.0-40-amd64 (debian-kernel@lists.debian.org) (gcc-12)'
const s = 1e6

test('extended netconsole: the kernel’s own numbers, its gaps, and a boot where they begin anew', () => {
  const first = [
    { at: 0, us: 20 * s, sequence: 400 },
    { at: 10, us: 20.01 * s, sequence: 401 },
    { at: 20, us: 20.02 * s, sequence: 405 },
  ]
  assert.equal(numbered(first), '|400 401 405')
  const anew = [
    { at: 30_000, us: 0, sequence: 0, text: banner },
    { at: 30_001, us: 100, sequence: 1 },
  ]
  assert.equal(numbered([...first, ...anew]), '|400 401 405 |0 1')
  // Its network came later than the boot before had lived, with a lower number.
  const late = [{ at: 60_000, us: 25 * s, sequence: 390 }]
  assert.equal(numbered([...first, ...late]), '|400 401 405 |390')
  // One that others overtook by more than is waited for is no boot.
  assert.equal(numbered([...first, { at: 300, us: 20.015 * s, sequence: 403 }]), '|400 401 405 406')
})

test('plain netconsole and syslog: numbered as they come; a boot where the kernel’s time goes back', () => {
  const first = [{ at: 0, us: 100 * s }, { at: 5, us: 99.9999 * s }, { at: 7 }, { at: 9, us: 100.1 * s, lost: 3 }]
  assert.equal(numbered(first), '|0 1 2 6')
  assert.equal(numbered([...first, { at: 40_000, us: 20 * s }]), '|0 1 2 6 |0')
  assert.equal(numbered([...first, { at: 1000, us: 0.5 * s }]), '|0 1 2 6 |0')
  // A daemon that says once more what was said: this kernel began long before.
  assert.equal(numbered([...first, { at: 1000, us: 50 * s }]), '|0 1 2 6 7')
})

test('lines before the kernel’s version are of its boot', () => {
  const said = [
    { at: 0, us: 500 * s },
    { at: 9000, us: 0, text: 'Booting Linux on physical CPU 0x0000000000 [0x410fd083]' },
    { at: 9001, us: 0, text: banner },
    { at: 9002, us: 0, text: 'KASLR enabled' },
  ]
  assert.equal(numbered(said), '|0 |0 1 2')
  // Without times, the version is all that tells.
  const untold = Array.from({ length: 100 }, (_, at) => ({ at }))
  assert.equal(
    numbered([...untold, { at: 200, text: banner }])
      .split(' ')
      .at(-1),
    '|0',
  )
  assert.equal(numbered([{ at: 0, text: banner }, { at: 1 }, { at: 2, text: banner }]), '|0 1 |0')
})

test('goes on behind what is kept; what was lost meanwhile is known where the kernel numbers its records', () => {
  const kept = { sequence: 405, at: START, sinceBootUs: 20 * s, exact: true }
  const resumed = (said: Said[], exact = true): string => {
    const numbering = new Numbering()
    numbering.resume({ ...kept, exact })
    return numbered(said, numbering)
  }
  assert.equal(resumed([{ at: 60_000, us: 80 * s, sequence: 420 }]), '420')
  assert.equal(resumed([{ at: 60_000, us: 80 * s, sequence: 420 }], false), '406')
  assert.equal(resumed([{ at: 60_000, us: 80 * s }]), '406')
  assert.equal(resumed([{ at: 60_000, us: 12 * s, sequence: 380 }]), '|380')
  assert.equal(resumed([{ at: 60_000, us: 12 * s }]), '|0')
})

test('what is not kept has no number, and is no loss', () => {
  const numbering = new Numbering()
  const place = (sequence: number, kept: boolean) =>
    numbering.place(recordOf({ at: 0, us: sequence, sequence }), START + sequence, kept).sequence
  assert.equal(place(10, true), 10)
  for (const each of [11, 12, 13]) place(each, false)
  assert.equal(place(14, true), 11)
  assert.equal(place(17, true), 14)
})

test('whatever is said: numbers grow within a boot and stay safe; boots are bounded', () => {
  const anything = fc.record({
    step: fc.oneof(fc.nat(3), fc.nat(100_000)),
    us: fc.option(fc.oneof(fc.nat(100), fc.nat(1e9), fc.maxSafeNat()), { nil: undefined }),
    sequence: fc.option(fc.oneof(fc.nat(100), fc.maxSafeNat()), { nil: undefined }),
    text: fc.constantFrom(banner, 'words'),
    kept: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(anything, { maxLength: 300 }), said => {
      const numbering = new Numbering()
      let [at, boots, last] = [0, 0, -1]
      for (const { step, us, sequence, text, kept } of said) {
        at += step
        const record = recordOf({
          at,
          text,
          ...(us === undefined ? {} : { us }),
          ...(sequence === undefined ? {} : { sequence }),
        })
        const placed = numbering.place(record, START + at, kept)
        if (placed.anew) boots++
        else assert.ok(placed.sequence > last)
        assert.ok(Number.isSafeInteger(placed.sequence) && placed.sequence >= 0)
        last = kept ? placed.sequence : placed.sequence - 1
      }
      assert.ok(boots <= 31 + at / 10_000)
    }),
  )
})
