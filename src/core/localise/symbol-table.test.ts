import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { SymbolTable } from './symbol-table.ts'

const tableOf = (symbols: readonly (readonly [address: bigint, name: string])[]): SymbolTable =>
  new SymbolTable({
    count: symbols.length,
    addresses: BigUint64Array.from(symbols, ([address]) => address),
    symbol: index => ({ type: 't', name: symbols[index]![1] }),
  })

const text = 0xffffffff81000000n

test('an address is in the symbol at or below it; of several at one address in the first', () => {
  const table = tableOf([
    [0x1000n, 'cpu_debug_store'],
    [text, '_stext'],
    [text, '_text'],
    [text + 0x40n, 'secondary_startup_64'],
    [text + 0x100n, '_etext'],
  ])
  assert.deepEqual(table.at(text + 0x3fn), { address: text, name: '_stext', type: 't', offset: 0x3f, sizeBytes: 0x40 })
  assert.equal(table.at(text + 0x40n)?.name, 'secondary_startup_64')
  assert.equal(table.at(0xfffn), undefined)
  // between the per-CPU symbols and the text
  assert.equal(table.at(0x7fff_0000_0000n), undefined)
  // behind the last
  assert.deepEqual(table.at(text + 0x110n), { address: text + 0x100n, name: '_etext', type: 't', offset: 0x10 })
  assert.equal(table.at(text + 0x1000_0000n), undefined)
})

test('names with several symbols give all of them, ascending', () => {
  const table = tableOf([
    [text + 0x200n, 'type_show'],
    [text, 'first'],
    [text + 0x100n, 'type_show'],
  ])
  assert.deepEqual(
    table.named('type_show').map(({ address }) => address),
    [text + 0x100n, text + 0x200n],
  )
  assert.equal(table.sizeOf(table.named('type_show')[0]!), 0x100)
  assert.deepEqual(table.named('no_such'), [])
  assert.deepEqual(
    [...table].map(({ name }) => name),
    ['first', 'type_show', 'type_show'],
  )
})

test('the same as looking through all symbols, in any order of the rows', () => {
  const address = fc.bigInt({ min: 0n, max: 200n }).map(near => text + near)
  fc.assert(
    fc.property(fc.array(address, { maxLength: 40 }), address, (addresses, wanted) => {
      const table = tableOf(addresses.map((each, i) => [each, `symbol_${i}`] as const))
      const below = addresses.filter(each => each <= wanted).sort((a, b) => Number(a - b))
      const found = table.at(wanted)
      assert.equal(found?.address, below.at(-1))
      if (found !== undefined) assert.equal(found.name, `symbol_${addresses.indexOf(found.address)}`)
    }),
    { seed: 4, numRuns: 300 },
  )
})
