// Which expression of the source a pointer was, where only the code tells: a program compiled here, and the registers that it
// would have had. On real kernels: tests/slow/stacks-lab.test.ts.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { MemoryFile } from '../src/core/bytes/byte-file.ts'
import { explainPointer } from '../src/core/explain/pointer.ts'
import { ElfFile } from '../src/core/formats/elf/elf-file.ts'
import { ElfCode } from '../src/core/localise/elf-code.ts'
import { disassembleReport } from '../src/core/localise/instructions.ts'
import { elfObject } from '../src/core/localise/unwind/code-object.ts'
import { recoverStack } from '../src/core/localise/unwind/recover.ts'
import type { Report } from '../src/core/model.ts'
import { findDisassembler } from '../src/node/disassemblers/index.ts'
import { has, scratchFolder, sources } from './toolchain.ts'

const gcc = 'x86_64-linux-gnu-gcc'
const STACK = 0xffffc90000123000n

/** What is said of a fault at the function's load from `offset` of a register. */
async function said(name: string, registers: Record<string, string>): Promise<string | undefined> {
  const path = join(scratchFolder(), 'pointers.o')
  const flags = ['-c', '-g', '-O2', '-mno-red-zone', '-fcf-protection=none', '-fno-omit-frame-pointer']
  execFileSync(gcc, [...flags, '-o', path, join(sources, 'pointers.c')])
  const elf = await ElfFile.open(new MemoryFile('pointers.o', readFileSync(path)))
  const code = await ElfCode.open('fl', elf)
  const object = elfObject('fl', code)
  const symbol = (await object.named(name))[0]
  assert.ok(symbol?.sizeBytes !== undefined, `no ${name}`)
  const bytes = (await object.bytes(symbol.address, symbol.sizeBytes))!
  const report = {
    arch: 'x86_64',
    severity: 'oops',
    kind: 'general-protection',
    text: 'RIP: 0010:it',
    lines: { first: 1, last: 1 },
    registers: { RSP: `0x${STACK.toString(16)}`, RBP: `0x${(STACK + 8n).toString(16)}`, ...registers },
    code: { bytes: Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join(' '), unitBytes: 1 },
  } as unknown as Report
  await disassembleReport(report, findDisassembler)
  // The fault is at the load of the member: gear is at 48.
  const instructions = report.code!.instructions!
  const fault = instructions.findIndex(({ text }) => /^mov 0x30\(%rax\)/.test(text))
  assert.ok(fault > 0, instructions.map(({ text }) => text).join('\n'))
  instructions[fault]!.fault = true
  const lengths = instructions.slice(0, fault).map(each => each.bytes.split(' ').length)
  const offset = lengths.reduce((sum, each) => sum + each, 0)
  report.pc = { symbol: name, offset, size: symbol.sizeBytes, module: 'fl' }
  return (await explainPointer(report, await recoverStack(report, [object])))?.what
}

const skip = has(gcc) ? false : `needs ${gcc}`

test('an argument that the compiler took apart', { skip }, async () => {
  assert.equal(
    await said('chain.isra.0', { RAX: '0x0000000000000000', RDI: '0xffff888012345678' }),
    'first->next->next is NULL: first->next->next->gear was to be read',
  )
})

test('an argument that it took apart into one of several', { skip }, async () => {
  assert.equal(await said('either.isra.0', { RAX: '0x0000000000000000', RDI: '0xffff888012345678' }), undefined)
})

test('a variable that is kept on the stack, of which no word was printed', { skip }, async () => {
  assert.equal(
    await said('kept', { RAX: '0x6b6b6b6b6b6b6b6b' }),
    'engine is POISON_FREE (0x6b6b6b6b6b6b6b6b): engine->gear was to be read',
  )
})
