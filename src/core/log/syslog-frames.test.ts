import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { MAX_MESSAGE_BYTES, SyslogFrames } from './syslog-frames.ts'

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

/** Messages as RFC 6587 lets them be: none holds LF or NUL when it is not counted, all begin with their priority. */
const message = fc
  .tuple(fc.boolean(), fc.stringMatching(/^[ -~]{0,60}$/))
  .map(([counted, body]) => ({ counted, text: `<13>${body}` }))

test('framed messages come out whole however the stream is cut', () => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 12 }), fc.integer({ min: 1, max: 40 }), (messages, size) => {
      const stream = Buffer.from(
        messages.map(({ counted, text: body }) => (counted ? `${body.length} ${body}` : `${body}\n`)).join(''),
        'latin1',
      )
      const frames = new SyslogFrames()
      const out: Uint8Array[] = []
      for (let at = 0; at < stream.length; at += size) out.push(...frames.push(stream.subarray(at, at + size)))
      out.push(...frames.flush())
      assert.deepEqual(
        out.map(text),
        messages.map(each => each.text),
      )
    }),
  )
})

test('counted messages may hold line feeds; one that breaks off comes as far as it came', () => {
  const frames = new SyslogFrames()
  assert.deepEqual(frames.push(Buffer.from('7 <1>a\nbc9 <2>half')).map(text), ['<1>a\nbc'])
  assert.deepEqual(frames.flush().map(text), ['<2>half'])
})

test('memory is bounded and what is cut is counted, counted or not', () => {
  for (const stream of [`200000 <1>${'x'.repeat(199997)}`, `<1>${'x'.repeat(199997)}\n`]) {
    const frames = new SyslogFrames()
    const out: Uint8Array[] = []
    const bytes = Buffer.from(`${stream}<2>next\n`)
    for (let at = 0; at < bytes.length; at += 999) out.push(...frames.push(bytes.subarray(at, at + 999)))
    assert.deepEqual(
      out.map(each => each.length),
      [MAX_MESSAGE_BYTES, 7],
    )
    assert.equal(frames.cutBytes, 200000 - MAX_MESSAGE_BYTES)
  }
})

test('any bytes: nothing throws, nothing is held beyond the bound', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 20 }), pieces => {
      const frames = new SyslogFrames()
      for (const piece of pieces) frames.push(piece)
      frames.flush()
    }),
  )
})
