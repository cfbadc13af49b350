import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { KmsgRecords, sequenceOf } from './kmsg-record.ts'

test('a record with its dictionary, its caller and escaped text', () => {
  const reader = new KmsgRecords()
  const bytes = Buffer.from(
    '6,339,5140900,-,caller=T12,new=field;NET: \\x1b[31m \\xc3\\xa9\\x5c\n SUBSYSTEM=acpi\n DEVICE=+acpi:PNP0A03:00\n',
  )
  assert.equal(sequenceOf(bytes), 339)
  const [record, ...more] = reader.read(bytes, 1000)
  assert.deepEqual(more, [])
  assert.equal(record!.caller, 'T12')
  assert.match(record!.text, /^NET: .*é\\$/)
  assert.ok(!record!.text.includes('\x1b'))
  assert.deepEqual(record!.dictionary, { new: 'field', SUBSYSTEM: 'acpi', DEVICE: '+acpi:PNP0A03:00' })
  assert.deepEqual(record!.span, { start: 1000, end: 1000 + bytes.length - 1 })
})

test('whatever the header says, the number and the text are those that were written', () => {
  const text = fc.stringMatching(/^[!-~][ -~]{0,80}$/).filter(each => !each.includes('\\x'))
  fc.assert(
    fc.property(fc.nat({ max: 2047 }), fc.nat(), fc.nat(), text, (priority, sequence, us, body) => {
      const bytes = Buffer.from(`${priority},${sequence},${us},-;${body}\n`)
      assert.equal(sequenceOf(bytes), sequence)
      const records = new KmsgRecords().read(bytes, 0)
      assert.equal(records[0]!.sequence, sequence)
      assert.equal(records[0]!.userSpace === true, priority >> 3 !== 0)
    }),
  )
})

test('any bytes: nothing throws, and every record stands within what was read', () => {
  const reader = new KmsgRecords()
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(), (bytes, position) => {
      sequenceOf(bytes)
      for (const { span } of reader.read(bytes, position))
        assert.ok(span.start >= position && span.end <= position + bytes.length)
    }),
  )
})
