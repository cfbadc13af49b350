// A report whose log ends before it does says so.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { decodeBytes } from '../decoder.ts'

const kinds = join(import.meta.dirname, '../../../fixtures/kinds')

/** What is damaged in the first report of the fixture, when the log ends before the first line with `mark`. */
function damageOf(fixture: string, mark?: string): string[] {
  const lines = readFileSync(join(kinds, fixture, 'input.log'), 'latin1').split('\n')
  const end = mark === undefined ? lines.length : lines.findIndex(line => line.includes(mark))
  assert.ok(end > 0)
  const [report] = decodeBytes(Buffer.from(lines.slice(0, end).join('\n'), 'latin1'))
  return (report?.damage ?? []).map(({ what }) => what)
}

test('lockdep ends with its stack backtrace', () => {
  for (const fixture of ['x86_64-6.6-circular', 'x86_64-5.15-inconsistent-state', 'x86_64-6.1-lab-softirq']) {
    assert.deepEqual(damageOf(`lockdep/${fixture}`), [], fixture)
    assert.ok(damageOf(`lockdep/${fixture}`, 'stack backtrace:').includes('missing-end'), fixture)
  }
})

test('behind the registers of what was interrupted come its callers', () => {
  // That trace goes on to </TASK>; without it, the log ends at "RIP: 0010:default_idle".
  const fixture = 'lockdep/x86_64-5.15-inconsistent-state'
  assert.deepEqual(damageOf(fixture, '</TASK>'), ['missing-end'])
  // The end of an oops shows the registers again: nothing is missing there.
  assert.deepEqual(damageOf('null-dereference/x86_64-6.1-lab-null-read'), [])
})
