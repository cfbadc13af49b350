import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseAnnouncement } from './announcement.ts'

const told =
  '1 kind=oops time_ns=71213004000 real_ns=1795330616210113000 cpu=1 context=hardirq pid=396 tgid=390 uid=1000 ' +
  'pc=0xffffffff81234567 error=-2 trap=14 signal=11 lost=3 comm="a\\x22b \\xc3\\xa9" reason="Oops"'

test('a line of /dev/faultline is read with all its words', () => {
  assert.deepEqual(parseAnnouncement(told), {
    ...{
      sequence: 1,
      kind: 'oops',
      monotonicUs: 71_213_004,
      cpu: 1,
      context: 'hardirq',
      pid: 396,
      tgid: 390,
      uid: 1000,
    },
    ...{ pc: '0xffffffff81234567', error: -2, trap: 14, signal: 11, lost: 3, comm: 'a"b é', reason: 'Oops' },
  })
})

test('what is no such line is none', () => {
  for (const text of [
    '',
    told.slice(1),
    told.replace('kind=oops', 'kind=smile'),
    told.replace(' cpu=1', ''),
    `${told} more`,
  ])
    assert.equal(parseAnnouncement(text), undefined, text)
})

test('no text throws', () => {
  fc.assert(
    fc.property(fc.nat(told.length), fc.string({ maxLength: 40 }), (at, text) => {
      parseAnnouncement(text)
      parseAnnouncement(told.slice(0, at) + text + told.slice(at))
    }),
  )
})
