// Two CPUs report at the same time and no line names its caller: they stand line by line in turn, and both are found.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { decodeBytes } from '../src/core/decoder.ts'

const titlesOf = (log: string): string[] => decodeBytes(new TextEncoder().encode(log)).map(report => report.title)

const fixture = (name: string): { log: string; lines: string[] } => {
  const log = readFileSync(new URL(`../fixtures/kinds/${name}/input.log`, import.meta.url), 'utf8')
  return { log, lines: log.trimEnd().split('\n') }
}

/** The lines of both in turn, what is left of the longer one behind them, on one clock. */
function inTurn(left: readonly string[], right: readonly string[]): string {
  const merged: string[] = []
  for (let i = 0; i < Math.max(left.length, right.length); i++)
    for (const line of [left[i], right[i]]) if (line !== undefined) merged.push(line)
  return merged
    .map((line, i) => `[  100.${String(i * 137).padStart(6, '0')}] ${line.replace(/^\[ *\d+\.\d+\] ?/, '')}\n`)
    .join('')
}

const pairs = [
  ['warning/x86_64-6.1-module', 'lockdep/x86_64-6.1-held-lock-freed'],
  ['fortify/x86_64-6.1-strncpy', 'warning/x86_64-6.1-module'],
  ['fortify/x86_64-6.1-strncpy', 'lockdep/x86_64-6.1-suspicious-rcu'],
  ['lockdep/x86_64-6.1-suspicious-rcu', 'warning/x86_64-6.1-module'],
] as const

for (const [one, other] of pairs) {
  test(`${one} and ${other}`, () => {
    const left = fixture(one)
    const right = fixture(other)
    const wanted = [...titlesOf(left.log), ...titlesOf(right.log)]
    assert.equal(wanted.length, 2)
    for (const log of [inTurn(left.lines, right.lines), inTurn(right.lines, left.lines)])
      assert.deepEqual(titlesOf(log).sort(), [...wanted].sort())
  })
}

test('a panic for a corrupted stack is not the end of another one', () => {
  const panic = (cpu: number, pid: number, fn: string): string[] => [
    'Kernel panic - not syncing: corrupted stack end detected inside scheduler',
    `CPU: ${cpu} PID: ${pid} Comm: fl-ctl Not tainted 4.19.300 #1`,
    'Hardware name: QEMU Standard PC (i440FX + PIIX, 1996), BIOS 1.14.0-2 04/01/2014',
    'Call Trace:',
    ' dump_stack+0x118/0x19c',
    ' panic+0x1b8/0x31c',
    ' schedule+0x0/0x240',
    ` ${fn}+0x3c/0x78`,
    ' do_syscall_64+0x5d/0xb0',
    ' entry_SYSCALL_64_after_hwframe+0x6e/0xd8',
  ]
  const log = inTurn(panic(0, 812, 'fl_read'), panic(1, 813, 'fl_write'))
  assert.deepEqual(titlesOf(log).sort(), [
    'kernel panic: corrupted stack end in fl_read',
    'kernel panic: corrupted stack end in fl_write',
  ])
})
