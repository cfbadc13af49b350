// A damaged file under a sound report: what can be read is read, and nothing is thrown.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Random } from '../../../../tests/random.ts'
import { machines, stackProgram, unavailable } from '../../../../tests/stack-programs.ts'
import { MemoryFile } from '../../bytes/byte-file.ts'
import { FormatError } from '../../bytes/cursor.ts'
import { ElfFile } from '../../formats/elf/elf-file.ts'
import { ElfCode } from '../elf-code.ts'
import { elfObject } from './code-object.ts'
import { recoverStack } from './recover.ts'

const damaged = ['.eh_frame', '.debug_frame', '.debug_info', '.debug_abbrev', '.debug_loclists', '.debug_str', '.text']
const machine = machines[0]!

test('walks and variables over damaged sections', { skip: unavailable(machine) ?? false }, async () => {
  const { path, report } = await stackProgram(machine, ['-O2'])
  const whole = readFileSync(path)
  const sound = await ElfFile.open(new MemoryFile(path, whole))
  const random = new Random(17)
  let frames = 0
  for (let round = 0; round < 120; round++) {
    const bytes = Uint8Array.from(whole)
    const section = sound.section(damaged[round % damaged.length]!)
    if (section === undefined) continue
    // The program's own part of each section comes first; libc's is behind it.
    const reach = Math.min(section.size, 4096)
    for (let count = 0; count < 40; count++) bytes[section.offset + random.below(reach)] = random.below(256)
    const copy = structuredClone(report)
    try {
      const object = elfObject(
        undefined,
        await ElfCode.open('vmlinux', await ElfFile.open(new MemoryFile(path, bytes))),
      )
      await recoverStack(copy, [object], 0n)
    } catch (error) {
      assert.ok(error instanceof FormatError, String(error))
      assert.fail(`round ${round}, ${damaged[round % damaged.length]}: ${error.message} was not caught`)
    }
    frames += copy.stack?.frames?.length ?? 0
  }
  assert.ok(frames > 100, `${frames} frames`)
})
