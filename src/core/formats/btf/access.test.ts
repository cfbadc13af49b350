import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { writeBtf } from '../../../../tests/btf-writer.ts'
import { AccessError, accessPath, accessResult, functionType } from './access.ts'
import { Btf } from './btf.ts'

const int = (name: string, bytes: number, encoding: number) =>
  ({ kind: 'int', name, word: bytes, tail: [(encoding << 24) | (bytes * 8)] }) as const

// 1 unsigned long, 2 int, 3 char, 4 unsigned int, 5 struct dev, 6 dev *, 7 struct skb, 8 skb *, 9 char[16], 10 char *,
// 11 prototype, 12 function, 13 anonymous union, 14 struct pair (16 bytes), 15 prototype with a pair, 16 function
const btf = new Btf(
  'test',
  writeBtf([
    int('long unsigned int', 8, 0),
    int('int', 4, 1),
    int('char', 1, 1),
    int('unsigned int', 4, 0),
    { kind: 'struct', name: 'dev', word: 32, entries: 3, tail: ['name', 9, 0, 'mtu', 4, 128, 'alias', 10, 192] },
    { kind: 'pointer', word: 5 },
    {
      kind: 'struct',
      name: 'skb',
      word: 40,
      kindFlag: true,
      entries: 4,
      tail: ['', 13, 64, 'len', 4, 128, 'kind', 4, (3 << 24) | 165, 'own', 5, 192],
    },
    { kind: 'pointer', word: 7 },
    { kind: 'array', tail: [3, 1, 16] },
    { kind: 'pointer', word: 3 },
    { kind: 'prototype', word: 2, entries: 3, tail: ['skb', 8, 'flags', 4, 'devs', 6] },
    { kind: 'function', name: 'rcv', word: 11 },
    { kind: 'union', word: 8, entries: 2, tail: ['dev', 6, 0, 'cookie', 1, 0] },
    { kind: 'struct', name: 'pair', word: 16, entries: 2, tail: ['a', 1, 0, 'b', 1, 64] },
    { kind: 'prototype', word: 0, entries: 2, tail: ['pair', 14, 'x', 2] },
    { kind: 'function', name: 'taking_a_pair', word: 15 },
  ]),
)
const rcv = functionType(btf, 'rcv')!

test('ways through pointers, embedded and anonymous structs, arrays and bit-fields', () => {
  const fetch = (path: string): string => accessPath(btf, rcv, path).fetch
  assert.deepEqual(
    [
      'flags',
      'skb',
      'skb->len',
      'skb->dev->mtu',
      'skb->dev->name',
      'skb->dev->alias',
      'skb->own.mtu',
      'devs[2].mtu',
    ].map(fetch),
    [
      ...['$arg2:u32', '$arg1:x64', '+16($arg1):u32', '+16(+8($arg1)):u32', '+0(+8($arg1)):string'],
      ...['+0(+24(+8($arg1))):string', '+40($arg1):u32', '+80($arg3):u32'],
    ],
  )
  assert.equal(fetch('skb->kind'), '+20($arg1):b3@5/32')
  assert.equal(fetch('skb->cookie'), '+8($arg1):u64')
  assert.deepEqual(accessResult(btf, rcv)?.fetch, '$retval:s32')
  assert.equal(accessResult(btf, functionType(btf, 'taking_a_pair')!), undefined)
  assert.equal(functionType(btf, 'nothing'), undefined)
})

test('what leads nowhere says where', () => {
  const wrong = (path: string, message: RegExp, name = 'rcv'): void =>
    assert.throws(
      () => accessPath(btf, functionType(btf, name)!, path),
      (error: unknown) => error instanceof AccessError && message.test(error.message),
    )
  wrong('nothing', /no argument "nothing"; it has skb, flags, devs/)
  wrong('skb->nothing', /struct skb has no member "nothing"/)
  wrong('flags->x', /unsigned int has no members/)
  wrong('flags[1]', /has no elements/)
  wrong('skb->own', /is a struct dev: say which of its members \(name, mtu, alias\)/)
  wrong('skb->', /no way to a value/)
  wrong(`skb${'->dev'.repeat(17)}`, /more than 16 steps/)
  wrong('x', /its argument "pair" does not fit into a register/, 'taking_a_pair')
})

test('any path is a fetch of one word or an AccessError', () => {
  const step = fc.constantFrom('->dev', '->name', '.mtu', '[3]', '->own', '->len', '->kind', 'x', ' ', ';', '(')
  fc.assert(
    fc.property(fc.array(step, { maxLength: 6 }), steps => {
      try {
        assert.match(accessPath(btf, rcv, `skb${steps.join('')}`).fetch, /^[^\s;]+$/)
      } catch (error) {
        assert.ok(error instanceof AccessError)
      }
    }),
  )
})
