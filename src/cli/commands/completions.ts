// faultline completions: a script for the shell, from the same definitions that --help prints.

import { Argument, type Command } from 'commander'
import { bashScript, fishScript, type Spec, zshScript } from '../completion-scripts.ts'
import { exitCode } from '../exit.ts'
import type { CommandDefinition } from '../program.ts'

/** Arguments for which a shell offers files. */
const fileArguments = new Set(['FILE', 'IMAGE'])

const shells = { bash: bashScript, zsh: zshScript, fish: fishScript } as const

/** The part of the program that a shell needs. */
export function specOf(program: Command): Spec {
  return { ...ownSpec(program), commands: program.commands.map(commandSpec) }
}

/** Of a command with sub-commands the scripts offer all their words together. */
function commandSpec(command: Command): Spec {
  const own = ownSpec(command)
  const children = command.commands.map(commandSpec)
  const options = [...own.options, ...children.flatMap(child => child.options)]
  return {
    ...own,
    choices: [...own.choices, ...children.map(child => child.name)],
    takesFiles: own.takesFiles || children.some(child => child.takesFiles),
    options: options.filter((each, i) => options.findIndex(({ names }) => names.at(-1) === each.names.at(-1)) === i),
  }
}

function ownSpec(command: Command): Spec {
  return {
    name: command.name(),
    summary: command.description(),
    choices: command.registeredArguments.flatMap(argument => argument.argChoices ?? []),
    takesFiles: command.registeredArguments.some(argument => fileArguments.has(argument.name())),
    options: command
      .createHelp()
      .visibleOptions(command)
      .map(option => ({
        names: [option.short, option.long].filter(name => name !== undefined),
        summary: option.description,
        choices: option.argChoices ?? [],
        value: option.required ? (/<(.+)>/.exec(option.flags)?.[1] ?? 'VALUE') : undefined,
      })),
    commands: [],
  }
}

const help = `
Install, for this user:
  bash  faultline completions bash > ~/.local/share/bash-completion/completions/faultline
  zsh   faultline completions zsh > "\${fpath[1]}/_faultline"
  fish  faultline completions fish > ~/.config/fish/completions/faultline.fish`

export const completions: CommandDefinition = {
  name: 'completions',
  summary: 'print the completion script for a shell',
  define: command => {
    command.addArgument(new Argument('<SHELL>', 'the shell').choices(Object.keys(shells))).addHelpText('after', help)
  },
  run: async (terminal, command) => {
    const script = shells[command.args[0] as keyof typeof shells]
    const { buildProgram } = await import('../program.ts')
    await terminal.print(script(specOf(await buildProgram())))
    return exitCode.found
  },
}
