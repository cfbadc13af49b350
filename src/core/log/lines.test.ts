import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RawLine } from '../model.ts'
import { LineSplitter, MAX_LINE_BYTES } from './lines.ts'

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

function split(bytes: Uint8Array, size = bytes.length || 1): RawLine[] {
  const splitter = new LineSplitter()
  const lines: RawLine[] = []
  for (let at = 0; at < bytes.length; at += size) lines.push(...splitter.push(bytes.slice(at, at + size)))
  return [...lines, ...splitter.flush()]
}

test('LF, CR LF and CR CR LF end a line; the span holds its text', () => {
  assert.deepEqual(split(bytesOf('a\nbc\r\n\r\r\nä\rd')), [
    { text: 'a', number: 1, span: { start: 0, end: 1 } },
    { text: 'bc', number: 2, span: { start: 2, end: 4 } },
    { text: '', number: 3, span: { start: 6, end: 6 } },
    { text: 'ä\rd', number: 4, span: { start: 9, end: 13 } },
  ])
})

test('any chunking gives the same lines', () => {
  const inputs = [
    bytesOf('one\r\ntwo ü three\n\n\nno end'),
    Uint8Array.of(0xef, 0xbb, 0xbf, 0x61, 0x0a, 0xff, 0xfe, 0x62),
    Uint8Array.of(0xff, 0xfe, 0x61, 0x00, 0x0d, 0x00, 0x0a, 0x00, 0x0a, 0x01, 0x62),
    Uint8Array.of(0xfe, 0xff, 0x00, 0x61, 0x00, 0x0a, 0x00, 0x62),
    bytesOf(`${'x'.repeat(MAX_LINE_BYTES)}\n${'ü'.repeat(MAX_LINE_BYTES)}\r\nend`),
    bytesOf('a'),
    Uint8Array.of(0xff),
  ]
  for (const bytes of inputs) {
    const whole = split(bytes)
    for (const size of [1, 2, 3, 1000, 40_000]) assert.deepEqual(split(bytes, size), whole)
  }
})

test('byte-order marks', () => {
  assert.deepEqual(
    split(Uint8Array.of(0xfe, 0xff, 0x00, 0x61, 0x00, 0x0d, 0x00, 0x0a, 0x20, 0xac)).map(line => [
      line.text,
      line.span,
    ]),
    [
      ['a', { start: 2, end: 4 }],
      ['€', { start: 8, end: 10 }],
    ],
  )
})

test('a line that is too long comes in pieces that hold all of it', () => {
  const text = 'ü'.repeat(200_000)
  const lines = split(bytesOf(`${text}\nnext`), 10_000)
  const pieces = lines.slice(0, -1)
  assert.equal(pieces.map(piece => piece.text).join(''), text)
  assert.equal(
    pieces.every(piece => piece.cut === true && piece.number === 1),
    true,
  )
  assert.equal(
    pieces.every(piece => piece.span.end - piece.span.start <= MAX_LINE_BYTES),
    true,
  )
  assert.deepEqual(lines.at(-1), { text: 'next', number: 2, span: { start: 400_001, end: 400_005 } })
})

test('progress that is written with CRs is cut between its states', () => {
  const state = 'copying: 12 %\r'
  const lines = split(bytesOf(state.repeat(10_000)))
  assert.equal(lines.length > 1, true)
  for (const line of lines) assert.match(line.text, /^\r?copying(?:: 12 %|\r|copying)*: 12 %$/)
})

test('what the caller leaves out is left out of positions and numbers', () => {
  const splitter = new LineSplitter()
  const lines = [...splitter.push(bytesOf('a\nb')), ...splitter.skipTo(1000, 50), ...splitter.push(bytesOf('c\nd\n'))]
  assert.deepEqual(
    lines.map(line => [line.text, line.number, line.span.start]),
    [
      ['a', 1, 0],
      ['b', 2, 2],
      ['c', 50, 1000],
      ['d', 51, 1002],
    ],
  )
  assert.deepEqual(
    splitter.push(bytesOf('e\n'), 5000).map(line => [line.text, line.span.start]),
    [['e', 5000]],
  )
})
