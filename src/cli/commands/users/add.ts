// faultline users add: a user who logs in with a password.

import type { Command } from 'commander'
import { Passwords } from '../../../server/access/passwords.ts'
import { addUser } from '../../../server/access/users.ts'
import { type ExitCode, exitCode } from '../../exit.ts'
import { askPassword } from '../../password.ts'
import type { CommandDefinition } from '../../program.ts'
import type { Terminal } from '../../terminal.ts'
import { byHand, dataOption, roleOf, withTables } from './store.ts'

const help = `
The password is asked for, or is the first line of standard input:

  faultline users add alice --role admin
  pwgen 20 1 | tee alice.txt | faultline users add alice --role triager

viewer sees everything; triager also says what issues are, and uploads logs and symbols; admin also has users, tokens,
hosts and settings. The server may run meanwhile.`

function define(command: Command): void {
  dataOption(command.argument('<NAME>', 'a-z 0-9 . _ -'))
    .option('--role <ROLE>', 'viewer, triager or admin', 'viewer')
    .addHelpText('after', help)
}

async function run(terminal: Terminal, command: Command): Promise<ExitCode> {
  const [name = ''] = command.args
  const role = roleOf(command.opts<{ role: string }>().role)
  const password = await askPassword(terminal, name)
  await withTables(command, store => addUser(store, new Passwords(), byHand(), { name, password, role }))
  await terminal.print(`${name} can log in as ${role}.\n`)
  return exitCode.found
}

export const add: CommandDefinition = { name: 'add', summary: 'a new user', define, run }
