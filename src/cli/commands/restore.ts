// faultline restore: a store out of a backup.

import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { restoreBackup } from '../../server/backup/restore.ts'
import { type ExitCode, exitCode } from '../exit.ts'
import type { CommandDefinition } from '../program.ts'
import type { Terminal } from '../terminal.ts'
import { told, troubled } from './backup.ts'

interface RestoreOptions {
  data: string
  json?: true
}

const help = `
All of it is verified before anything has its place: the tables, each file of evidence and of symbols by its hash. A store that is
there already is never written over. \`faultline serve\` then goes on with it, with a new owner's token.

Example:
  faultline restore /backup/faultline-2026-11-29.tar.zst --data /var/lib/faultline

Exit status: 0 it is there, 2 it is not: the archive is damaged, or there is a store already.`

function define(command: Command): void {
  command
    .argument('<FILE>', 'an archive of `faultline backup`')
    .option('--data <DIR>', 'where Faultline keeps what it has', '/var/lib/faultline')
    .option('--json', 'as JSON')
    .addHelpText('after', help)
}

async function run(terminal: Terminal, command: Command): Promise<ExitCode> {
  const { data, json } = command.opts<RestoreOptions>()
  const file = resolve(command.args[0]!)
  const folder = join(data, 'server')
  const { manifest, sums } = await troubled(() => restoreBackup(file, folder), file)
  const done = { ...manifest, sums }
  await terminal.print(json ? `${JSON.stringify({ folder, ...done })}\n` : `${told(folder, done)}\n`)
  return exitCode.found
}

export const restore: CommandDefinition = {
  name: 'restore',
  summary: 'the server’s store out of a backup',
  define,
  run,
}
