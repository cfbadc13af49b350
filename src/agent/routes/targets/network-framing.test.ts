import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readRecords } from '../../../core/log/index.ts'
import { SyslogFrames } from '../../../core/log/syslog-frames.ts'
import { recordMessage } from '../message.ts'
import { testRecord } from '../testing.ts'
import { framed, syslogMessages } from './network-framing.ts'

const at = Date.UTC(2026, 10, 29, 6, 4, 16)
const word = fc.constantFrom(
  'usb 1-1:',
  'I/O error',
  '日本',
  '"',
  '\\',
  ']',
  '%n%s',
  '<3>',
  '12 ',
  '$(id)',
  '\u202e',
  'x'.repeat(700),
  'é',
  '\n',
  '\x1b[2J',
  '\0',
  '\u2028',
)
const text = fc.array(word, { minLength: 1, maxLength: 6 }).map(words => words.join(' '))

test('RFC 3164 and 5424: every prefix of the grammar, one line, at most 2048 bytes, whole characters', () => {
  fc.assert(
    fc.property(text, fc.nat(7), fc.constantFrom('rfc3164' as const, 'rfc5424' as const), (words, level, protocol) => {
      const message = recordMessage(testRecord(words, { level, caller: words, dictionary: { SUBSYSTEM: words } }), at)
      const [bytes, ...more] = syslogMessages(message, protocol, 'board')
      assert.equal(more.length, 0)
      assert.ok(bytes!.length <= 2048)
      const line = bytes!.toString()
      assert.ok(Buffer.from(line).equals(bytes!), 'cut within a character')
      assert.doesNotMatch(line, /[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028]/)
      if (protocol === 'rfc3164')
        assert.match(line, new RegExp(`^<${level}>\\w{3} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d board kernel: `))
      // RFC 5424 §6: HEADER SP STRUCTURED-DATA; within quotes `"`, `\\` and `]` are escaped
      else
        assert.match(
          line,
          new RegExp(
            `^<${level}>1 \\S+ board kernel - - (?:-|\\[faultline@32473(?: \\w+="(?:[^"\\\\\\]]|\\\\["\\\\\\]])*")*\\]) `,
          ),
        )
    }),
  )
})

test('what is sent is read back as the same by Faultline: text, facility, level, host, whatever the framing', () => {
  const plain = fc.array(fc.constantFrom('usb', '1-1:', 'error', '日本', '"q"', '\\', '[x]', '42'), {
    minLength: 1,
    maxLength: 8,
  })
  fc.assert(
    fc.property(
      fc.array(plain, { minLength: 1, maxLength: 5 }),
      fc.nat(7),
      fc.constantFrom('octet' as const, 'line' as const),
      fc.constantFrom('rfc3164' as const, 'rfc5424' as const),
      fc.integer({ min: 1, max: 50 }),
      (texts, level, framing, protocol, size) => {
        const records = texts.map(words => testRecord(`a ${words.join(' ')}`, { level, sinceBootUs: 1_500_000 }))
        const stream = Buffer.concat(
          records.flatMap(record =>
            [...syslogMessages(recordMessage(record, at), protocol, 'board')].map(bytes => framed(bytes, framing)),
          ),
        )
        const frames = new SyslogFrames()
        const messages: Uint8Array[] = []
        for (let i = 0; i < stream.length; i += size) messages.push(...frames.push(stream.subarray(i, i + size)))
        const read = messages.flatMap(bytes => readRecords(Buffer.concat([bytes, Buffer.from('\n')])))
        assert.deepEqual(
          read.map(each => [each.text, each.facility, each.level, each.host]),
          records.map(each => [each.text, 0, level, 'board']),
        )
      },
    ),
  )
})
