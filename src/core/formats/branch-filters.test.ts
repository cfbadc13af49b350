import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { BranchFilter, branchFilters } from './branch-filters.ts'

// What xz writes with its filters is unpacked beside src/node, with the tool; older versions of it lack that of RISC-V.

function undone(id: number, bytes: Uint8Array, start: number, size = bytes.length): Uint8Array {
  const filter = new BranchFilter(branchFilters[id]!.make(), start)
  const parts: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += size) parts.push(filter.push(bytes.slice(at, at + size)).slice())
  parts.push(filter.end())
  return Buffer.concat(parts)
}

const words = (...list: number[]): Uint8Array => {
  const bytes = new Uint8Array(list.length * 4)
  const view = new DataView(bytes.buffer)
  for (const [i, word] of list.entries()) view.setUint32(i * 4, word >>> 0, true)
  return bytes
}

test('riscv: jal ra', () => {
  // RISC-V unprivileged specification §2.5.1: imm[20|10:1|11|19:12] rd opcode
  const jal = (distance: number): number =>
    0xef | (distance & 0xff000) | ((distance & 0x800) << 9) | ((distance & 0x7fe) << 20) | ((distance & 0x100000) << 11)
  fc.assert(
    fc.property(fc.integer({ min: -0x80000, max: 0x7ffff }), fc.integer({ min: 0, max: 0xffff }), (half, page) => {
      const distance = half * 2
      const pc = page * 2
      const target = (pc + distance) & 0x1ffffe
      const packed = Uint8Array.of(0xef, (target >> 13) & 0xf0, (target >> 9) & 0xff, (target >> 1) & 0xff, 0, 0, 0, 0)
      assert.deepEqual(new Uint8Array(undone(11, packed, pc)), words(jal(distance), 0))
    }),
    { seed: 4, numRuns: 500 },
  )
})

test('riscv: auipc and the instruction that adds to it', () => {
  const register = 10
  const addi = (low: number): number => 0x13 | (register << 7) | (register << 15) | ((low & 0xfff) << 20)
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 0, max: 0xfffff }), (distance, page) => {
      const pc = page * 2
      const low = (distance << 20) >> 20
      const second = addi(low)
      const packed = new Uint8Array(12)
      const view = new DataView(packed.buffer)
      view.setUint32(0, (0x17 | (2 << 7) | (second << 12)) >>> 0, true)
      view.setUint32(4, (distance + pc) >>> 0)
      const auipc = 0x17 | (register << 7) | ((distance - low) & 0xfffff000)
      assert.deepEqual(new Uint8Array(undone(11, packed, pc)), words(auipc, second, 0))
    }),
    { seed: 4, numRuns: 500 },
  )
})

for (const id of Object.keys(branchFilters).map(Number)) {
  test(`filter ${id}: the same in any pieces, no byte more or less`, () => {
    // opcodes that the filters look for, more often than chance has them
    const byte = fc.oneof(fc.constantFrom(0xe8, 0xe9, 0, 0xff, 0xeb, 0x48, 0x97, 0x17, 0xef, 0x40, 0xf0), fc.nat(255))
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.array(byte, { maxLength: 300 }),
        fc.integer({ min: 1, max: 40 }),
        (a, b, size) => {
          const bytes = Uint8Array.from([...a, ...b])
          const whole = undone(id, bytes, 4096)
          assert.equal(whole.length, bytes.length)
          assert.deepEqual(undone(id, bytes, 4096, size), whole)
        },
      ),
      { seed: 4, numRuns: 200 },
    )
  })
}
