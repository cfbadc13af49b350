// faultline config show: every value that is in force, and where it comes from.

import type { Command } from 'commander'
import { configName, nodeConfigHost } from '../../../agent/config/files.ts'
import { readConfig, type Setting } from '../../../agent/config/read.ts'
import { terminalSafe } from '../../../core/render/safe.ts'
import { type ExitCode, exitCode } from '../../exit.ts'
import type { CommandDefinition } from '../../program.ts'
import type { Terminal } from '../../terminal.ts'

const help = `
The output is itself a ${configName}: what stands behind "#" says where the value above comes from.

Exit status: 0 values were shown, 1 all are defaults (with --changed), 2 there are mistakes in a file, which
standard error tells.`

function define(command: Command): void {
  command
    .argument('[FILE...]', 'files to read instead of those of this machine')
    .option('--root <DIR>', 'read the files of the system below this folder')
    .option('--changed', 'only what is not the default')
    .option('--json', 'a JSON array of {section, key, value, from}')
    .addHelpText('after', help)
}

async function run(terminal: Terminal, command: Command): Promise<ExitCode> {
  const { root = '', json, changed } = command.opts<{ root?: string; json?: true; changed?: true }>()
  const named = command.args.length > 0 ? { files: command.args } : {}
  const { settings, problems } = readConfig({ host: nodeConfigHost(root.replace(/\/+$/, '')), ...named })
  const shown = changed ? settings.filter(({ from }) => from.join() !== 'default') : settings
  await terminal.print(json ? `${JSON.stringify(shown, undefined, 2)}\n` : textOf(shown))
  for (const { file, line, column, message } of problems) terminal.complain(`${file}:${line}:${column}: ${message}`)
  if (problems.length > 0) return exitCode.trouble
  return shown.length > 0 ? exitCode.found : exitCode.nothing
}

function textOf(settings: readonly Setting[]): string {
  const lines: string[] = []
  let section = ''
  for (const { section: name, instance, key, items, from } of settings) {
    const head = instance === undefined ? `[${name}]` : `[${name} ${instance}]`
    if (head !== section) lines.push(...(section === '' ? [] : ['']), terminalSafe(head))
    section = head
    for (const item of items.length > 0 ? items : ['']) lines.push(terminalSafe(`${key}=${item}`))
    lines.push(terminalSafe(`# ${from.join(', ')}`))
  }
  return lines.map(line => `${line}\n`).join('')
}

export const show: CommandDefinition = {
  name: 'show',
  summary: 'print every value in force and where it comes from',
  define,
  run,
}
