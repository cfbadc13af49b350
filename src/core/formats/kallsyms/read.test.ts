import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Layout, layouts, type WrittenSymbol, writeKallsyms } from '../../../../tests/kallsyms-writer.ts'
import { Random } from '../../../../tests/random.ts'
import { FormatError } from '../../bytes/cursor.ts'
import { type Kallsyms, readKallsyms } from './read.ts'

const linkedAt = { 4: 0xc0008000n, 8: 0xffffffff81000000n } as const

/** As many symbols as make three markers, some at one address, now and then a long name, and a table that ends unevenly. */
function symbolsFor({ wordBytes, form, big }: Layout, count = 700): WrittenSymbol[] {
  const random = new Random(count)
  const words = ['device', 'init', 'function', 'irq', 'lock', 'get', 'put', 'tree', 'probe', 'cold', 'x86', 'read']
  let address = linkedAt[wordBytes]
  const symbols = Array.from({ length: count }, (_, i): WrittenSymbol => {
    const long = big && i === 300 ? '_RNv'.padEnd(380, 'zqjxkvbw') : ''
    const name = `${random.pick(['', '__', 'arch_'])}${random.pick(words)}_${random.pick(words)}${long}_${i.toString(36)}`
    const symbol = { address, type: random.pick(['T', 't', 'D', 'd', 'W']), name }
    address += BigInt(random.pick([0, 0, 16, 48, 400, 70_000]))
    return symbol
  })
  if (form === 'relative, absolute per-CPU') {
    for (let i = 0; i < 30; i++) symbols[i] = { ...symbols[i]!, type: 'A', address: BigInt(i * 64) }
  }
  return symbols
}

const listOf = (kallsyms: Kallsyms): WrittenSymbol[] =>
  Array.from({ length: kallsyms.count }, (_, i) => ({ address: kallsyms.addresses[i]!, ...kallsyms.symbol(i) }))

/** Text, code and numbers that rise: what stands around the tables. */
function surroundings(random: Random, length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  const view = new DataView(bytes.buffer)
  for (let at = 0; at + 4 <= length; at += 4) {
    view.setUint32(at, at % 4096 < 2048 ? at << 6 : random.next(), random.below(2) === 0)
  }
  return bytes
}

for (const layout of layouts) {
  test(`${layout.name}: every symbol, without being told the layout`, () => {
    const random = new Random(11)
    for (const count of [300, 511, 512, 700]) {
      const symbols = symbolsFor(layout, count)
      const before = surroundings(random, 40_000)
      const imageAddress = linkedAt[layout.wordBytes] + 0x1000000n
      const { image } = writeKallsyms(symbols, layout, { before, after: surroundings(random, 10_000), imageAddress })
      const kallsyms = readKallsyms(image, { addressAt: offset => imageAddress + BigInt(offset) })
      assert.equal(kallsyms.form, layout.form)
      assert.equal(kallsyms.wordBytes, layout.wordBytes)
      assert.equal(kallsyms.unplaced, undefined)
      assert.deepEqual(listOf(kallsyms), symbols)
    }
  })
}

test('a base that boot fills in is taken from the relocations', () => {
  const layout = layouts.find(({ name }) => name === 'v6.2-rc1')!
  const start = 0xffff800008000000n
  const symbols = symbolsFor(layout).map(symbol => ({ ...symbol, address: symbol.address - linkedAt[8] + start }))
  const written = writeKallsyms(symbols, layout, { before: new Uint8Array(4096) })
  const relocations = new DataView(new ArrayBuffer(24 * 100))
  for (let i = 0; i < 100; i++) {
    const isBase = i === 50
    relocations.setBigUint64(
      i * 24,
      start + (isBase ? BigInt(written.base!) : BigInt(written.base! - 50 * 24 + i * 24)),
      true,
    )
    relocations.setBigUint64(i * 24 + 8, 0x403n, true)
    relocations.setBigUint64(i * 24 + 16, isBase ? start : start + BigInt(0x123450 + i * 8), true)
  }
  const { image } = writeKallsyms(symbols, layout, {
    before: new Uint8Array(4096),
    after: new Uint8Array(relocations.buffer),
  })
  new DataView(image.buffer).setBigUint64(written.base!, 0n, true)
  assert.deepEqual(listOf(readKallsyms(image)), symbols)
  // Without them they count from the beginning of the image.
  const unplaced = readKallsyms(image.subarray(0, image.length - relocations.byteLength))
  assert.equal(unplaced.unplaced, true)
  assert.deepEqual(
    listOf(unplaced).map(each => each.address),
    symbols.map(each => each.address - start),
  )
})

test('of two tables the one that holds together is read', () => {
  const layout = layouts[0]!
  const symbols = symbolsFor(layout)
  const { image } = writeKallsyms(symbols, layout)
  const torn = image.slice()
  torn.fill(0xff, 8000, 8100)
  const both = Buffer.concat([torn, image])
  assert.deepEqual(listOf(readKallsyms(both)), symbols)
})

test('what has no tables says so', () => {
  assert.throws(() => readKallsyms(new Uint8Array(100_000)), {
    name: 'FormatError',
    message: /no symbols: no token table/,
  })
  assert.throws(() => readKallsyms(new Uint8Array(3)), FormatError)
})

test('every cut and many mutations: symbols, or a FormatError', () => {
  const random = new Random(5)
  for (const layout of [layouts[3]!, layouts[10]!, layouts[18]!]) {
    const { image } = writeKallsyms(symbolsFor(layout, 530), layout)
    for (let round = 0; round < 300; round++) {
      const damaged = Buffer.from(round % 2 === 0 ? image.subarray(0, random.below(image.length)) : image)
      for (let i = random.below(12); i > 0 && damaged.length > 0; i--)
        damaged[random.below(damaged.length)] = random.below(256)
      try {
        const kallsyms = readKallsyms(damaged)
        for (const { name } of listOf(kallsyms)) assert.ok(name.length < 140_000)
      } catch (error) {
        if (!(error instanceof FormatError)) throw error
      }
    }
  }
})
