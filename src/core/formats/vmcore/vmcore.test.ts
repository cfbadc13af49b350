import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { deflateSync, gunzipSync, zstdCompressSync } from 'node:zlib'
import { mutations } from '../../../../tests/images.ts'
import { nodeRecoverHost } from '../../../node/recover-host.ts'
import { MemoryFile } from '../../bytes/byte-file.ts'
import { FormatError } from '../../bytes/cursor.ts'
import { decodeBytes } from '../../decoder.ts'
import { decodeSnappy } from './snappy.ts'
import { isVmcore, recoverVmcore } from './vmcore.ts'

const folder = join(import.meta.dirname, '../../../../fixtures/images/vmcore')
const logOf = async (bytes: Uint8Array): Promise<string> => {
  const [log] = await recoverVmcore(new MemoryFile('vmcore', bytes), nodeRecoverHost)
  return Buffer.from(log!.text).toString('latin1')
}

for (const path of globSync(join(folder, '*.elf.gz')).sort()) {
  test(`${basename(path, '.elf.gz')}: the log of a real dump, from the first line to the panic`, async () => {
    const bytes = new Uint8Array(gunzipSync(readFileSync(path)))
    assert.ok(isVmcore(bytes))
    const log = await logOf(bytes)
    const [{ kernel } = {}] = await recoverVmcore(new MemoryFile('vmcore', bytes), nodeRecoverHost)
    assert.ok(log.includes(`Linux version ${kernel?.release} `))
    // As the kernel itself prints it when it panics.
    const offset = /Kernel Offset: (0x[0-9a-f]+) from/.exec(log)?.[1]
    if (offset !== undefined) assert.equal(kernel?.kaslrOffset, offset)
    assert.match(
      log,
      /^<5>\[ {4}0\.000000\](?:\[ *T0\])? (?:Linux version|Booting Linux)|^<\d+>\[ +\d+\.\d+\](?:\[ *T0\])? Linux version/m,
    )
    assert.match(log, /Kernel panic - not syncing: sysrq triggered crash/)
    const reports = decodeBytes(Buffer.from(log, 'latin1'))
    assert.deepEqual(
      reports.filter(({ kind }) => kind === 'panic').map(({ title, fatal }) => [title, fatal]),
      [['kernel panic: sysrq triggered crash', true]],
    )
    // Every line has its prefix: no record ran into another.
    for (const line of log.trimEnd().split('\n')) assert.match(line, /^<\d{1,3}>\[ *\d+\.\d{6}\](?:\[ *[TC]\d+\])? /)
  })
}

/** Memory of a machine that never was: VMCOREINFO, variables and a ring at addresses of an identity-mapped s390x. */
class Memory {
  readonly bytes = new Uint8Array(64 * 1024)
  readonly view = new DataView(this.bytes.buffer)
  readonly lines = ['OSRELEASE=3.2.0-test', 'PAGESIZE=4096']
  symbol(name: string, at: number): void {
    this.lines.push(`SYMBOL(${name})=${at.toString(16)}`)
  }
  text(at: number, text: string): void {
    this.bytes.set(Buffer.from(text, 'latin1'), at)
  }
}

/** As an ELF core file of s390x: big-endian, 64 bits. */
function elfOf(memory: Memory): Uint8Array {
  const info = Buffer.from(`${memory.lines.join('\n')}\n`)
  const note = Buffer.alloc(24 + Math.ceil(info.length / 4) * 4)
  note.writeUInt32BE(11, 0)
  note.writeUInt32BE(info.length, 4)
  note.write('VMCOREINFO', 12)
  info.copy(note, 24)
  const head = Buffer.alloc(64 + 2 * 56)
  Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 2, 1]).copy(head)
  head.writeUInt16BE(4, 16)
  head.writeUInt16BE(22, 18)
  head.writeBigUInt64BE(64n, 32)
  head.writeUInt16BE(56, 54)
  head.writeUInt16BE(2, 56)
  const entry = (at: number, type: number, offset: number, size: number): void => {
    head.writeUInt32BE(type, at)
    for (const [index, value] of [offset, 0, 0, size, size, 4].entries()) {
      head.writeBigUInt64BE(BigInt(value), at + 8 + index * 8)
    }
  }
  entry(64, 4, head.length, note.length)
  entry(120, 1, head.length + note.length, memory.bytes.length)
  return new Uint8Array(Buffer.concat([head, note, memory.bytes]))
}

/** As a kdump file of the same machine, each page packed by the given one. */
function kdumpOf(memory: Memory, pack: (page: Uint8Array) => { bytes: Uint8Array; flags: number }): Uint8Array {
  const info = Buffer.from(`${memory.lines.join('\n')}\n`)
  const pages = memory.bytes.length / 4096
  const head = Buffer.alloc(4096)
  head.write('KDUMP   ')
  head.writeUInt32BE(6, 8)
  head.write('s390x', 12 + 4 * 65)
  for (const [index, value] of [4096, 1, 2, pages].entries()) head.writeUInt32BE(value, 428 + 4 * index)
  const sub = Buffer.alloc(4096)
  sub.writeBigUInt64BE(1024n + 4096n, 32)
  sub.writeBigUInt64BE(BigInt(info.length), 40)
  info.copy(sub, 1024)
  const bitmap = Buffer.alloc(8192)
  for (let page = 0; page < pages; page++) bitmap[4096 + (page >> 3)]! |= 1 << (page & 7)
  const packed = Array.from({ length: pages }, (_, page) => pack(memory.bytes.subarray(page * 4096, (page + 1) * 4096)))
  const table = Buffer.alloc(24 * pages)
  let offset = 4 * 4096 + table.length
  for (const [page, { bytes, flags }] of packed.entries()) {
    table.writeBigUInt64BE(BigInt(offset), page * 24)
    table.writeUInt32BE(bytes.length, page * 24 + 8)
    table.writeUInt32BE(flags, page * 24 + 12)
    offset += bytes.length
  }
  return new Uint8Array(Buffer.concat([head, sub, bitmap, table, ...packed.map(({ bytes }) => bytes)]))
}

/** makedumpfile's form for pipes, its pieces in no order. */
function flattenedOf(bytes: Uint8Array): Uint8Array {
  const header = Buffer.alloc(4096)
  header.write('makedumpfile')
  header.writeBigInt64BE(1n, 16)
  header.writeBigInt64BE(1n, 24)
  const pieces: Buffer[] = []
  for (let at = 0; at < bytes.length; at += 5000) {
    const place = Buffer.alloc(16)
    const piece = bytes.subarray(at, at + 5000)
    place.writeBigInt64BE(BigInt(at))
    place.writeBigInt64BE(BigInt(piece.length), 8)
    pieces.unshift(Buffer.concat([place, piece]))
  }
  return new Uint8Array(Buffer.concat([header, ...pieces, Buffer.alloc(16, 0xff)]))
}

/** The ring of 3.5 to 5.9 with a record that begins again at the ring's start. */
function structured(): Memory {
  const memory = new Memory()
  for (const [name, at] of [
    ['log_buf', 0x100],
    ['log_buf_len', 0x108],
    ['log_first_idx', 0x110],
    ['log_next_idx', 0x118],
  ] as const) {
    memory.symbol(name, at)
  }
  memory.lines.push('SIZE(printk_log)=16', 'OFFSET(printk_log.ts_nsec)=0', 'OFFSET(printk_log.len)=8')
  memory.lines.push('OFFSET(printk_log.text_len)=10', 'OFFSET(printk_log.dict_len)=12')
  const ring = 0x2000
  memory.view.setBigUint64(0x100, BigInt(ring))
  memory.view.setUint32(0x108, 256)
  const record = (at: number, text: string, nanoseconds: bigint, level: number): number => {
    const bytes = (16 + text.length + 3) & ~3
    memory.view.setBigUint64(ring + at, nanoseconds)
    memory.view.setUint16(ring + at + 8, bytes)
    memory.view.setUint16(ring + at + 10, text.length)
    memory.view.setUint8(ring + at + 14, 0)
    memory.view.setUint8(ring + at + 15, level)
    memory.text(ring + at + 16, text)
    return at + bytes
  }
  const end = record(200, 'the older one', 1_500_000_000n, 6)
  memory.view.setUint16(ring + end + 8, 0)
  const next = record(0, 'the newer one\nof two lines', 2_000_001_000n, 3)
  memory.view.setUint32(0x110, 200)
  memory.view.setUint32(0x118, next)
  return memory
}

const structuredLog =
  '<6>[    1.500000] the older one\n<3>[    2.000001] the newer one\n<3>[    2.000001] of two lines\n'

test('records of 3.5 to 5.9, once around the ring', async () => {
  assert.equal(await logOf(elfOf(structured())), structuredLog)
})

test('plain text of kernels before 3.5, the oldest first', async () => {
  const memory = new Memory()
  memory.symbol('log_buf', 0x100)
  memory.symbol('log_buf_len', 0x108)
  memory.symbol('log_end', 0x110)
  memory.view.setBigUint64(0x100, 0x2000n)
  memory.view.setUint32(0x108, 16)
  memory.view.setUint32(0x110, 16 + 6)
  memory.text(0x2000, '<4>b\n<<4>a\n      ')
  assert.equal(await logOf(elfOf(memory)), '<4>a\n     <4>b\n<')
})

test('the same from kdump files, however their pages are packed, and flattened', async () => {
  const memory = structured()
  const packings: [string, number, (page: Uint8Array) => Uint8Array][] = [
    ['not', 0, page => page],
    ['zlib', 1, page => deflateSync(page)],
    ['zstd', 0x20, page => zstdCompressSync(page)],
  ]
  for (const [name, flags, pack] of packings) {
    const file = kdumpOf(memory, page => ({ bytes: pack(page), flags }))
    assert.equal(await logOf(file), structuredLog, name)
    assert.equal(await logOf(flattenedOf(file)), structuredLog, `${name}, flattened`)
  }
})

/** Snappy's simplest form: one literal. */
const snappyLiteral = (page: Uint8Array): Uint8Array =>
  Uint8Array.of(0x80, 0x20, 61 << 2, (page.length - 1) & 0xff, (page.length - 1) >> 8, ...page)

test('snappy: literals and copies that overlap themselves', () => {
  assert.deepEqual(decodeSnappy(snappyLiteral(new Uint8Array(4096).fill(7)), 4096), new Uint8Array(4096).fill(7))
  // "ab", then ten bytes from two back
  const packed = Uint8Array.of(12, 1 << 2, 0x61, 0x62, (9 << 2) | 2, 2, 0)
  assert.equal(Buffer.from(decodeSnappy(packed, 64)).toString(), 'abababababab')
  assert.throws(() => decodeSnappy(Uint8Array.of(12, 1 << 2, 0x61, 0x62, (9 << 2) | 2, 3, 0), 64), RangeError)
  assert.throws(() => decodeSnappy(Uint8Array.of(12, 1 << 2, 0x61), 64), RangeError)
})

test('what is torn gives a log or says what is wrong', async () => {
  const files = [elfOf(structured()), kdumpOf(structured(), page => ({ bytes: deflateSync(page), flags: 1 }))]
  for (const file of [...files, flattenedOf(files[1]!)]) {
    for (const length of [0, 1, 4, 16, 63, 64, 200, 4095, 4096, 5000, file.length - 1])
      await logOrError(file.subarray(0, length))
    // The head of the file is where its sizes are.
    for (const torn of mutations(file.subarray(0, 12_000), 60)) {
      await logOrError(new Uint8Array(Buffer.concat([torn, file.subarray(torn.length)])))
    }
  }
})

async function logOrError(bytes: Uint8Array): Promise<void> {
  if (!isVmcore(bytes)) return
  try {
    assert.ok((await logOf(bytes)).length < 1024 * 1024)
  } catch (error) {
    assert.ok(error instanceof FormatError, String(error))
  }
}
