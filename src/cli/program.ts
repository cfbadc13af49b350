// The command tree: built once here, used by the command itself, its completions and its manual pages.

import { Command, CommanderError } from 'commander'
import { commands } from './commands/index.ts'
import { type ExitCode, exitCode, Trouble } from './exit.ts'
import { ReaderGone, type Terminal } from './terminal.ts'
import { version } from './version.ts'

/** One command: its file in commands/, a line in commands/index.ts. `define` adds arguments, options and help. */
export interface CommandDefinition {
  name: string
  summary: string
  define(command: Command): void
  /** its sub-commands, each a file in a folder of its name */
  commands?: readonly CommandDefinition[]
  run(terminal: Terminal, command: Command): Promise<ExitCode>
}

export function buildProgram(): Command {
  const program = new Command('faultline')
    .description('What a Linux kernel says when it fails: captured, decoded, explained.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [COMMAND]', 'print help for a command')
    .showHelpAfterError('(see --help)')
  addCommands(program, commands)
  return program
}

function addCommands(parent: Command, definitions: readonly CommandDefinition[]): void {
  for (const definition of definitions) {
    const command = parent.command(definition.name).description(definition.summary)
    definition.define(command)
    addCommands(command, definition.commands ?? [])
  }
}

/** Runs one command line (without node and script); gives the exit code, never throws for what a user can cause. */
export async function runProgram(args: readonly string[], terminal: Terminal): Promise<number> {
  let code: number = exitCode.found
  const printed: Promise<void>[] = []
  const program = buildProgram()
  const prepare = (command: Command): void => {
    command.exitOverride().configureOutput({
      writeOut: text => printed.push(terminal.print(text)),
      writeErr: text => terminal.stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'faultline: ')),
    })
    for (const child of command.commands) prepare(child)
  }
  prepare(program)
  const bind = (parent: Command, definitions: readonly CommandDefinition[]): void => {
    for (const definition of definitions) {
      const command = parent.commands.find(candidate => candidate.name() === definition.name)!
      bind(command, definition.commands ?? [])
      command.action(async () => {
        code = await definition.run(terminal, command)
      })
    }
  }
  bind(program, commands)
  try {
    await program.parseAsync([...args], { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) code = error.exitCode === 0 ? exitCode.found : exitCode.trouble
    else if (error instanceof Trouble) {
      terminal.complain(error.message)
      code = exitCode.trouble
    } else if (!(error instanceof ReaderGone)) throw error
  }
  await Promise.all(printed).catch((error: unknown) => {
    if (!(error instanceof ReaderGone)) throw error
  })
  return code
}
