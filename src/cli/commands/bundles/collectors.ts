// faultline bundles collectors: what is taken of the machine's state beside an exception.

import type { Command } from 'commander'
import { findCollectors } from '../../../agent/collectors/found.ts'
import { builtInCollectors } from '../../../agent/collectors/index.ts'
import { collectSection } from '../../../agent/config/sections/collect.ts'
import { nodeHost } from '../../../agent/host.ts'
import { terminalSafe } from '../../../core/render/safe.ts'
import { addConfigOptions, configOf } from '../../config-options.ts'
import { type ExitCode, exitCode } from '../../exit.ts'
import type { CommandDefinition } from '../../program.ts'
import type { Terminal } from '../../terminal.ts'

const help = `
Executables in the folders of Folder= in [Collect] run too, after the built-in ones: each in a folder of its own,
which is also HOME and TMPDIR, with PATH, LC_ALL=C, FAULTLINE_BUNDLE (the bundle's folder), FAULTLINE_KIND, FAULTLINE_SEVERITY and
FAULTLINE_FINGERPRINT, for Timeout= and MaxOutput=. What it prints and the files that it leaves in its folder are kept.

Exit status: 0, or 2 where a folder has executables that are not run.`

function define(command: Command): void {
  addConfigOptions(command, [collectSection], ['Collect.Folder', 'Collect.Skip'])
  command.option('--json', 'one JSON object a line: {name, doc, skipped?, refused?}').addHelpText('after', help)
}

interface Row {
  name: string
  doc: string
  skipped?: true
  refused?: string
}

async function run(terminal: Terminal, command: Command): Promise<ExitCode> {
  const { json } = command.opts<{ json?: true }>()
  const { folder, skip } = configOf(command, [collectSection], terminal).config.collect
  const found = await findCollectors(nodeHost, folder)
  const rows: Row[] = [...builtInCollectors, ...found.collectors].map(({ name, doc }) =>
    skip.includes(name) ? { name, doc, skipped: true as const } : { name, doc },
  )
  for (const { name, why } of found.refused) rows.push({ name, doc: 'not run', refused: why })
  for (const row of rows) await terminal.print(json ? `${JSON.stringify(row)}\n` : lineOf(row))
  return found.refused.length > 0 ? exitCode.trouble : exitCode.found
}

const lineOf = ({ name, doc, skipped, refused }: Row): string => {
  const note = skipped ? ' (skipped by Skip=)' : refused === undefined ? '' : `: ${refused}`
  return `${terminalSafe(`${name.padEnd(12)} ${doc}${note}`)}\n`
}

export const collectors: CommandDefinition = {
  name: 'collectors',
  summary: 'list what is collected beside an exception',
  define,
  run,
}
