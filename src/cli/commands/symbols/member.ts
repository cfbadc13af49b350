// faultline symbols member: what stands at an offset of a struct, as in "NULL pointer dereference, address: 0x2c".

import type { Command } from 'commander'
import { type MemberAt, type StructAt, structsAt } from '../../../core/formats/btf/members.ts'
import { terminalSafe } from '../../../core/render/safe.ts'
import { type ExitCode, exitCode, Trouble } from '../../exit.ts'
import type { CommandDefinition } from '../../program.ts'
import type { Terminal } from '../../terminal.ts'
import { defineTypeOptions, openTypes, type TypeOptions } from './types.ts'

const help = `
Examples:
  faultline symbols member task_struct+0x2c                       in the running kernel
  faultline symbols member --kernel-image vmlinuz request+0x180   in another, which needs no debug information

Exit status: 0 found, 1 no such struct or nothing at that offset, 2 the kernel could not be read or has no types.`

const question = /^(?:struct |union )?(?<name>[A-Za-z_]\w*)(?:\+(?<offset>0x[0-9a-fA-F]{1,8}|\d{1,9}))?$/

const hex = (value: number): string => `0x${value.toString(16)}`

async function run(terminal: Terminal, command: Command): Promise<ExitCode> {
  const asked = command.args[0]!
  const groups = question.exec(asked)?.groups
  if (groups === undefined) throw new Trouble(`${asked}: expected STRUCT+OFFSET, for example task_struct+0x2c`)
  const options = command.opts<TypeOptions & { json?: true }>()
  const btf = await openTypes(options)
  const offset = Number(groups['offset'] ?? 0)
  const structs = structsAt(btf, groups['name']!, offset)
  if (options.json) await terminal.print(`${JSON.stringify(structs)}\n`)
  else await terminal.print(structs.map(each => textOf(each, offset)).join('\n'))
  if (structs.length === 0) terminal.complain(`no struct or union ${groups['name']} in this kernel's types`)
  return structs.some(({ members }) => members.length > 0) ? exitCode.found : exitCode.nothing
}

function textOf({ name, sizeBytes, members, beyond, more }: StructAt, offset: number): string {
  const head = `${terminalSafe(name)} (${sizeBytes} bytes) + ${hex(offset)}`
  if (beyond !== undefined) {
    return `${head}: ${hex(beyond)} bytes behind its end, in what the code that allocated it keeps there\n`
  }
  if (members.length === 0) return `${head}: padding between two members\n`
  const width = Math.max(...members.map(({ path }) => path.length))
  const lines = members.map(member => `  ${terminalSafe(`${member.path.padEnd(width)}  ${lineOf(member, offset)}`)}\n`)
  return `${head}:\n${lines.join('')}${more ? '  …\n' : ''}`
}

function lineOf({ type, offset: start, sizeBytes, bits }: MemberAt, offset: number): string {
  const into = offset > start ? `, ${offset - start} into it` : ''
  const place =
    bits === undefined ? `${hex(start)}, ${sizeBytes} bytes` : `bits ${bits.offset}…${bits.offset + bits.count - 1}`
  return `${type}  at ${place}${into}`
}

export const member: CommandDefinition = {
  name: 'member',
  summary: 'the member of a struct at an offset',
  define: command => {
    command.argument('<STRUCT+OFFSET>', 'struct, union or typedef, and an offset in bytes')
    defineTypeOptions(command)
    command.option('--json', 'one JSON array: a struct of this name each').addHelpText('after', help)
  },
  run,
}
