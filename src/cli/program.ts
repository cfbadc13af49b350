// The command tree: built once here, used by the command itself, its completions and its manual pages.

import { Command, CommanderError } from 'commander'
import { commands } from './commands/index.ts'
import { type ExitCode, exitCode, Trouble } from './exit.ts'
import { ReaderGone, type Terminal } from './terminal.ts'
import { version } from './version.ts'

/** A command by its name; its file is loaded when it is asked for, since all of them take a tenth of a second. */
export interface CommandEntry {
  name: string
  load(): Promise<CommandDefinition>
}

/** One command: its file in commands/, a line in commands/index.ts. `define` adds arguments, options and help. */
export interface CommandDefinition {
  name: string
  summary: string
  define(command: Command): void
  /** its sub-commands, each a file in a folder of its name */
  commands?: readonly CommandEntry[]
  /** how a wrong command line ends it, where another command's place is taken; 2 without */
  usageExit?: ExitCode
  run(terminal: Terminal, command: Command): Promise<ExitCode>
}

interface LoadedCommand {
  definition: CommandDefinition
  commands: LoadedCommand[]
}

/** The command that the words name and its sub-commands; all where they name none: for help, and for suggestions. */
async function load(entries: readonly CommandEntry[], words: readonly string[]): Promise<LoadedCommand[]> {
  const named = entries.filter(({ name }) => name === words[0])
  return Promise.all(
    (named.length > 0 ? named : entries).map(async entry => {
      const definition = await entry.load()
      return { definition, commands: await load(definition.commands ?? [], named.length > 0 ? words.slice(1) : []) }
    }),
  )
}

/** The tree with all commands. */
export const buildProgram = async (): Promise<Command> => programOf(await load(commands, []))

function programOf(loaded: readonly LoadedCommand[]): Command {
  const program = new Command('faultline')
    .description('What a Linux kernel says when it fails: captured, decoded, explained.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [COMMAND]', 'print help for a command')
    .showHelpAfterError('(see --help)')
  addCommands(program, loaded)
  return program
}

function addCommands(parent: Command, loaded: readonly LoadedCommand[]): void {
  for (const { definition, commands: children } of loaded) {
    const command = parent.command(definition.name).description(definition.summary)
    definition.define(command)
    addCommands(command, children)
  }
}

/** Runs one command line (without node and script); gives the exit code, never throws for what a user can cause. */
export async function runProgram(args: readonly string[], terminal: Terminal): Promise<number> {
  let code: number = exitCode.found
  const printed: Promise<void>[] = []
  // The version is told without any command.
  const loaded = /^(?:-V|--version)$/.test(args[0] ?? '') ? [] : await load(commands, args)
  const program = programOf(loaded)
  const prepare = (command: Command): void => {
    command.exitOverride().configureOutput({
      writeOut: text => printed.push(terminal.print(text)),
      writeErr: text => terminal.stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'faultline: ')),
    })
    for (const child of command.commands) prepare(child)
  }
  prepare(program)
  const bind = (parent: Command, children: readonly LoadedCommand[]): void => {
    for (const { definition, commands: grandchildren } of children) {
      const command = parent.commands.find(candidate => candidate.name() === definition.name)!
      bind(command, grandchildren)
      command.action(async () => {
        code = await definition.run(terminal, command)
      })
    }
  }
  bind(program, loaded)
  try {
    await program.parseAsync([...args], { from: 'user' })
  } catch (error) {
    const usageExit = loaded.length === 1 ? loaded[0]!.definition.usageExit : undefined
    if (error instanceof CommanderError) {
      code = error.exitCode === 0 ? exitCode.found : (usageExit ?? exitCode.trouble)
    } else if (error instanceof Trouble) {
      terminal.complain(error.message)
      code = exitCode.trouble
    } else if (!(error instanceof ReaderGone)) throw error
  }
  await Promise.all(printed).catch((error: unknown) => {
    if (!(error instanceof ReaderGone)) throw error
  })
  return code
}
