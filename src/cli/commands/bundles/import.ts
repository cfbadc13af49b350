// faultline bundles import: bundles of another machine, into a spool of this one.

import { join } from 'node:path'
import type { Command } from 'commander'
import { FOLDER_MODE, Folder } from '../../../agent/bundles/folder.ts'
import { codeOf } from '../../../agent/bundles/problem.ts'
import { writeFolder } from '../../../agent/bundles/write.ts'
import { nodeHost } from '../../../agent/host.ts'
import { FormatError } from '../../../core/bytes/cursor.ts'
import { unpackBundles } from '../../../node/bundles/unpack.ts'
import { InputError } from '../../../node/files.ts'
import { type ExitCode, exitCode, Trouble } from '../../exit.ts'
import type { CommandDefinition } from '../../program.ts'
import { addSpoolOptions, spoolConfig, symbolsName, withSpool } from '../../spool-options.ts'
import type { Terminal } from '../../terminal.ts'

const help = `
Each bundle is checked against its sums and gets a number of its own in the spool. One that an agent writes to just now
cannot take any: give another folder with --data, and the same to \`faultline bundles show\`.

Exit status: 0 all were taken over, 1 there was none in them, 2 an archive could not be read or is not right; bundles
before the fault are there.`

function define(command: Command): void {
  command.argument('<FILE...>', 'archives that `bundles export` made; "-": standard input')
  addSpoolOptions(command)
  command.option('--json', 'one JSON object a line: {from, name, path}').addHelpText('after', help)
}

async function run(terminal: Terminal, command: Command): Promise<ExitCode> {
  const { json } = command.opts<{ json?: true }>()
  const { data } = spoolConfig(command, terminal)
  return withSpool(data, {}, async spool => {
    let count = 0
    for (const file of command.args) {
      try {
        const input = await terminal.open(file)
        for await (const unpacked of unpackBundles(file, input.chunks)) {
          if (unpacked.what === 'symbols') await importSymbols(data, unpacked.name, unpacked.files)
          else {
            const { name, path } = await spool.adoptCopy(unpacked.copy)
            count++
            const line = json ? JSON.stringify({ from: unpacked.name, name, path }) : path
            await terminal.print(`${line}\n`)
          }
        }
      } catch (error) {
        if (error instanceof FormatError) throw new Trouble(`${error.message}. It is not imported from there on.`)
        if (error instanceof InputError) throw new Trouble(error.message)
        throw error
      }
    }
    return count > 0 ? exitCode.found : exitCode.nothing
  })
}

async function importSymbols(data: string, name: string, files: Parameters<typeof writeFolder>[2]): Promise<void> {
  const path = join(data, symbolsName)
  await nodeHost.files.mkdir(path, FOLDER_MODE).catch((error: unknown) => {
    if (codeOf(error) !== 'EEXIST') throw error
  })
  const store = await Folder.open(nodeHost.files, path)
  try {
    if (!(await store.list()).includes(name)) await writeFolder(store, name, files)
  } finally {
    await store.close()
  }
}

export const importBundles: CommandDefinition = {
  name: 'import',
  summary: 'take over bundles from archives',
  define,
  run,
}
