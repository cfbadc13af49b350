// faultline bundles verify: every file against its sum.

import type { Command } from 'commander'
import type { BundleProblem } from '../../../agent/bundles/read.ts'
import { terminalSafe } from '../../../core/render/safe.ts'
import { type ExitCode, exitCode } from '../../exit.ts'
import type { CommandDefinition } from '../../program.ts'
import { addSpoolOptions, bundleNamed, bundleWords, spoolConfig, withSpool } from '../../spool-options.ts'
import type { Terminal } from '../../terminal.ts'

const help = `
\`sha256sum -c sha256sums\` in a bundle's folder checks the same.

Exit status: 0 all are as they were written, 1 there are none, 2 some are not, or cannot be read.`

function define(command: Command): void {
  command.argument('[BUNDLE...]', `each by ${bundleWords}; none: all`)
  addSpoolOptions(command)
  command.option('--json', 'one JSON object a line: {name, problems}').addHelpText('after', help)
}

async function run(terminal: Terminal, command: Command): Promise<ExitCode> {
  const { json } = command.opts<{ json?: true }>()
  const { data } = spoolConfig(command, terminal)
  return withSpool(data, { readOnly: true }, async spool => {
    const asked = await Promise.all(command.args.map(words => bundleNamed(spool, words)))
    const names = command.args.length > 0 ? asked : await spool.list()
    let damaged = 0
    for (const { name } of names) {
      const problems = await spool.verify(name)
      if (problems.length > 0) damaged++
      if (json) await terminal.print(`${JSON.stringify({ name, problems })}\n`)
      else for (const problem of problems) await terminal.print(`${terminalSafe(told(name, problem))}\n`)
    }
    if (!json) await terminal.print(`${names.length - damaged} of ${names.length} bundles are as they were written.\n`)
    return damaged > 0 ? exitCode.trouble : names.length > 0 ? exitCode.found : exitCode.nothing
  })
}

const words: Record<BundleProblem['what'], string> = {
  missing: 'is missing',
  changed: 'is not as it was written',
  unlisted: 'was put there later',
  unreadable: 'cannot be read',
  link: 'is a symbolic link, which is not followed',
  'no-sums': 'is missing: nothing can be checked',
  malformed: 'cannot be understood',
}

const told = (name: string, { path, what }: BundleProblem): string => `${name}/${path}: ${words[what]}`

export const verify: CommandDefinition = {
  name: 'verify',
  summary: 'check that bundles are as they were written',
  define,
  run,
}
