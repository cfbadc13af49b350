// faultline backup: the server's whole store as one file.

import { join, resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { BackupError, type Manifest, makeBackup, type Sums } from '../../server/backup/backup.ts'
import { verifyBackup } from '../../server/backup/restore.ts'
import { type ExitCode, exitCode, Trouble } from '../exit.ts'
import type { CommandDefinition } from '../program.ts'
import type { Terminal } from '../terminal.ts'
import { version } from '../version.ts'

interface BackupCommandOptions {
  data: string
  verify?: true
  json?: true
}

const help = `
The server may run meanwhile: the tables are copied as they are at one moment, then the evidence and the
symbols that they name.
Passwords and tokens are in it as hashes; the owner's token is not. \`faultline restore\` puts it back.

Examples:
  faultline backup /backup/faultline-$(date +%F).tar.zst
  faultline backup --verify /backup/faultline-2026-11-29.tar.zst    reads it, to its last byte

Exit status: 0 it is whole; 1 it is, but for evidence or symbols that were not there any more; 2 there is none, or it is damaged.`

function define(command: Command): void {
  command
    .argument('<FILE>', 'the archive, .tar.zst')
    .option('--data <DIR>', 'where Faultline keeps what it has', '/var/lib/faultline')
    .addOption(new Option('--verify', 'read the archive instead of making it'))
    .option('--json', 'as JSON')
    .addHelpText('after', help)
}

async function run(terminal: Terminal, command: Command): Promise<ExitCode> {
  const { data, verify, json } = command.opts<BackupCommandOptions>()
  const file = resolve(command.args[0]!)
  const done = await troubled(async () => {
    if (verify) {
      const { manifest, sums } = await verifyBackup(file)
      return { ...manifest, sums }
    }
    return makeBackup({ folder: join(data, 'server'), file, version })
  }, file)
  await terminal.print(json ? `${JSON.stringify({ file, ...done })}\n` : `${told(file, done)}\n`)
  for (const hash of done.sums.missing) terminal.complain(`evidence ${hash} was not there, or not as it was written`)
  for (const id of done.sums.symbolsMissing) terminal.complain(`symbols ${id} were not there any more`)
  return done.sums.missing.length + done.sums.symbolsMissing.length === 0 ? exitCode.found : exitCode.nothing
}

export const told = (file: string, { at, reports, sums }: Manifest & { sums: Sums }): string =>
  `${file}: ${reports} reports, ${sums.evidence} files of evidence (${megabytes(sums.bytes)} MB), ${sums.symbols.length} of symbols (${megabytes(sums.symbols.reduce((sum, { bytes }) => sum + bytes, 0))} MB), as of ${at}`

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1)

/** What can go wrong, as a sentence. */
export async function troubled<T>(work: () => Promise<T>, file: string): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof BackupError) throw new Trouble(error.message)
    if (error instanceof Error && 'code' in error) throw new Trouble(`${file}: ${error.message}`)
    throw error
  }
}

export const backup: CommandDefinition = {
  name: 'backup',
  summary: 'the server’s store as one file, made while it runs, or verified',
  define,
  run,
}
