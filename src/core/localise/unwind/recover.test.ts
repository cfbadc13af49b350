// One program on each machine whose compiler is here; tests/slow/stacks.test.ts has them in all ways of compiling.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { machines, stackProgram, unavailable } from '../../../../tests/stack-programs.ts'
import { recoverStack } from './recover.ts'

const chosen: Readonly<Record<string, readonly string[]>> = {
  x86_64: ['-O2'],
  powerpc: ['-O2', '-g0', '-fno-asynchronous-unwind-tables', '-fno-unwind-tables'],
  arm: ['-marm', '-O2', '-g0', '-funwind-tables'],
}

for (const machine of machines.filter(({ arch }) => chosen[arch] !== undefined)) {
  test(`${machine.arch}: frames, one of them inferred`, { skip: unavailable(machine) ?? false }, async () => {
    const { report, object } = await stackProgram(machine, chosen[machine.arch]!)
    await recoverStack(report, [object], 0n)
    const frames = report.stack?.frames ?? []
    assert.deepEqual(
      frames.slice(0, 6).map(({ symbol }) => symbol),
      ['leaf', 'inner', 'jumper', 'middle', 'outer', 'run'],
    )
    assert.match(frames[2]?.inferred ?? '', /^middle calls it, and it jumps to inner/)
    const word = report.stack?.words.find(({ kind }) => kind === 'return-address')
    assert.match(word?.meaning ?? '', /^return address of (?:leaf|inner) {2}(?:inner|middle)\+0x/)
  })
}

test('without any file: the chain of frames', { skip: unavailable(machines[1]!) ?? false }, async () => {
  const { report } = await stackProgram(machines[1]!, ['-O0', '-g0'])
  const { object } = await stackProgram(machines[1]!, ['-O0'])
  // What a kernel's own trace says: names, and the addresses that they have.
  const traced = await object.named('middle')
  report.pc = { ...report.pc, symbol: 'leaf', offset: 4 }
  report.traces = [
    {
      title: 'Call Trace',
      frames: [{ symbol: 'middle', offset: 0, address: `0x${(traced[0]!.address + 0).toString(16)}` }],
    },
  ]
  await recoverStack(report)
  const frames = report.stack?.frames ?? []
  assert.ok(frames.length >= 5, JSON.stringify(frames))
  assert.deepEqual(new Set(frames.slice(2).map(({ by }) => by)), new Set(['chain']))
})
