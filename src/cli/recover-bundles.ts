// faultline recover --spool: what dying kernels left, kept as bundles.

import { type Command, Option } from 'commander'
import { SpoolError } from '../agent/bundles/problem.ts'
import { Spool } from '../agent/bundles/spool.ts'
import { harvestSection } from '../agent/config/sections/harvest.ts'
import { spoolSection } from '../agent/config/sections/spool.ts'
import type { HarvestResult } from '../agent/harvest/harvest.ts'
import { harvestInto } from '../agent/harvest/into-spool.ts'
import type { Remains, RemainsHost, RemainsStore } from '../agent/harvest/store.ts'
import { remainsStores } from '../agent/harvest/stores/index.ts'
import { collectFiles } from '../agent/harvest/stores/pstore.ts'
import { systemAt } from '../agent/system.ts'
import { FormatError } from '../core/bytes/cursor.ts'
import { recoverLogs } from '../core/recover.ts'
import { terminalSafe } from '../core/render/safe.ts'
import { InputError } from '../node/files.ts'
import { isFolder, openImage } from '../node/image-input.ts'
import { addConfigOptions, configOf } from './config-options.ts'
import { type ExitCode, exitCode } from './exit.ts'
import type { Terminal } from './terminal.ts'
import { version } from './version.ts'

const sections = [spoolSection, harvestSection] as const
const keys = ['Spool.Data', ...harvestSection.keys.map(({ name }) => `Harvest.${name}`)]

interface BundlingOptions {
  spool?: true
  data?: string
  host?: string
  root?: string
  json?: true
}

export function defineBundling(command: Command): void {
  command
    .addOption(new Option('--spool', 'keep what is found as bundles, in the data folder of the configuration'))
    .addOption(new Option('--host <NAME>', 'machine that the images are of; this one'))
    .addOption(new Option('--root <DIR>', 'look at the machine whose file system is mounted there'))
  addConfigOptions(command, sections, keys)
}

export const wantsBundles = (command: Command): boolean => {
  const { spool, data } = command.opts<BundlingOptions>()
  return spool === true || data !== undefined
}

export async function recoverIntoBundles(terminal: Terminal, command: Command): Promise<ExitCode> {
  const { host, json, root } = command.opts<BundlingOptions>()
  const { config } = configOf(command, sections, terminal, root)
  const images = command.args
  let spool: Spool
  try {
    spool = await Spool.open(`${config.spool.data}/bundles`)
  } catch (error) {
    if (!(error instanceof SpoolError)) throw error
    terminal.complain(error.message)
    return exitCode.trouble
  }
  try {
    const failed: string[] = []
    const result = await harvestInto(spool, {
      data: config.spool.data,
      settings: config.harvest,
      version,
      system: systemAt(root),
      stores: images.length === 0 ? remainsStores : [imagesStore(images, terminal, failed)],
      ...(host === undefined ? {} : { host }),
    })
    for (const trouble of [...result.troubles, ...failed]) terminal.complain(trouble)
    await terminal.print(json ? `${JSON.stringify(result)}\n` : told(result, spool.path))
    if (failed.length > 0) return exitCode.trouble
    return result.logs > 0 ? exitCode.found : exitCode.nothing
  } finally {
    await spool.close()
  }
}

/** Images and folders that the command line names. What cannot be read goes into `failed`. */
function imagesStore(names: readonly string[], terminal: Terminal, failed: string[]): RemainsStore {
  return {
    name: 'image',
    what: 'images named on the command line',
    async collect(host) {
      const found: Remains[] = []
      for (const name of names) found.push(...(await imageOf(name, terminal, host, failed)))
      return found
    },
  }
}

async function imageOf(name: string, terminal: Terminal, host: RemainsHost, failed: string[]): Promise<Remains[]> {
  try {
    if (name !== '-' && isFolder(name)) return await collectFiles({ ...host, system: systemAt() }, name, false)
    const { file, damage, close } = await openImage(name, terminal.open)
    try {
      for (const each of damage) host.trouble(`${name}: ${each}`)
      const logs = await recoverLogs(file, host.recover)
      return logs.length === 0 ? [] : [{ store: 'image', from: name, logs }]
    } finally {
      close()
    }
  } catch (error) {
    if (!(error instanceof InputError) && !(error instanceof FormatError)) throw error
    failed.push(error instanceof FormatError ? `${name}: ${error.message}` : error.message)
    return []
  }
}

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`

function told({ written, joined, logs, fresh, erased }: HarvestResult, spool: string): string {
  const lines = [
    ...written.map(name => `new bundle ${spool}/${name}`),
    ...joined.map(name => `evidence for ${spool}/${name}`),
    `${count(logs, 'log')}, ${fresh} not seen before; ${count(erased, 'original')} erased`,
  ]
  return lines.map(line => `${terminalSafe(line)}\n`).join('')
}
