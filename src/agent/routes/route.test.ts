import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { commonOptions } from './options.ts'
import { parseRoute, RouteError } from './route.ts'
import { conditionKeys } from './selector.ts'
import { targetKinds } from './targets/index.ts'
import { quoteWord, splitWords } from './words.ts'

test('a line is a selector, conditions, a target and its options', () => {
  const route = parseRoute(
    'kern.err;user.none subsystem=usb text~"I/O error" /var/log/usb.log size=10M keep=3 compress=zstd',
  )
  assert.equal(route.target, 'file')
  assert.equal(route.selector.conditions.length, 2)
  assert.deepEqual(route.options, { size: 10 * 1024 * 1024, keep: 3, compress: 'zstd' })
  assert.equal(parseRoute('kind=oom-kill,panic stdout').target, 'stdout')
  assert.equal(parseRoute('err stdout # comment').target, 'stdout')
  assert.equal(parseRoute('text=x /a=b').target, 'file')
})

test('what is wrong with a line is said', () => {
  const refused: [string, RegExp][] = [
    ['', /a selector such as kern.err was expected/],
    ['kern.err', /a target .* was expected/],
    ['kern.loud /var/log/x', /"loud" is no level/],
    ['kern.err text="open /var/log/x', /" at column 15 is not closed/],
    ['kern.err /var/log/x size=big', /a size in bytes, such as 512K/],
    ['kern.err /var/log/x colour=red', /no option of file/],
    ['kern.err /var/log/', /a folder's/],
    ['kern.err nowhere-to-go?', /is no target; there are/],
  ]
  for (const [line, expected] of refused) {
    assert.throws(
      () => parseRoute(line),
      (error: Error) => error instanceof RouteError && expected.test(error.message),
      line,
    )
  }
})

test('any line gives a route or a RouteError', () => {
  const piece = fc.constantFrom(
    'kern',
    '.',
    'err',
    ';',
    ' ',
    '=',
    '!',
    '*',
    'text',
    '~',
    '(',
    '"',
    "'",
    '\\',
    '/x',
    '-',
    '|',
    '@',
    ':',
    'kind',
    'size=1',
    '\0',
    'é',
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(piece, { maxLength: 12 }).map(parts => parts.join('')),
      ),
      line => {
        try {
          parseRoute(line)
        } catch (error) {
          assert.ok(error instanceof RouteError, String(error))
          assert.ok(error.message.length > 10)
        }
      },
    ),
    { numRuns: 2000 },
  )
})

test('a word that is quoted is read back as it was', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ minLength: 0 }), { maxLength: 4 }), words => {
      assert.deepEqual(
        splitWords(words.map(quoteWord).join(' ')).map(({ text }) => text),
        words,
      )
    }),
  )
})

test('docs/routes.md has every target, option and condition', () => {
  const text = readFileSync(join(import.meta.dirname, '../../../docs/routes.md'), 'utf8').replaceAll('\\|', '|')
  for (const { forms, options } of targetKinds) {
    for (const form of forms) assert.ok(text.includes(`\`${form}\``), form)
    for (const option of [...options, ...commonOptions]) assert.match(text, new RegExp(`\`${option}=`), option)
  }
  for (const key of conditionKeys) assert.match(text, new RegExp(`\`${key}[=~]`), key)
})
