// faultline symbols list: what is in a debug file or an index.

import type { Command } from 'commander'
import { FormatError } from '../../../core/bytes/cursor.ts'
import { ElfCode } from '../../../core/localise/elf-code.ts'
import type { SourceIndex } from '../../../core/localise/source-index/container.ts'
import { terminalSafe } from '../../../core/render/safe.ts'
import { openElf } from '../../../node/elf-files.ts'
import { InputError } from '../../../node/files.ts'
import { openIndex } from '../../../node/symbol-index.ts'
import { type ExitCode, exitCode, Trouble } from '../../exit.ts'
import type { CommandDefinition } from '../../program.ts'
import type { Terminal } from '../../terminal.ts'

const help = `
Of a vmlinux or a module: its functions by address, with the size that traces print. Of an index: the kernel and the
modules in it, with their build IDs.

Exit status: 0 something listed, 1 the file has nothing, 2 it could not be read.`

async function run(terminal: Terminal, command: Command): Promise<ExitCode> {
  const path = command.args[0]!
  try {
    const index = await openIndex(path)
    const count = index === undefined ? await listFunctions(path, terminal) : await listObjects(index, terminal)
    return count > 0 ? exitCode.found : exitCode.nothing
  } catch (error) {
    if (error instanceof InputError || error instanceof FormatError) throw new Trouble(error.message)
    throw error
  }
}

async function listObjects(index: SourceIndex, terminal: Terminal): Promise<number> {
  const entries = await index.entries()
  for (const { name, buildId, size } of entries) {
    await terminal.print(`${terminalSafe(name).padEnd(24)} ${buildId ?? '-'} ${size}\n`)
  }
  return entries.length
}

/** Lines that are joined before they are printed. */
const BATCH = 4096

async function listFunctions(path: string, terminal: Terminal): Promise<number> {
  const elf = await openElf(path)
  const code = await ElfCode.open(path, elf)
  const { base, relocatable } = code
  const digits = elf.header.wordBytes * 2
  let count = 0
  let lines: string[] = []
  for (const { name, address, sizeBytes = 0 } of (await code.symbols()) ?? []) {
    // Sections of a module have no address yet: their own offsets say more.
    const section = relocatable ? elf.sections.findLast(({ index }) => elf.layout.starts[index]! <= address) : undefined
    const shown = section === undefined ? base + BigInt(address) : BigInt(address - elf.layout.starts[section.index]!)
    const where = section === undefined ? '' : `${section.name} `
    lines.push(
      `${shown.toString(16).padStart(digits, '0')} ${where}0x${sizeBytes.toString(16)} ${terminalSafe(name)}\n`,
    )
    count++
    if (lines.length < BATCH) continue
    await terminal.print(lines.join(''))
    lines = []
  }
  await terminal.print(lines.join(''))
  return count
}

export const list: CommandDefinition = {
  name: 'list',
  summary: 'the functions of a debug file, or the objects of an index',
  define: command => {
    command.argument('<FILE>', 'vmlinux, module or index').addHelpText('after', help)
  },
  run,
}
