// faultline bundles prune: removes what is over the limits, or what is named.

import type { Command } from 'commander'
import type { Removal } from '../../../agent/bundles/removed.ts'
import { terminalSafe } from '../../../core/render/safe.ts'
import { type ExitCode, exitCode } from '../../exit.ts'
import type { CommandDefinition } from '../../program.ts'
import { addSpoolOptions, bundleNamed, bundleWords, spoolConfig, withSpool } from '../../spool-options.ts'
import type { Terminal } from '../../terminal.ts'

const help = `
Without BUNDLE the limits of the configuration are held, those given as options in their place: the oldest goes first, the
fatal ones and the newest last. The agent may go on meanwhile. \`faultline bundles list --removed\` tells later what is gone.

Examples:
  faultline bundles prune --dry-run --max-age 30d
  faultline bundles prune 17 18                   these two

Exit status: 0 some were removed, 1 there was nothing to remove, 2 the spool cannot be changed.`

function define(command: Command): void {
  command.argument('[BUNDLE...]', `each by ${bundleWords}`)
  addSpoolOptions(command, true)
  command
    .option('-n, --dry-run', 'say what would go, and leave it')
    .option('--json', 'one JSON object a line for each that is removed')
    .addHelpText('after', help)
}

async function run(terminal: Terminal, command: Command): Promise<ExitCode> {
  const { json, dryRun } = command.opts<{ json?: true; dryRun?: true }>()
  const limits = spoolConfig(command, terminal)
  const access = dryRun ? { readOnly: true } : { shared: true }
  return withSpool(limits.data, access, async spool => {
    let gone: Removal[]
    if (command.args.length > 0) {
      const names: string[] = []
      for (const words of command.args) names.push((await bundleNamed(spool, words)).name)
      gone = dryRun ? await spool.wouldRemove(names) : await spool.remove(names)
    } else gone = dryRun ? await spool.wouldPrune(limits) : await spool.prune(limits)
    for (const removal of gone) {
      const line = `${removal.name}  ${removal.reason}${removal.fatal ? '  fatal' : ''}`
      await terminal.print(json ? `${JSON.stringify(removal)}\n` : `${terminalSafe(line)}\n`)
    }
    if (!json) await terminal.print(`${gone.length} ${dryRun ? 'would be' : 'were'} removed.\n`)
    return gone.length > 0 ? exitCode.found : exitCode.nothing
  })
}

export const prune: CommandDefinition = {
  name: 'prune',
  summary: 'remove bundles, by the limits or by name',
  define,
  run,
}
