// faultline config check: every mistake in the configuration, with its place and what would be right.

import type { Command } from 'commander'
import { configFolders, configName, nodeConfigHost } from '../../../agent/config/files.ts'
import { type ConfigProblem, readConfig } from '../../../agent/config/read.ts'
import { terminalSafe } from '../../../core/render/safe.ts'
import { type ExitCode, exitCode } from '../../exit.ts'
import type { CommandDefinition } from '../../program.ts'
import type { Terminal } from '../../terminal.ts'
import { meaningless } from './meaning.ts'

const help = `
Without FILE the files of this machine are checked: ${configName} of the first of
${configFolders.join(', ')}
that has one, and the drop-ins ${configName}.d/*.conf of all of them.

Exit status: 0 all is right, 2 there are mistakes, or a file cannot be read.`

function define(command: Command): void {
  command
    .argument('[FILE...]', 'files to check instead of those of this machine')
    .option('--root <DIR>', 'check the files of the system below this folder')
    .option('--json', 'the mistakes as a JSON array')
    .addHelpText('after', help)
}

async function run(terminal: Terminal, command: Command): Promise<ExitCode> {
  const { root = '', json } = command.opts<{ root?: string; json?: true }>()
  const named = command.args.length > 0 ? { files: command.args } : {}
  const host = nodeConfigHost(root.replace(/\/+$/, ''))
  const { problems: unread, settings, files } = readConfig({ host, ...named })
  const problems = [...unread, ...meaningless(settings, host)].sort(
    (a, b) => files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line || a.column - b.column,
  )
  if (json) await terminal.print(`${JSON.stringify(problems, undefined, 2)}\n`)
  else {
    for (const problem of problems) await terminal.print(`${terminalSafe(told(problem))}\n`)
    if (problems.length === 0) await terminal.print(`${soundness(files)}\n`)
  }
  return problems.length === 0 ? exitCode.found : exitCode.trouble
}

/** As compilers say it, so that editors find the place. */
const told = ({ file, line, column, message }: ConfigProblem): string =>
  line === 0 ? `${file}: ${message}` : `${file}:${line}:${column}: ${message}`

const soundness = (files: readonly string[]): string =>
  files.length === 0
    ? `No ${configName} and no drop-in is there: every default holds.`
    : `No mistakes in ${files.map(terminalSafe).join(', ')}.`

export const check: CommandDefinition = {
  name: 'check',
  summary: 'find mistakes in the configuration',
  define,
  run,
}
