// The page walks a stack by the files that are dropped on it, as the command does. In Node, whose Blob cannot be read at once:
// what the browser's FileReaderSync would give is handed over.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { recoverStack } from '../../src/core/localise/unwind/recover.ts'
import type { Report } from '../../src/core/model.ts'
import { findDisassembler } from '../../src/node/disassemblers/index.ts'
import { PageSymbols } from '../../src/web/decode/symbols/page-symbols.ts'
import { installMachines, machines, stackProgram, unavailable } from '../stack-programs.ts'

class Bytes extends Blob {
  readonly held: Uint8Array<ArrayBuffer>
  constructor(bytes: Uint8Array<ArrayBuffer>) {
    super([bytes])
    this.held = bytes
  }
  override slice(start = 0, end = this.size): Blob {
    return new Bytes(this.held.slice(start, end))
  }
}
Object.assign(globalThis, {
  FileReaderSync: class {
    readAsArrayBuffer(blob: Bytes): ArrayBuffer {
      return blob.held.slice().buffer
    }
  },
})

installMachines()
const chainOf = ({ stack }: Report) => stack?.frames?.map(({ symbol }) => symbol)

for (const machine of machines.filter(({ arch }) => /^(?:x86_64|arm64|s390x)$/.test(arch))) {
  test(`${machine.arch}: frames without frame pointers`, { skip: unavailable(machine) ?? false }, async () => {
    const { path, report, object } = await stackProgram(machine, ['-O2', '-fomit-frame-pointer'])
    const other = structuredClone(report)
    const file = new Bytes(new Uint8Array(readFileSync(path)))
    const symbols = await PageSymbols.open([{ file, name: 'vmlinux' }], findDisassembler)
    assert.deepEqual(symbols.takeProblems(), [])
    await symbols.add(report)
    await recoverStack(other, [object])
    assert.ok(chainOf(other)!.length > 3)
    assert.deepEqual(chainOf(report), chainOf(other))
  })
}
