// No pattern backtracks: each regular expression of the core takes linear time on any line. Attack texts are computed
// from its automaton; what the theory finds is then tried on the real matcher.

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { decode } from './fuzz/invariants.ts'
import { wholeLogs } from './fuzz/seeds.ts'
import { attacksOn } from './linear/attack.ts'
import { type Expression, literalsIn, usedDuring } from './linear/expressions.ts'
import { SyntaxReader } from './linear/syntax.ts'

const root = join(import.meta.dirname, '..')

/** What is given to them is cut short before. */
const shortTexts: Readonly<Record<string, string>> = {}

/** As long as a line can be (MAX_LINE_BYTES is 64 KiB); a linear match takes some microseconds, a quadratic one half a second. */
const textLength = 20_000
const slowMs = 25
const rounds = 28

// (a record's text has no line break)
const endings = ['', '\0', '!', 'x', ' ', '0', '~ !', '(', ': ']

/** Of this thread: what else the machine does is no matter. */
const cpuMs = (): number => process.threadCpuUsage().user / 1000

/** Milliseconds of processor time of the slowest match on texts of this shape. */
function slowest(expression: Expression, prefix: string, pump: string, times: number): number {
  let worst = 0
  for (const ending of endings) {
    const text = prefix + pump.repeat(times) + ending
    const pattern = new RegExp(expression.source, expression.flags)
    const began = cpuMs()
    pattern.exec(text)
    worst = Math.max(worst, cpuMs() - began)
    if (worst > slowMs) break
  }
  return worst
}

function problemOf(expression: Expression): string | undefined {
  const { source, flags } = expression
  const search = !flags.includes('y') && !anchored(source)
  for (const { degree, prefix, pump } of attacksOn(new SyntaxReader(source, flags).read(), search)) {
    // An exponential one is tried with one round more each time: some of them double often.
    const last = degree === 'exponential' ? rounds : Math.ceil(textLength / pump.length)
    for (let times = degree === 'exponential' ? 2 : last; times <= last; times++) {
      // Twice: the first time may be slow for other reasons.
      const slow = () => slowest(expression, prefix, pump, times) >= slowMs
      if (slow() && slow()) return `${degree} on ${JSON.stringify(prefix)} + ${JSON.stringify(pump)} × ${times}`
    }
  }
  return undefined
}

/** All alternatives begin at the start of the text. */
function anchored(source: string): boolean {
  let depth = 0
  let inClass = false
  let starts = true
  for (let at = 0; at < source.length; at++) {
    if (starts && source[at] !== '^') return false
    starts = false
    if (source[at] === '\\') at++
    else if (source[at] === '[') inClass = true
    else if (source[at] === ']') inClass = false
    else if (inClass) continue
    else if (source[at] === '(') depth++
    else if (source[at] === ')') depth--
    else if (source[at] === '|' && depth === 0) starts = true
  }
  return true
}

test('the search for attacks finds those that are known', () => {
  const expression = (source: string): Expression => ({ source, flags: '', where: '' })
  for (const source of [
    '^(a+)+$',
    '^(?:a|a)*$',
    '^(?:\\w{1,8})+:',
    '^(?:ab|a|b)*c',
    '^\\s*\\s*x',
    '\\d+x',
    '^a*b?a*$',
  ]) {
    assert.ok(problemOf(expression(source)), source)
  }
  for (const source of ['^a+b+$', '^(?:ab)+$', '^\\s*\\S', 'a{1,9}x', '^[^:]*: ', '^(?:\\w+ )+$', '^a*', 'x$']) {
    assert.equal(problemOf(expression(source)), undefined, source)
  }
})

test('every pattern of the core takes linear time', () => {
  const literals = literalsIn(root, 'src/core/**/*.ts')
  const used = usedDuring(() => {
    for (const { bytes } of wholeLogs()) decode(bytes)
  })
  assert.ok(literals.length > 100 && used.length > 100)
  const all = new Map([...used, ...literals].map(one => [`/${one.source}/${one.flags}`, one]))
  const problems: string[] = []
  for (const [name, expression] of all) {
    if (name in shortTexts) continue
    const problem = problemOf(expression)
    if (problem !== undefined) problems.push(`${expression.where}: ${name}\n    ${problem}`)
  }
  assert.deepEqual(problems, [], problems.join('\n'))
})
