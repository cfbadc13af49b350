// What the commands on bundles have in common: which spool, which bundle, and how its errors end a command.

import { join } from 'node:path'
import type { Command } from 'commander'
import { SpoolError } from '../agent/bundles/problem.ts'
import { Spool, type SpoolOptions } from '../agent/bundles/spool.ts'
import type { Config } from '../agent/config/keys.ts'
import { spoolSection } from '../agent/config/sections/spool.ts'
import type { BundleName } from '../node/bundles/names.ts'
import { addConfigOptions, configOf } from './config-options.ts'
import { Trouble } from './exit.ts'
import type { Terminal } from './terminal.ts'

export const spoolName = 'bundles'
export const symbolsName = 'symbols'

/** --data and --config; `limits`: those of the spool too. */
export function addSpoolOptions(command: Command, limits = false): void {
  addConfigOptions(command, [spoolSection], limits ? undefined : ['Spool.Data'])
}

export const spoolConfig = (command: Command, terminal: Terminal): Config['spool'] =>
  configOf(command, [spoolSection], terminal).config.spool

/** Opens the spool for the time of `use`. What is wrong with it is a Trouble. */
export async function withSpool<T>(data: string, options: SpoolOptions, use: (spool: Spool) => Promise<T>): Promise<T> {
  try {
    const spool = await Spool.open(join(data, spoolName), options)
    try {
      return await use(spool)
    } finally {
      await spool.close()
    }
  } catch (error) {
    if (error instanceof SpoolError) throw new Trouble(error.message)
    throw error
  }
}

export const bundleWords = 'its name or the beginning of it, its number, or "latest"'

/** The bundle that these words name; throws Trouble where none or several do. */
export async function bundleNamed(spool: Spool, words: string): Promise<BundleName> {
  const all = await spool.list()
  const latest = all.at(-1)
  if (words === 'latest' && latest !== undefined) return latest
  const exact = all.find(({ name }) => name === words)
  if (exact !== undefined) return exact
  const number = /^#?(?<number>\d{1,7})$/.exec(words)?.groups?.['number']
  const numbered = all.find(({ sequence }) => sequence === Number(number))
  if (numbered !== undefined) return numbered
  const found = all.filter(({ name }) => name.startsWith(words))
  if (found.length === 1) return found[0]!
  if (found.length === 0) {
    throw new Trouble(
      `${spool.path} has no bundle ${JSON.stringify(words)}. \`faultline bundles list\` shows what is there.`,
    )
  }
  const names = found.slice(0, 5).map(({ name }) => name)
  throw new Trouble(
    `${JSON.stringify(words)} may be ${found.length} bundles, among them ${names.join(', ')}. Give more of the name.`,
  )
}
