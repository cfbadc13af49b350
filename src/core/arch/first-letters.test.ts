import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Random } from '../../../tests/random.ts'
import { firstLetterTable } from './first-letters.ts'
import { arches } from './index.ts'

const lineOf = (text: string): [string, number] => [text, text.length - text.trimStart().length]

test('only what can begin with a line’s first letter is tried', () => {
  const table = firstLetterTable([
    [/^\s*(?:CPU: \d|PC is at |-> #\d+)/, 'kernel'],
    [/^(?:[cp]pu\d|\d+ pages|PC: )/, 'device'],
  ])
  const sources = (text: string): string[] => table(...lineOf(text)).each.map(({ pattern }) => pattern.source)
  assert.deepEqual(sources('CPU: 0'), ['^\\s*(?:CPU: \\d)'])
  assert.deepEqual(sources('  PC is at'), ['^\\s*(?:PC is at )', '^(?:PC: )'])
  assert.deepEqual(sources('7 pages'), ['^(?:\\d+ pages)'])
  assert.deepEqual(sources('zone'), [])
  assert.equal(table(...lineOf('zone')).any.test('zone'), false)
  assert.equal(table(...lineOf('cpu1')).any.test('cpu1'), true)
})

// Every way to begin that a pattern has: optional parts, sets, groups in groups, what it looks for ahead.
const patterns = [
  /^\s*(?:\[<ffff[0-9a-f]{4}>\] )?(?:do_|x64_)sys/,
  /^[\s?]*(?:<\/?IRQ>|(?!e1)[a-f]\d?|\(\w+\))/,
  /^(?:(?:a|b)?c|\*\*|.{0,2}z|[^k]y|\S+ x|\$ ?\d)/,
  /^(?<name>[A-C]|[-=]+>)+;?/,
]

test('whatever a line is, it is matched as by the whole pattern', () => {
  const random = new Random(7)
  const letters = ' \t?[]<>/ffffdosysx64_abcz*k$0-=;()IRQA:e1ä\u00a0'
  const table = firstLetterTable(patterns.map((pattern, index) => [pattern, index]))
  let matches = 0
  for (let round = 0; round < 10_000; round++) {
    const text = Array.from({ length: random.below(9) }, () => letters[random.below(letters.length)]).join('')
    const { any, each } = table(...lineOf(text))
    const found = each.filter(({ pattern }) => pattern.test(text)).map(({ value }) => value)
    const wanted = patterns.flatMap((pattern, index) => (pattern.test(text) ? [index] : []))
    assert.deepEqual(found, wanted, JSON.stringify(text))
    assert.equal(any.test(text), wanted.length > 0, JSON.stringify(text))
    matches += wanted.length
  }
  assert.ok(matches > 1000)
})

test('the signatures of architectures have no flags, and begin at the start of the line', () => {
  for (const { signatures } of arches)
    for (const { flags, source } of signatures) assert.ok(flags === '' && source.startsWith('^'), source)
})
