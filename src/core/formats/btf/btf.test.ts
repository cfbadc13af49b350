import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stringBytes, type WrittenType, writeBtf } from '../../../../tests/btf-writer.ts'
import { Random } from '../../../../tests/random.ts'
import { FormatError } from '../../bytes/cursor.ts'
import { Btf } from './btf.ts'
import { structsAt } from './members.ts'
import { prototypesOf } from './prototypes.ts'
import { sizeOf, typeName } from './type-names.ts'

const member = (name: string, type: number, bits: number): (string | number)[] => [name, type, bits]

/** All nineteen kinds; the numbers are those of the types. */
const types: WrittenType[] = [
  { kind: 'int', name: 'int', word: 4, tail: [0x01000020] }, // 1
  { kind: 'int', name: 'long unsigned int', word: 8, tail: [64] }, // 2
  { kind: 'pointer', word: 4 }, // 3: struct node *
  {
    // 4
    kind: 'struct',
    name: 'node',
    word: 64,
    entries: 6,
    tail: [
      ...member('next', 3, 0),
      ...member('', 5, 64),
      ...member('table', 6, 128),
      ...member('inner', 10, 256),
      ...member('handler', 14, 384),
      ...member('tail', 15, 512),
    ],
  },
  { kind: 'union', word: 8, entries: 2, tail: [...member('count', 1, 0), ...member('word', 2, 0)] }, // 5, anonymous
  { kind: 'array', tail: [1, 2, 4] }, // 6: int[4]
  { kind: 'enum', name: 'state', word: 4, kindFlag: true, entries: 2, tail: ['OFF', 0, 'BROKEN', 0xffffffff] }, // 7
  { kind: 'forward', name: 'other' }, // 8
  { kind: 'typedef', name: 'flags_t', word: 2 }, // 9
  {
    // 10: with bit-fields
    kind: 'struct',
    name: 'bits',
    word: 16,
    kindFlag: true,
    entries: 3,
    tail: [...member('low', 1, 0x03000000), ...member('high', 1, 0x07000003), ...member('flags', 9, 64)],
  },
  { kind: 'volatile', word: 1 }, // 11
  { kind: 'const', word: 4 }, // 12: const struct node
  { kind: 'prototype', word: 1, entries: 3, tail: ['node', 16, 'flags', 9, 0, 0] }, // 13: int (…)
  { kind: 'pointer', word: 13 }, // 14
  { kind: 'array', tail: [1, 2, 0] }, // 15: int[]
  { kind: 'pointer', word: 12 }, // 16: const struct node *
  { kind: 'function', name: 'node_walk', word: 13 }, // 17
  { kind: 'variable', name: 'root', word: 4, tail: [1] }, // 18
  { kind: 'section', name: '.data', word: 64, entries: 1, tail: [18, 0, 64] }, // 19
  { kind: 'float', name: 'double', word: 8 }, // 20
  { kind: 'declaration tag', name: 'tag', word: 17, tail: [0] }, // 21
  { kind: 'type tag', name: 'rcu', word: 4 }, // 22
  { kind: 'enum64', name: 'wide', word: 8, entries: 1, tail: ['BIG', 1, 2] }, // 23
  { kind: 'restrict', word: 16 }, // 24
]

for (const order of ['little', 'big'] as const) {
  test(`all kinds, ${order} endian`, () => {
    const btf = new Btf('test', writeBtf(types, order))
    assert.equal(btf.count, 25)
    assert.deepEqual(
      types.map((_, i) => btf.kind(i + 1)),
      types.map(({ kind }) => kind),
    )
    assert.equal(btf.name(17), 'node_walk')
    assert.deepEqual(btf.enumerators(7), [
      { name: 'OFF', value: 0n },
      { name: 'BROKEN', value: -1n },
    ])
    assert.deepEqual(btf.enumerators(23), [{ name: 'BIG', value: 0x200000001n }])
  })
}

const btf = new Btf('test', writeBtf(types))
const at = (offset: number) => structsAt(btf, 'node', offset)[0]!
const paths = (offset: number) => at(offset).members.map(({ path, type }) => `${path}: ${type}`)

test('members by offset: plain, in unions, arrays, anonymous and nested ones, bit-fields, behind the end', () => {
  assert.deepEqual(paths(3), ['next: struct node *'])
  assert.deepEqual(paths(8), ['count: int', 'word: long unsigned int'])
  assert.deepEqual(paths(12), ['word: long unsigned int'])
  assert.deepEqual(paths(16 + 9), ['table[2]: int'])
  assert.deepEqual(paths(32), ['inner.low: int', 'inner.high: int'])
  assert.deepEqual(at(33).members, [
    { path: 'inner.high', type: 'int', offset: 32, sizeBytes: 2, bits: { offset: 259, count: 7 } },
  ])
  assert.deepEqual(paths(40), ['inner.flags: flags_t'])
  assert.deepEqual(paths(34), ['inner: struct bits'])
  assert.deepEqual(paths(48), ['handler: int (*)(const struct node *, flags_t, ...)'])
  assert.deepEqual(at(56), { name: 'struct node', sizeBytes: 64, members: [] })
  assert.deepEqual(paths(64 + 5), ['tail[1]: int'])
  assert.equal(structsAt(btf, 'bits', 20)[0]?.beyond, 4)
  assert.deepEqual(structsAt(btf, 'nothing', 0), [])
})

test('prototypes, and types as C writes them', () => {
  assert.deepEqual(prototypesOf(btf, 'node_walk'), [
    {
      name: 'node_walk',
      result: 'int',
      arguments: [
        { name: 'node', type: 'const struct node *' },
        { name: 'flags', type: 'flags_t' },
        { name: '', type: '...' },
      ],
      text: 'int node_walk(const struct node *node, flags_t flags, ...)',
    },
  ])
  assert.equal(typeName(btf, 24), 'const struct node *restrict')
  assert.equal(typeName(btf, 11), 'volatile int')
  assert.equal(sizeOf(btf, 6, 8), 16)
})

test('a module’s types go on from its kernel’s', () => {
  const kernel = writeBtf(types)
  const ownTypes: WrittenType[] = [
    { kind: 'struct', name: 'mine', word: 8, entries: 1, tail: member('node', 3, 0) },
    { kind: 'pointer', word: 25 },
    { kind: 'prototype', word: 26, entries: 0 },
    { kind: 'function', name: 'mine_get', word: 27 },
  ]
  const split = new Btf('module', writeBtf(ownTypes, 'little', stringBytes(kernel)), btf)
  assert.equal(split.first, 25)
  assert.equal(split.count, 29)
  assert.equal(prototypesOf(split, 'mine_get')[0]?.text, 'struct mine *mine_get(void)')
  assert.deepEqual(structsAt(split, 'mine', 0)[0]?.members[0]?.type, 'struct node *')
  assert.equal(structsAt(split, 'node', 0)[0]?.members[0]?.path, 'next')
})

test('types in circles end', () => {
  const circles = new Btf(
    'test',
    writeBtf([
      { kind: 'typedef', name: 'a', word: 2 },
      { kind: 'const', word: 1 },
      { kind: 'struct', name: 's', word: 8, entries: 2, tail: [...member('', 3, 0), ...member('', 3, 0)] },
      { kind: 'array', tail: [4, 1, 2] },
      { kind: 'pointer', word: 6 },
      { kind: 'prototype', word: 5, entries: 2, tail: [0, 5, 0, 5] },
    ]),
  )
  assert.equal(sizeOf(circles, 1, 8), 0)
  assert.equal(sizeOf(circles, 4, 8), 0)
  assert.ok(structsAt(circles, 's', 0).length === 1)
  assert.ok(typeName(circles, 5).length < 100_000)
})

test('every prefix and many mutations: types, or a FormatError', () => {
  const random = new Random(3)
  const whole = writeBtf(types)
  const use = (bytes: Uint8Array): void => {
    try {
      const read = new Btf('test', bytes)
      for (let type = 0; type < read.count + 2; type++) {
        typeName(read, type)
        sizeOf(read, type, 8)
        read.enumerators(type)
      }
      for (const offset of [0, 33, 70]) structsAt(read, 'node', offset)
      prototypesOf(read, 'node_walk')
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
    }
  }
  for (let end = 0; end < whole.length; end++) use(whole.subarray(0, end))
  for (let round = 0; round < 1500; round++) {
    const bytes = whole.slice()
    for (let i = random.below(5); i >= 0; i--) bytes[random.below(bytes.length)] = random.below(256)
    use(bytes)
  }
})
