import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MemoryFile } from '../../bytes/byte-file.ts'
import { crc32 } from '../checksums.ts'
import { readCrashWindow } from './records.ts'
import { recoverCrashWindow } from './recovered.ts'

const SLOT = 8192

interface Written {
  sequence: number
  kind?: number
  sections?: { type: number; data: Uint8Array }[]
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

/** A slot as kmod/record.c writes it. */
function slotOf({ sequence, kind = 1, sections = [] }: Written, little: boolean, under?: Uint8Array): Uint8Array {
  const slot = under?.slice() ?? new Uint8Array(SLOT)
  const view = new DataView(slot.buffer)
  slot.fill(0, 0, 256)
  view.setUint32(0, 0x31524c46, little)
  view.setUint16(4, 1, little)
  view.setUint16(6, 256, little)
  view.setUint32(8, SLOT, little)
  view.setUint32(12, 8, little)
  view.setBigUint64(16, BigInt(sequence), little)
  view.setBigUint64(24, 1_795_330_616_210_113_000n, little)
  view.setBigUint64(32, 71_213_004_000n, little)
  view.setBigInt64(40, -2n, little)
  view.setBigUint64(48, 0xffffffff81234567n, little)
  slot[64] = kind
  slot[65] = 2
  view.setUint16(66, 62, little)
  view.setUint32(72, 132, little)
  view.setUint32(100, 1, little)
  slot.set(bytesOf('sh'), 112)
  slot.set(
    Uint8Array.from({ length: 16 }, (_, index) => index),
    128,
  )
  slot.set(bytesOf('Oops'), 144)
  view.setUint32(252, crc32(slot.subarray(0, 252)), little)
  let at = 256
  for (const { type, data } of sections) {
    view.setUint32(at, 0x43455346, little)
    view.setUint16(at + 4, type, little)
    view.setUint16(at + 6, 0, little)
    view.setUint32(at + 8, data.length, little)
    slot.set(data, at + 16)
    const crc = crc32(data, crc32(slot.subarray(at + 4, at + 12), crc32(slot.subarray(16, 24))))
    view.setUint32(at + 12, crc, little)
    at += 16 + Math.ceil(data.length / 8) * 8
  }
  return slot
}

function register(name: string, value: bigint, little: boolean): Uint8Array {
  const entry = new Uint8Array(16)
  entry.set(bytesOf(name))
  new DataView(entry.buffer).setBigUint64(8, value, little)
  return entry
}

const log = bytesOf('<1>[   71.213004] BUG: kernel NULL pointer dereference, address: 0000000000000008\n')
const end = { type: 5, data: new Uint8Array(0) }
const whole = (sequence: number, little = true): Written => ({
  sequence,
  sections: [
    { type: 1, data: register('RIP', 0xffffffff81234567n, little) },
    { type: 4, data: bytesOf('release=6.1.0\nasked=sh[132] < init[1]\n') },
    { type: 3, data: log },
    end,
  ],
})

const read = (...slots: Uint8Array[]) => readCrashWindow(new MemoryFile('window', Buffer.concat(slots)))

for (const little of [true, false]) {
  test(`a record of a ${little ? 'little' : 'big'}-endian machine is read to the last field`, async () => {
    const [record, ...more] = await read(new Uint8Array(SLOT), slotOf(whole(7, little), little))
    assert.deepEqual(more, [])
    assert.deepEqual(
      { ...record, log: record?.log && Buffer.from(record.log).toString() },
      {
        ...{ offset: SLOT, order: little ? 'little' : 'big', kind: 'oops', context: 'hardirq', sequence: 7, nth: 1 },
        ...{ bootId: '00010203-0405-0607-0809-0a0b0c0d0e0f', wallUs: 1_795_330_616_210_113, monotonicUs: 71_213_004 },
        ...{ cpu: 0, pid: 132, tgid: 0, uid: 0, comm: 'sh', reason: 'Oops', trap: 0, errorCode: -2n, signal: 0 },
        ...{ taint: 0n, elfMachine: 62, wordBytes: 8, pc: 0xffffffff81234567n, sp: 0n, missed: 0, whole: true },
        registers: [{ name: 'RIP', value: 0xffffffff81234567n }],
        facts: { release: '6.1.0', asked: 'sh[132] < init[1]' },
        log: Buffer.from(log).toString(),
        logOffset: SLOT + 256 + 32 + 16 + 40 + 16,
        damage: [],
      },
    )
  })
}

test('records come in the order of their numbers, whatever slot they are in', async () => {
  const records = await read(slotOf(whole(9), true), slotOf(whole(7), true), slotOf(whole(8), true))
  assert.deepEqual(
    records.map(({ sequence }) => sequence),
    [7, 8, 9],
  )
})

test('what an older record left in the slot is not taken for the newer one', async () => {
  const old = slotOf(whole(3), true)
  const [record] = await read(slotOf({ sequence: 9 }, true, old))
  assert.equal(record?.sequence, 9)
  assert.equal(record.log, undefined)
  assert.equal(record.whole, false)
  assert.match(record.damage.join(), /no end/)
})

test('a log with a rotten byte is given, and said to be wrong', async () => {
  const slot = slotOf(whole(4), true)
  slot[256 + 32 + 16 + 40 + 16 + 30]! ^= 0x20
  const [recovered] = await recoverCrashWindow(new MemoryFile('window', slot))
  assert.equal(recovered?.text.length, log.length)
  assert.match(recovered.damage.join(), /checksum of its log is wrong/)
})

test('what is told of a record names who asked, the registers and the damage', async () => {
  const [recovered] = await recoverCrashWindow(new MemoryFile('window', slotOf(whole(4), true)))
  assert.equal(recovered?.name, 'oops-faultline-4')
  assert.deepEqual(recovered.about?.slice(0, 3), [
    'oops in a hardirq: sh[132] on CPU 0, uid 0, 71.213004 s after boot, boot 00010203-0405-0607-0809-0a0b0c0d0e0f',
    'reason: Oops',
    'asked by sh[132] < init[1]',
  ])
})

test('any prefix and any damage give records or none, never an error', async () => {
  const sound = Buffer.concat([slotOf(whole(1), true), slotOf(whole(2), false)])
  const edit = fc.record({ at: fc.nat(sound.length - 1), value: fc.nat(255) })
  await fc.assert(
    fc.asyncProperty(fc.nat(sound.length), fc.array(edit, { maxLength: 12 }), async (length, edits) => {
      const bytes = Uint8Array.from(sound.subarray(0, length))
      for (const { at, value } of edits) if (at < length) bytes[at] = value
      const records = await readCrashWindow(new MemoryFile('window', bytes))
      assert.ok(records.length <= 2)
      for (const { log: text, whole: closed, damage } of records) {
        assert.ok(text === undefined || text.length <= SLOT)
        assert.ok(closed || damage.length > 0)
      }
    }),
    { numRuns: 2000 },
  )
})
