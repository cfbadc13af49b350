// faultline users set-role: what somebody may.

import type { Command } from 'commander'
import { setRole as change } from '../../../server/access/users.ts'
import { type ExitCode, exitCode } from '../../exit.ts'
import type { CommandDefinition } from '../../program.ts'
import type { Terminal } from '../../terminal.ts'
import { byHand, dataOption, roleOf, userNamed, withTables } from './store.ts'

function define(command: Command): void {
  dataOption(command.argument('<NAME>').argument('<ROLE>', 'viewer, triager or admin'))
}

async function run(terminal: Terminal, command: Command): Promise<ExitCode> {
  const [name = '', text = ''] = command.args
  const role = roleOf(text)
  await withTables(command, async store => change(store, byHand(), (await userNamed(store, name)).id, role))
  await terminal.print(`${name} is ${role} from now on.\n`)
  return exitCode.found
}

export const setRole: CommandDefinition = { name: 'set-role', summary: 'what a user may', define, run }
