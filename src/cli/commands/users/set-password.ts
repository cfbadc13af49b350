// faultline users set-password: a new password, and an end to the sessions of the old one.

import type { Command } from 'commander'
import { Passwords } from '../../../server/access/passwords.ts'
import { setPassword as change } from '../../../server/access/users.ts'
import { type ExitCode, exitCode } from '../../exit.ts'
import { askPassword } from '../../password.ts'
import type { CommandDefinition } from '../../program.ts'
import type { Terminal } from '../../terminal.ts'
import { byHand, dataOption, userNamed, withTables } from './store.ts'

function define(command: Command): void {
  dataOption(command.argument('<NAME>'))
}

async function run(terminal: Terminal, command: Command): Promise<ExitCode> {
  const [name = ''] = command.args
  await withTables(command, async store => {
    const { id } = await userNamed(store, name)
    await change(store, new Passwords(), byHand(), id, await askPassword(terminal, name))
  })
  await terminal.print(`The password of ${name} is changed; sessions with the old one have ended.\n`)
  return exitCode.found
}

export const setPassword: CommandDefinition = { name: 'set-password', summary: 'a new password', define, run }
