// Damaged and hostile images, archives, types and lists: an answer, or a FormatError, in bounded time. Seeded, so that a
// number is always the same input; as many as fit in the time.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { Cursor, FormatError } from '../../src/core/bytes/cursor.ts'
import { Btf } from '../../src/core/formats/btf/btf.ts'
import { structsAt } from '../../src/core/formats/btf/members.ts'
import { prototypesOf } from '../../src/core/formats/btf/prototypes.ts'
import { readKallsyms } from '../../src/core/formats/kallsyms/read.ts'
import { openKernelImage } from '../../src/core/formats/kernel-image/open.ts'
import { Orc } from '../../src/core/formats/orc.ts'
import { readSymbolList } from '../../src/core/formats/symbol-list.ts'
import { SymbolTable } from '../../src/core/localise/symbol-table.ts'
import { nodeDecoders } from '../../src/node/host-decoders.ts'
import { writeBtf } from '../btf-writer.ts'
import { layouts, writeKallsyms } from '../kallsyms-writer.ts'
import { Random } from '../random.ts'

const seconds = 15
/** No input of these sizes may take longer. */
const maxMs = 3_000

const symbols = Array.from({ length: 600 }, (_, i) => ({
  address: 0xffffffff81000000n + BigInt(i * 40),
  type: 't',
  name: `function_${i}_of_a_driver`,
}))
const banner = Buffer.from('Linux version 6.1.0 (builder@host) (gcc 12) #1 SMP\n\0')
const image = Buffer.concat([banner, writeKallsyms(symbols, layouts[10]!).image, Buffer.alloc(70_000, 0x90)])
const btf = writeBtf([
  { kind: 'int', name: 'int', word: 4, tail: [0x01000020] },
  { kind: 'struct', name: 'node', word: 24, entries: 3, tail: ['a', 1, 0, 'b', 3, 64, 'c', 4, 128] },
  { kind: 'pointer', word: 2 },
  { kind: 'array', tail: [2, 1, 4] },
  { kind: 'prototype', word: 1, entries: 2, tail: ['n', 3, 'f', 3] },
  { kind: 'function', name: 'walk', word: 5 },
])

/** By the tools that are installed. */
const packed = [
  ['xz', '-c', '--check=crc32', '--x86', '--lzma2=dict=64KiB'],
  ['xz', '--format=lzma', '-c'],
  ['lz4', '-lc'],
  ['bzip2', '-c'],
].flatMap(([program, ...args]) => {
  const { status, stdout } = spawnSync(program!, args, { input: image })
  return status === 0 ? [stdout] : []
})

interface Target {
  name: string
  seeds: readonly Uint8Array[]
  read(bytes: Uint8Array): unknown
}

const targets: readonly Target[] = [
  {
    name: 'kernel images and their archives',
    seeds: [gzipSync(image), zstdCompressSync(image), image, ...packed],
    read: bytes => openKernelImage('image', bytes, nodeDecoders, 4_000_000),
  },
  {
    name: 'kallsyms',
    seeds: layouts.map(
      layout =>
        writeKallsyms(
          symbols.map(each => ({ ...each, address: BigInt.asUintN(layout.wordBytes * 8, each.address) })),
          layout,
        ).image,
    ),
    read: bytes => {
      const table = new SymbolTable(readKallsyms(bytes))
      for (const { address } of table) table.at(address + 1n)
    },
  },
  {
    name: 'BTF',
    seeds: [btf],
    read: bytes => {
      const read = new Btf('btf', bytes)
      for (const offset of [0, 9, 17, 200]) structsAt(read, 'node', offset)
      prototypesOf(read, 'walk')
    },
  },
  {
    name: 'ORC',
    seeds: [new Uint8Array(400).map((_, i) => i * 7)],
    read: bytes => {
      const ip = new Cursor('ip', bytes.subarray(0, Math.floor(bytes.length / 10) * 4), 'little')
      const entries = new Cursor('entries', bytes.subarray(ip.length), 'little')
      new Orc(ip, entries, 0xffffffff82000000n).at(0xffffffff82001000n)
    },
  },
  {
    name: 'lists of symbols',
    seeds: [
      Buffer.from(
        symbols
          .slice(0, 40)
          .map(({ address, name }) => `${address.toString(16)} t ${name}\t[mod]\n`)
          .join(''),
      ),
    ],
    read: bytes => {
      const list = readSymbolList('list', bytes)
      for (const { address } of new SymbolTable(list)) assert.equal(typeof address, 'bigint')
    },
  },
]

/** Bytes changed, cut, repeated, numbers that are large. */
function mutated(seed: Uint8Array, random: Random): Uint8Array {
  let bytes = Buffer.from(seed)
  for (let i = random.between(1, 6); i > 0 && bytes.length > 8; i--) {
    const at = random.below(bytes.length - 4)
    switch (random.below(6)) {
      case 0:
        bytes = bytes.subarray(0, at)
        break
      case 1:
        bytes.writeUInt32LE(random.pick([0, 0xffffffff, 0x7fffffff, 0x80000000, bytes.length]), at)
        break
      case 2:
        bytes = Buffer.concat([
          bytes.subarray(0, at),
          bytes.subarray(random.below(bytes.length)).subarray(0, 2_000),
          bytes.subarray(at),
        ])
        break
      default:
        bytes[at] = random.below(256)
    }
  }
  return bytes
}

for (const { name, seeds, read } of targets) {
  test(`${name}: ${seconds} s of mutations`, async context => {
    const until = performance.now() + seconds * 1000
    let number = 0
    let answers = 0
    for (; performance.now() < until; number++) {
      const random = new Random(0x9e3779b1 ^ number)
      const bytes = mutated(random.pick(seeds), random)
      const began = performance.now()
      try {
        await read(bytes)
        answers++
      } catch (error) {
        if (!(error instanceof FormatError)) throw new Error(`input ${number}`, { cause: error })
      }
      const took = performance.now() - began
      assert.ok(took < maxMs, `input ${number} took ${took} ms`)
    }
    context.diagnostic(`${number} inputs, ${answers} answers`)
  })
}
