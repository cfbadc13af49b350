import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Random } from '../../../tests/random.ts'
import { Cursor, FormatError } from '../bytes/cursor.ts'
import { Orc } from './orc.ts'

const base = 0xffffffff82c00000n
const text = 0xffffffff81000000n

interface Row {
  address: bigint
  sp: number
  bp: number
  flags: number
}

/** The two sections. */
function sections(rows: readonly Row[]): { ip: Cursor; entries: Cursor } {
  const ip = new DataView(new ArrayBuffer(rows.length * 4))
  const entries = new DataView(new ArrayBuffer(rows.length * 6))
  for (const [i, { address, sp, bp, flags }] of rows.entries()) {
    ip.setInt32(i * 4, Number(address - base) - i * 4, true)
    entries.setInt16(i * 6, sp, true)
    entries.setInt16(i * 6 + 2, bp, true)
    entries.setUint16(i * 6 + 4, flags, true)
  }
  const cursor = (name: string, view: DataView) => new Cursor(name, new Uint8Array(view.buffer), 'little')
  return { ip: cursor('.orc_unwind_ip', ip), entries: cursor('.orc_unwind', entries) }
}

const header = (hex: string): Cursor => new Cursor('.orc_header', Uint8Array.from(Buffer.from(hex, 'hex')), 'little')
const header64 = header('fe5d32bf581bd63b2ca9a5c65ba5a625eab3fe24')

const SP = 5
const PREV_SP = 1

// vfs_write of Debian's 6.12.117: push %rbp; …; then the registers of an entry, and the end of the stack
const rows: Row[] = [
  { address: text, sp: 8, bp: 0, flags: 0x200 | SP },
  { address: text + 9n, sp: 24, bp: -16, flags: 0x200 | SP | (PREV_SP << 4) },
  { address: text + 0x40n, sp: 0, bp: 0, flags: 0xc00 | SP },
  { address: text + 0x50n, sp: 0, bp: 0, flags: 0x100 },
  { address: text + 0x60n, sp: 0, bp: 0, flags: 0 },
]

test('what holds at an address, by the version that the header names', () => {
  const { ip, entries } = sections(rows)
  const orc = new Orc(ip, entries, base, header64)
  assert.equal(orc.version, '6.4')
  assert.equal(orc.at(text - 1n), undefined)
  assert.deepEqual(orc.at(text + 8n), { type: 'call', signal: false, stackPointer: { register: 'sp', offset: 8 } })
  assert.deepEqual(orc.at(text + 9n), {
    type: 'call',
    signal: false,
    stackPointer: { register: 'sp', offset: 24 },
    framePointer: { register: 'previous sp', offset: -16 },
  })
  assert.deepEqual(orc.at(text + 0x41n), {
    type: 'partial registers',
    signal: true,
    stackPointer: { register: 'sp', offset: 0 },
  })
  assert.deepEqual(orc.at(text + 0x55n), { type: 'end of stack', signal: false })
  assert.deepEqual(orc.at(text + 0x1000n), { type: 'undefined', signal: false })
})

test('without a header the flags tell the version', () => {
  const of = (...flags: number[]) => {
    const { ip, entries } = sections(flags.map((each, i) => ({ address: text + BigInt(i), sp: 8, bp: 0, flags: each })))
    return new Orc(ip, entries, base)
  }
  const first = of(SP, SP, 0x100 | SP, 0x400)
  assert.equal(first.version, '4.14')
  assert.deepEqual([first.at(text + 2n)?.type, first.at(text + 2n)?.signal], ['registers', true])
  assert.equal(first.at(text + 3n)?.type, 'end of stack')
  const second = of(SP, SP, 0x500 | SP, 0x800)
  assert.equal(second.version, '6.3')
  assert.deepEqual([second.at(text + 2n)?.type, second.at(text + 2n)?.signal], ['registers', true])
  assert.equal(second.at(text + 3n)?.type, 'end of stack')
  assert.equal(of(0x200 | SP, 0x200 | SP, 0xb00 | SP).version, '6.4')
})

test('a module’s table that is not sorted; at one place the entry that says something', () => {
  const { ip, entries } = sections([rows[2]!, { ...rows[1]!, flags: 0 }, rows[0]!, rows[1]!])
  const orc = new Orc(ip, entries, base, header64)
  assert.equal(orc.at(text + 1n)?.stackPointer?.offset, 8)
  assert.equal(orc.at(text + 9n)?.stackPointer?.offset, 24)
})

test('what does not fit is a FormatError', () => {
  const { ip, entries } = sections(rows)
  assert.throws(() => new Orc(ip, entries.window(0, 6), base, header64), FormatError)
  assert.throws(() => new Orc(ip, entries, base, header('00112233')), /unknown version: its header is 00112233/)
  const random = new Random(1)
  for (let round = 0; round < 300; round++) {
    const damaged = sections(rows)
    for (const { bytes } of [damaged.ip, damaged.entries]) bytes[random.below(bytes.length)] = random.below(256)
    const orc = new Orc(damaged.ip, damaged.entries, base)
    for (const offset of [0n, 9n, 0x45n, 0x1000n]) orc.at(text + offset)
  }
})
