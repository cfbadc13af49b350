// faultline users list: who may log in.

import type { Command } from 'commander'
import { terminalSafe } from '../../../core/render/safe.ts'
import { listUsers, type User } from '../../../server/access/users.ts'
import { type ExitCode, exitCode } from '../../exit.ts'
import type { CommandDefinition } from '../../program.ts'
import type { Terminal } from '../../terminal.ts'
import { dataOption, withTables } from './store.ts'

function define(command: Command): void {
  dataOption(command).option('--json', 'one JSON object a line')
}

const day = (ms: number | undefined): string => (ms === undefined ? 'never' : new Date(ms).toISOString().slice(0, 10))

const line = ({ name, role, by, lastLogin }: User): string =>
  `${terminalSafe(name).padEnd(24)} ${role.padEnd(8)} ${by.padEnd(9)} last login ${day(lastLogin)}`

async function run(terminal: Terminal, command: Command): Promise<ExitCode> {
  const { json } = command.opts<{ json?: true }>()
  const users = await withTables(command, listUsers)
  for (const user of users) await terminal.print(`${json ? JSON.stringify(user) : line(user)}\n`)
  return users.length === 0 ? exitCode.nothing : exitCode.found
}

export const list: CommandDefinition = { name: 'list', summary: 'who may log in, and as what', define, run }
