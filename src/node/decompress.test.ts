import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { test } from 'node:test'
import type { ArchiveDamage } from '../core/formats/stream-decoder.ts'
import { decompress } from './decompress.ts'

/** A log: repetitive, but not the same line again and again. */
const text = Array.from(
  { length: 6_000 },
  (_, i) => `[${String(i / 1000).padStart(12)}] usb 1-${i % 7}: new device ${i * 7919}\n`,
).join('')

const tools: Record<string, string[][]> = {
  gzip: [
    ['gzip', '-c'],
    ['gzip', '-9c'],
  ],
  zstd: [
    ['zstd', '-qc'],
    ['zstd', '-qc', '-19', '--no-check'],
  ],
  xz: [
    ['xz', '-c'],
    ['xz', '-0c', '--check=crc32'],
    ['xz', '-c', '--block-size=100000'],
    ['xz', '-c', '--check=sha256', '--lzma2=dict=4KiB'],
  ],
  bzip2: [
    ['bzip2', '-c'],
    ['bzip2', '-1c'],
  ],
  lz4: [
    ['lz4', '-c'],
    ['lz4', '-9c', '-BD'],
    ['lz4', '-c', '-BX', '--content-size'],
    ['lz4', '-lc'],
  ],
}

const packed = (command: string[], input: Uint8Array | string): Buffer =>
  execFileSync(command[0]!, command.slice(1), { input, maxBuffer: 1 << 28, stdio: ['pipe', 'pipe', 'ignore'] })

async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  // One buffer for all, as files.ts does it.
  const buffer = new Uint8Array(size)
  for (let at = 0; at < bytes.length; at += size) {
    const chunk = bytes.subarray(at, at + size)
    buffer.fill(0xaa)
    buffer.set(chunk)
    yield buffer.subarray(0, chunk.length)
  }
}

async function unpacked(bytes: Uint8Array, size = 65_536): Promise<{ text: string; damage: ArchiveDamage[] }> {
  const damage: ArchiveDamage[] = []
  const parts: Buffer[] = []
  for await (const chunk of decompress(inChunks(bytes, size), note => damage.push(note))) parts.push(Buffer.from(chunk))
  return { text: Buffer.concat(parts).toString('latin1'), damage }
}

/** Why a tool's tests are skipped: it is not on this machine. The formats are tested in src/core/formats too. */
const missing = (tool: string): string | false =>
  spawnSync(tool, ['--version'], { stdio: 'ignore' }).error === undefined ? false : `${tool} is not installed`

for (const [format, commands] of Object.entries(tools)) {
  const skip = missing(format)

  for (const command of commands) {
    test(`reads what ${command.join(' ')} writes, in any chunks`, { skip }, async () => {
      const archive = packed(command, text)
      for (const size of [1 << 20, 10_007, 61]) {
        const result = await unpacked(archive, size)
        assert.deepEqual(result.damage, [])
        assert.equal(result.text === text, true, `chunks of ${size}`)
      }
    })
  }

  test(`${format}: archives one behind the other`, { skip }, async () => {
    const one = packed(commands[0]!, text.slice(0, 1000))
    const result = await unpacked(Buffer.concat([one, one, one]), 777)
    assert.deepEqual(result, { text: text.slice(0, 1000).repeat(3), damage: [] })
  })

  test(`${format}: an empty archive`, { skip }, async () => {
    assert.deepEqual(await unpacked(packed(commands[0]!, '')), { text: '', damage: [] })
  })

  test(`${format}: a truncated archive gives its beginning and a note`, { skip }, async () => {
    const archive = packed(commands.at(-1)!, text)
    for (const part of [0.3, 0.6, 0.95, 0.9999]) {
      const result = await unpacked(archive.subarray(0, Math.floor(archive.length * part)))
      assert.equal(result.damage.length, 1)
      assert.equal(result.damage[0]!.what, 'truncated')
      assert.equal(text.startsWith(result.text), true, `first ${part}`)
    }
  })

  test(`${format}: every prefix of a small archive is read without an exception`, { skip }, async () => {
    const archive = packed(commands[0]!, text.slice(0, 3000))
    for (let end = 0; end < archive.length; end += 3) await unpacked(archive.subarray(0, end))
  })

  test(`${format}: a damaged archive gives what stands before the damage and a note`, { skip }, async () => {
    const archive = packed(commands[0]!, text)
    archive[Math.floor(archive.length / 2)]! ^= 0x5a
    const result = await unpacked(archive)
    assert.notEqual(result.damage.length, 0)
  })

  test(`${format}: bytes behind the archive`, { skip }, async () => {
    const result = await unpacked(Buffer.concat([packed(commands[0]!, text), Buffer.from('garbage, and more of it')]))
    assert.equal(result.text === text, true)
    assert.deepEqual(
      result.damage.map(note => note.what),
      ['trailing'],
    )
  })
}

const allMissing =
  Object.keys(tools)
    .map(missing)
    .find(reason => reason !== false) ?? false

test('the beginning of a truncated archive is most of it', { skip: allMissing }, async () => {
  for (const [format, share] of [
    ['gzip', 0.7],
    ['zstd', 0.3],
    ['xz', 0.7],
    ['lz4', 0.5],
  ] as const) {
    const archive = packed(tools[format]!.at(-1)!, text)
    const result = await unpacked(archive.subarray(0, Math.floor(archive.length * 0.8)))
    assert.equal(result.text.length >= text.length * share, true, `${format}: ${result.text.length} of ${text.length}`)
  }
})

test('more text than a dictionary or a block holds', { skip: allMissing }, async () => {
  const long = Array.from({ length: 12 }, (_, i) => text.replaceAll('usb', `usb${i}`)).join('')
  for (const command of [
    ['xz', '-0c'],
    ['xz', '-6c'],
    ['bzip2', '-1c'],
    ['lz4', '-c', '-BD'],
  ]) {
    const result = await unpacked(packed(command, long))
    assert.deepEqual([result.text === long, result.damage], [true, []], command.join(' '))
  }
})

test('archives in archives', { skip: allMissing }, async () => {
  assert.deepEqual(await unpacked(packed(['gzip', '-c'], packed(['xz', '-c'], text))), { text, damage: [] })
})

test('what is no archive passes as it is', async () => {
  for (const bytes of ['', 'B', 'BZh9 is how bzip2 begins', '[    0.000000] Linux version 6.1.0\n']) {
    assert.deepEqual(await unpacked(Buffer.from(bytes), 3), { text: bytes, damage: [] })
  }
})

test('a small archive of a huge text streams through', { skip: allMissing }, async () => {
  for (const command of [
    ['gzip', '-9c'],
    ['zstd', '-qc', '-19'],
    ['xz', '-c'],
    ['bzip2', '-c'],
    ['lz4', '-9c'],
  ]) {
    const archive = packed(command, Buffer.alloc(24 * 1024 * 1024, 0x20))
    let largest = 0
    let length = 0
    for await (const chunk of decompress(inChunks(archive, 65_536), () => assert.fail('no damage'))) {
      largest = Math.max(largest, chunk.length)
      length += chunk.length
    }
    assert.equal(length, 24 * 1024 * 1024)
    assert.equal(largest <= 4 * 1024 * 1024, true, `${command[0]} gave ${largest} bytes at once`)
  }
})

test('a reader that takes its time gets all of it', async () => {
  for (const command of [
    ['zstd', '-qc'],
    ['gzip', '-c'],
  ]) {
    let length = 0
    for await (const chunk of decompress(inChunks(packed(command, text), 65_536), note => assert.fail(note.detail))) {
      length += chunk.length
      await new Promise(resolve => setTimeout(resolve, 20))
    }
    assert.equal(length, text.length, command[0])
  }
})
