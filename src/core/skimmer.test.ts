import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Skimmed, Skimmer } from './skimmer.ts'

const needle = 'BUG: '
const encoder = new TextEncoder()
const decoder = new TextDecoder()

interface Read {
  offset: number
  /** number of its first line, where it followed a gap */
  line: number | undefined
  text: string
}

/** Skims a text cut into chunks of this size; `report` lines behind each header belong to it. */
function skim(text: string, chunkBytes: number, report = 0): Read[] {
  const bytes = encoder.encode(text)
  const reads: Read[] = []
  let open = 0
  let end = 0
  const skimmed: Skimmed = {
    read({ bytes: part, offset, line }) {
      const read = { offset, line, text: decoder.decode(part) }
      const last = reads.at(-1)
      if (last !== undefined && line === undefined) {
        assert.equal(offset, end, 'without a gap it goes on')
        last.text += read.text
      } else reads.push(read)
      end = offset + part.length
      const header = read.text.lastIndexOf(needle)
      if (header >= 0) open = report + 1
      open -= read.text.slice(Math.max(header, 0)).split('\n').length - 1
    },
    rest: () => Math.max(open, 0),
    weigh: line => {
      const text = decoder.decode(line)
      return text.includes('harmless') ? 'nothing' : text.includes('end of') ? 'ends' : 'opens'
    },
  }
  const skimmer = new Skimmer([needle], skimmed, { offset: 0, line: 1, inLine: false })
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    const chunk = bytes.slice(at, at + chunkBytes)
    skimmer.push(chunk)
    chunk.fill(0)
  }
  skimmer.finish()
  return reads
}

const quiet = (lines: number): string =>
  Array.from({ length: lines }, (_, i) => `[${i}] usb 1-1: new device number ${i} using xhci_hcd\n`).join('')

test('of quiet text nothing is read', () => {
  assert.deepEqual(skim(quiet(100_000), 65_536), [])
  assert.deepEqual(skim(`${quiet(50_000)}harmless BUG: no\n${quiet(50_000)}`, 65_536), [])
})

test('a header is read with lines before and behind it, at its place and in its line', () => {
  for (const before of [0, 1, 5, 40, 3000, 60_000]) {
    const text = `${quiet(before)}BUG: here\n${quiet(60_000)}`
    const [read, ...others] = skim(text, 65_536)
    assert.deepEqual(others, [])
    assert.equal(text.slice(read!.offset, read!.offset + read!.text.length), read!.text)
    const lines = read!.text.split('\n')
    const header = lines.indexOf('BUG: here')
    assert.ok(header >= Math.min(before, 8), `${header} lines before it`)
    assert.equal((read!.line ?? 1) + header, before + 1)
    assert.ok(lines.length > header + 20 && lines.length < 200)
  }
})

test('of what ends a report more is read above it', () => {
  const [read] = skim(`${quiet(3000)}BUG: end of it\n${quiet(60_000)}`, 65_536)
  assert.ok(read!.text.split('\n').indexOf('BUG: end of it') >= 64)
})

test('while a report goes on everything is read', () => {
  const text = `${quiet(20_000)}BUG: here\n${quiet(40_000)}`
  const [read] = skim(text, 65_536, 30_000)
  assert.ok(read!.text.split('\n').length > 30_000)
})

test('the chunks make no difference', () => {
  const text = Array.from({ length: 40 }, (_, i) => `${quiet(i * 97)}BUG: number ${i}\n`).join('')
  const whole = skim(text, text.length)
  for (const size of [1, 1000, 4096, 1_048_575, 1_048_576, 1_048_577]) {
    if (size === 1 && text.length > 3_000_000) continue
    assert.deepEqual(skim(text, size), whole, `${size} bytes`)
  }
})

test('a line that is longer than what is looked at is read as it comes', () => {
  const text = `${quiet(100)}${'x'.repeat(2_500_000)} BUG: inside\n${quiet(100)}`
  const reads = skim(text, 65_536)
  assert.equal(reads.length, 1)
  assert.ok(reads[0]!.text.includes('x'.repeat(2_000_000)))
  assert.ok(reads[0]!.text.includes('BUG: inside\n'))
})

test('an end without a line break, and no text at all', () => {
  assert.deepEqual(skim('', 10), [])
  assert.equal(skim('BUG: last', 3)[0]!.text, 'BUG: last')
})
