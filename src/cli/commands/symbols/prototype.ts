// faultline symbols prototype: what a function takes, so that the registers of its arguments have a type.

import type { Command } from 'commander'
import { prototypesOf } from '../../../core/formats/btf/prototypes.ts'
import { terminalSafe } from '../../../core/render/safe.ts'
import { type ExitCode, exitCode } from '../../exit.ts'
import type { CommandDefinition } from '../../program.ts'
import type { Terminal } from '../../terminal.ts'
import { defineTypeOptions, openTypes, type TypeOptions } from './types.ts'

async function run(terminal: Terminal, command: Command): Promise<ExitCode> {
  const name = command.args[0]!
  const options = command.opts<TypeOptions & { json?: true }>()
  const prototypes = prototypesOf(await openTypes(options), name)
  if (options.json) await terminal.print(`${JSON.stringify(prototypes)}\n`)
  else await terminal.print(prototypes.map(({ text }) => `${terminalSafe(text)};\n`).join(''))
  if (prototypes.length === 0) terminal.complain(`no function ${name} in this kernel's types`)
  return prototypes.length > 0 ? exitCode.found : exitCode.nothing
}

export const prototype: CommandDefinition = {
  name: 'prototype',
  summary: 'arguments and result of a kernel function',
  define: command => {
    command.argument('<FUNCTION>', 'its name')
    defineTypeOptions(command)
    command.option('--json', 'one JSON array: a function of this name each')
  },
  run,
}
