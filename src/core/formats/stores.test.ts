// The stores that are no ring: ERST, mtdoops, pstore on a disk, PowerPC's NVRAM.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deflateRawSync } from 'node:zlib'
import { imageOf, mutations, pstoreFilesOf } from '../../../tests/images.ts'
import { nodeRecoverHost } from '../../node/recover-host.ts'
import { MemoryFile } from '../bytes/byte-file.ts'
import { FormatError } from '../bytes/cursor.ts'
import { decodeBytes } from '../decoder.ts'
import { decodableText, recoverLogs } from '../recover.ts'
import type { RecoveredLog } from './recovered-log.ts'

const recover = (bytes: Uint8Array): Promise<RecoveredLog[]> =>
  recoverLogs(new MemoryFile('image', bytes), nodeRecoverHost)
const textOf = (log: { text: Uint8Array }): string => Buffer.from(log.text).toString('latin1')
const summaries = (logs: readonly RecoveredLog[]) =>
  decodeBytes(decodableText(logs)).map(({ kind, title, fatal }) => [kind, title, fatal])

test('an ERST store: parts as the kernel read them, two dumps as two reports', async () => {
  const logs = await recover(imageOf('erst'))
  const files = pstoreFilesOf('erst')
  assert.deepEqual(
    logs.map(({ name }) => name),
    [...files.keys()],
  )
  for (const log of logs) assert.equal(textOf(log), Buffer.from(files.get(log.name)!).toString('latin1'))
  assert.deepEqual(summaries(logs), [
    ['null-dereference', 'BUG: unable to handle kernel NULL pointer dereference in lkdtm_EXCEPTION', false],
    ['panic', 'kernel panic: dumptest', true],
  ])
})

test("pstore's zones on a disk, as two machines' compilers lay them out", async () => {
  for (const name of ['pstore-blk', 'pstore-blk-i386']) {
    const logs = await recover(imageOf(name))
    const [[, file]] = [...pstoreFilesOf(name)] as [[string, Uint8Array]]
    assert.deepEqual(logs.map(textOf), [Buffer.from(file).toString('latin1')], name)
    assert.equal(new Date(logs[0]!.wallUs! / 1000).getUTCFullYear(), 2026)
  }
})

const nullRead = [['null-dereference', 'BUG: unable to handle kernel NULL pointer dereference in fl_null_read', false]]

test('mtdoops records on a flash', async () => {
  const logs = await recover(imageOf('mtdoops'))
  assert.equal(logs.length, 1)
  assert.deepEqual(summaries(logs), nullRead)
})

test('mtdoops records in the order of their numbers, which wrap; versions 1 and 2; both byte orders', async () => {
  for (const little of [true, false]) {
    const image = new Uint8Array(64 * 1024).fill(0xff)
    const view = new DataView(image.buffer)
    const record = (at: number, sequence: number, magic: number, header: number, text: string): void => {
      view.setUint32(at, sequence, little)
      view.setUint32(at + 4, magic, little)
      if (header === 16) view.setBigInt64(at + 8, 1_700_000_000_000_000_000n, little)
      image.set(Buffer.from(text), at + header)
    }
    record(0, 1, 0x5d005e00, 16, 'newest\n')
    record(8192, 0xfffffffe, 0x5d005d00, 8, 'oldest\n')
    record(16384, 0, 0x5d005e00, 16, 'between\n')
    const logs = await recover(image)
    assert.deepEqual(logs.map(textOf), ['oldest\n', 'between\n', 'newest\n'])
    assert.deepEqual(
      logs.map(({ wallUs }) => wallUs),
      [undefined, 1_700_000_000_000_000, 1_700_000_000_000_000],
    )
  }
})

test("PowerPC's NVRAM: the newest dump, packed by the kernel", async () => {
  const logs = await recover(imageOf('powerpc-nvram'))
  assert.deepEqual(
    logs.map(({ name, damage }) => [name, damage]),
    [['dmesg-nvram-0', []]],
  )
  assert.deepEqual(summaries(logs), [['panic', 'kernel panic: sysrq triggered crash', true]])
})

test('dumps without headers that repeat each other are one log', () => {
  const lines = Array.from({ length: 20 }, (_, index) => `<6>[    ${index}.000000] line ${index}\n`)
  const log = (from: number, to: number): RecoveredLog => ({
    name: 'mtdoops',
    by: 'kernel',
    offset: 0,
    text: Buffer.from(lines.slice(from, to).join('')),
    damage: [],
  })
  assert.equal(Buffer.from(decodableText([log(0, 12), log(6, 20)])).toString(), lines.join(''))
  const user: RecoveredLog = { ...log(0, 5), by: 'user' }
  assert.equal(decodableText([user]).length, 0, "what programs wrote is none of the kernel's")
})

test('what the console zone has already is not given again', () => {
  const lines = Array.from({ length: 9 }, (_, index) => `[    ${index}.000000] line ${index}\n`)
  const log = (name: string, text: string): RecoveredLog => ({
    name,
    by: 'kernel',
    offset: 0,
    text: Buffer.from(text),
    damage: [],
  })
  const console = log('console-ramoops-0', lines.slice(0, 8).join(''))
  const within = log(
    'dmesg-ramoops-0',
    `Oops#1 Part1\n${lines
      .slice(2, 6)
      .map(line => `<4>${line}`)
      .join('')}`,
  )
  const beyond = log('dmesg-ramoops-1', `Panic#2 Part1\n<4>${lines[7]}<4>${lines[8]}`)
  assert.equal(
    Buffer.from(decodableText([within, beyond, console])).toString(),
    Buffer.from(beyond.text).toString() + Buffer.from(console.text).toString(),
  )
  // With error correction pstore's files end with a sentence on that.
  const corrected = [
    log(within.name, `${Buffer.from(within.text)}\nECC: No errors detected\n`),
    log(console.name, `${Buffer.from(console.text)}\nECC: 3 Corrected bytes, 0 unrecoverable blocks\n`),
  ]
  assert.equal(Buffer.from(decodableText(corrected)).toString(), Buffer.from(corrected[1]!.text).toString())
})

test('a record that breaks off gives what it has, and says so', async () => {
  const image = imageOf('pstore-blk')
  const [whole] = await recover(image)
  const cut = image.subarray(0, whole!.offset + 3000)
  const [log] = await recover(cut)
  assert.ok(log!.text.length > 3000 && textOf(whole!).startsWith(textOf(log!)))
  assert.equal(log!.damage.length, 2)
  const packed = deflateRawSync(Buffer.from('some text. '.repeat(500)))
  packed[40]! ^= 0xff
  const { bytes, damage } = await nodeRecoverHost.inflate(packed, 'raw', 1e6)
  assert.match(damage ?? '', /damaged|behind/)
  assert.ok(bytes.length > 0)
})

test('many small records that inflate to very much are cut', async () => {
  // Zones of pstore_blk, each with some kilobytes that become sixteen megabytes.
  const bomb = deflateRawSync(new Uint8Array(16 * 1024 * 1024))
  const zone = new Uint8Array((12 + 40 + bomb.length + 1) & ~1)
  const view = new DataView(zone.buffer)
  view.setUint32(0, 0x43474244, true)
  view.setUint32(4, 40 + bomb.length, true)
  view.setUint32(12, 0x4dfc3ae5, true)
  view.setUint8(12 + 24, 1)
  view.setUint32(12 + 32, 2, true)
  zone.set(bomb, 52)
  const image = new Uint8Array(zone.length * 10)
  for (let index = 0; index < 10; index++) image.set(zone, index * zone.length)
  const logs = await recover(image)
  assert.equal(logs.length, 10)
  const total = logs.reduce((sum, { text }) => sum + text.length, 0)
  assert.ok(total <= 128 * 1024 * 1024)
  assert.match(logs.at(-1)!.damage.join(), /inflates to more than/)
})

test('damaged stores give logs or a FormatError', async () => {
  for (const name of ['erst', 'pstore-blk', 'mtdoops', 'powerpc-nvram']) {
    const image = imageOf(name).subarray(0, 80_000)
    for (const torn of mutations(image, 25)) await logsOrError(torn)
    for (let length = 0; length < 200; length += 7) await logsOrError(image.subarray(0, length))
  }
})

async function logsOrError(bytes: Uint8Array): Promise<void> {
  try {
    for (const log of await recover(bytes)) assert.ok(log.text.length < 4 * 1024 * 1024)
  } catch (error) {
    assert.ok(error instanceof FormatError, String(error))
  }
}
