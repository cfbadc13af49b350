// faultline config import-syslog: the lines of a syslog.conf as routes.

import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { importSyslog } from '../../../agent/routes/import-syslog.ts'
import { visible } from '../../../core/render/safe.ts'
import { type ExitCode, exitCode, Trouble } from '../../exit.ts'
import type { CommandDefinition } from '../../program.ts'
import type { Terminal } from '../../terminal.ts'

const usual = ['/etc/rsyslog.conf', '/etc/syslog.conf']

const help = `
Prints a [Routes] section for faultline.conf. What could not be taken stands in it as a comment that says why, so
nothing is left out unseen. sysklogd's syntax is understood, and of rsyslog's what is written the old way: selectors
and actions, "&", property filters such as :msg, contains, "text". RainerScript is not.

Examples:
  faultline config import-syslog                              the first there is of ${usual.join(', ')}
  faultline config import-syslog /etc/rsyslog.d/*.conf
  faultline config import-syslog > /etc/faultline/faultline.conf.d/routes.conf

Exit status: 0 at least one route, 1 none, 2 a file could not be read.`

function define(command: Command): void {
  command
    .argument('[FILE...]', 'files in the form of syslog.conf(5) or rsyslog.conf(5)')
    .option('--json', 'one JSON object a line')
    .addHelpText('after', help)
}

/** Longer is no configuration. */
const MAX_BYTES = 4 * 1024 * 1024

function read(path: string): string | undefined {
  try {
    const bytes = readFileSync(path)
    if (bytes.length > MAX_BYTES) throw new Trouble(`${path}: has ${bytes.length} bytes, a configuration was expected`)
    return bytes.toString()
  } catch (error) {
    if (error instanceof Trouble) throw error
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw new Trouble(`${path}: cannot be read: ${error instanceof Error ? error.message : error}`)
  }
}

function inputs(args: readonly string[]): { path: string; text: string }[] {
  if (args.length === 0) {
    for (const path of usual) {
      const text = read(path)
      if (text !== undefined) return [{ path, text }]
    }
    throw new Trouble(`there is neither ${usual.join(' nor ')}. Name the file.`)
  }
  return args.map(path => {
    const text = read(path)
    if (text === undefined) throw new Trouble(`${path}: there is no such file.`)
    return { path, text }
  })
}

async function run(terminal: Terminal, command: Command): Promise<ExitCode> {
  const { json } = command.opts<{ json?: true }>()
  let routes = 0
  if (!json) await terminal.print('[Routes]\n')
  for (const { path, text } of inputs(command.args)) {
    if (!json) await terminal.print(`# ${visible(path)}\n`)
    for (const each of importSyslog(text)) {
      if (each.what === 'route') routes++
      if (json) await terminal.print(`${JSON.stringify({ file: path, ...each })}\n`)
      else if (each.what === 'route') {
        if (each.note !== undefined) await terminal.print(`# line ${each.line}: ${visible(each.note)}\n`)
        await terminal.print(`Route=${visible(each.route)}\n`)
      } else await terminal.print(`# line ${each.line}: ${visible(each.text)}\n#   not taken: ${visible(each.why)}\n`)
    }
  }
  return routes > 0 ? exitCode.found : exitCode.nothing
}

export const importSyslogCommand: CommandDefinition = {
  name: 'import-syslog',
  summary: 'a syslog.conf as routes',
  define,
  run,
}
