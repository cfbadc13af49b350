// faultline users remove: somebody logs in no more.

import type { Command } from 'commander'
import { removeUser } from '../../../server/access/users.ts'
import { type ExitCode, exitCode } from '../../exit.ts'
import type { CommandDefinition } from '../../program.ts'
import type { Terminal } from '../../terminal.ts'
import { byHand, dataOption, userNamed, withTables } from './store.ts'

function define(command: Command): void {
  dataOption(command.argument('<NAME>'))
}

async function run(terminal: Terminal, command: Command): Promise<ExitCode> {
  const [name = ''] = command.args
  await withTables(command, async store => removeUser(store, byHand(), (await userNamed(store, name)).id))
  await terminal.print(`${name} is removed; the sessions and tokens that they had opened have ended.\n`)
  return exitCode.found
}

export const remove: CommandDefinition = {
  name: 'remove',
  summary: 'remove a user with their sessions and tokens',
  define,
  run,
}
