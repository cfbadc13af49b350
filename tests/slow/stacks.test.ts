// Programs whose call chain is known, compiled for each machine with and without what helps unwinding, and stopped by a
// fault in the leaf: the walk must find each function, and no other.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { recoverStack } from '../../src/core/localise/unwind/recover.ts'
import type { ArchName, StackFrame } from '../../src/core/model.ts'
import { installMachines, type Machine, machines, stackProgram, unavailable } from '../stack-programs.ts'

installMachines()

interface Build {
  name: string
  flags: readonly string[]
  /** how the frames above the leaf must be found; absent: in any way */
  by?: StackFrame['by']
  only?: readonly ArchName[]
  not?: readonly ArchName[]
  /** leaves no frame of jumper */
  tailCalls?: true
}

const noTables = ['-g0', '-fno-asynchronous-unwind-tables', '-fno-unwind-tables']
const builds: readonly Build[] = [
  {
    name: 'call frame information, tail calls, no frame pointer',
    flags: ['-O2', '-fomit-frame-pointer'],
    by: 'cfi',
    tailCalls: true,
  },
  { name: 'the same in DWARF 4, calls kept', flags: ['-O2', '-gdwarf-4', '-fno-optimize-sibling-calls'], by: 'cfi' },
  {
    name: 'prologues, tail calls, no frame pointer',
    flags: ['-O2', '-fomit-frame-pointer', ...noTables],
    by: 'prologue',
    tailCalls: true,
    // x86's are only read as far as they are pushes; arm is Thumb by default, below with -marm
    not: ['x86_64', 'arm'],
  },
  { name: 'prologues, unoptimised', flags: ['-O0', ...noTables], by: 'prologue', not: ['x86_64', 'arm', 's390x'] },
  { name: 'no tables, tail calls', flags: ['-O2', ...noTables], only: ['x86_64', 'arm'], tailCalls: true },
  { name: 'APCS frames', flags: ['-marm', '-O1', '-mapcs-frame', ...noTables], by: 'prologue', only: ['arm'] },
  {
    name: 'no frame pointer, -marm',
    flags: ['-marm', '-O2', '-fomit-frame-pointer', ...noTables],
    by: 'prologue',
    only: ['arm'],
    tailCalls: true,
  },
  {
    name: 'unwinding tables, -marm',
    flags: ['-marm', '-O2', '-g0', '-funwind-tables'],
    by: 'unwind-table',
    only: ['arm'],
    tailCalls: true,
  },
  {
    name: 'unwinding tables, Thumb',
    flags: ['-mthumb', '-O2', '-g0', '-funwind-tables'],
    by: 'unwind-table',
    only: ['arm'],
  },
  { name: 'frame pointers', flags: ['-O1', '-fno-omit-frame-pointer', ...noTables], only: ['x86_64'] },
]

const chain = ['leaf', 'inner', 'jumper', 'middle', 'outer', 'run', 'main']

const fits = ({ only, not = [] }: Build, { arch }: Machine): boolean =>
  (only?.includes(arch) ?? true) && !not.includes(arch)

for (const machine of machines) {
  for (const build of builds) {
    if (!fits(build, machine)) continue
    test(`${machine.arch}: ${build.name}`, { skip: unavailable(machine) ?? false }, async () => {
      const { report, object } = await stackProgram(machine, build.flags)
      await recoverStack(report, [object], 0n)
      const frames = report.stack?.frames ?? []
      const names = frames.map(({ symbol }) => symbol)
      const inferred = frames.filter(each => each.inferred !== undefined).map(({ symbol }) => symbol)
      // Thumb's jumps are not read.
      const wanted =
        names.includes('jumper') || machine.arch !== 'arm' ? chain : chain.filter(name => name !== 'jumper')
      assert.deepEqual(names.slice(0, wanted.length), wanted)
      assert.deepEqual(inferred, build.tailCalls && names.includes('jumper') ? ['jumper'] : [])
      if (build.by !== undefined) {
        const walked = frames.slice(1, wanted.length).filter(each => each.inferred === undefined)
        assert.deepEqual(new Set(walked.map(({ by }) => by)), new Set([build.by]))
      }
      assertSound(frames)
    })
  }
}

/** Frames lie one above the other, and words of the stack say whose they are. */
function assertSound(frames: readonly StackFrame[]): void {
  for (const [index, { bottom, top }] of frames.entries()) {
    const next = frames[index + 1]
    if (top === undefined) continue
    assert.ok(BigInt(top) >= BigInt(bottom), `frame ${index} ends below its start`)
    if (next !== undefined) assert.equal(next.bottom, top)
  }
}

test('words: return addresses, saved registers, locals by their names', {
  skip: unavailable(machines[1]!) ?? false,
}, async () => {
  const { report, object } = await stackProgram(machines[1]!, ['-O0'])
  await recoverStack(report, [object], 0n)
  const { words, frames = [] } = report.stack!
  const inner = frames.findIndex(({ symbol }) => symbol === 'inner')
  const own = words.filter(({ frame }) => frame === inner)
  assert.ok(own.some(({ kind, meaning }) => kind === 'local' && meaning?.startsWith('engine')))
  assert.ok(own.some(({ kind }) => kind === 'frame-link'))
  assert.ok(
    words.some(
      ({ kind, meaning }) => kind === 'return-address' && meaning?.startsWith('return address of inner  jumper+'),
    ),
  )
  const bounds = frames[inner]!
  for (const { address } of own) {
    assert.ok(BigInt(address!) >= BigInt(bounds.bottom) && BigInt(address!) < BigInt(bounds.top!))
  }
})

// outer(none, 19, "wheel"), middle(…, 22), jumper(…, 44), inner(…, 45), leaf(…, 77)
const values: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  leaf: { engine: 'NULL', speed: '77' },
  inner: { number: '45' },
  middle: { number: '22' },
  outer: { number: '19' },
  run: { number: '19' },
}

for (const machine of machines) {
  for (const flags of [['-O2'], ['-O2', '-gdwarf-4'], ['-O0']]) {
    test(`${machine.arch}: arguments of all frames, ${flags.join(' ')}`, {
      skip: unavailable(machine) ?? false,
    }, async () => {
      const { report, object } = await stackProgram(machine, flags)
      await recoverStack(report, [object], 0n)
      for (const { symbol = '', variables = [] } of report.stack?.frames ?? []) {
        for (const [name, value] of Object.entries(values[symbol] ?? {})) {
          const variable = variables.find(each => each.name === name)
          assert.equal(variable?.value, value, `${symbol}: ${name} ${variable?.where}`)
          assert.equal(variable?.argument, true)
        }
      }
    })
  }
}
