// Every key of the configuration as an option of the commands that heed it: from the rows in agent/config/sections.

import { type Command, Option } from 'commander'
import { nodeConfigHost } from '../agent/config/files.ts'
import type { Key, Section } from '../agent/config/key.ts'
import { type ConfigResult, readConfig } from '../agent/config/read.ts'
import { ValueError } from '../agent/config/values.ts'
import { Trouble } from './exit.ts'
import type { Terminal } from './terminal.ts'

const isList = ({ type }: Key): boolean => type === 'words' || type === 'lines'

const appended = (value: string, before: string[] | undefined): string[] => [...(before ?? []), value]

function optionOf(key: Key): Option {
  const allowed = key.values === undefined ? '' : ` (${key.values.join(', ')})`
  // '--max-size SIZE' → '--max-size <SIZE>', which is commander's way
  const option = new Option(key.option.replace(/ ([A-Z]+)$/, ' <$1>'), `${key.doc}${allowed}`)
  return isList(key) ? option.argParser(appended) : option
}

/** Adds the options of these sections' keys, and `--config FILE`. `only` names the keys, for commands that heed few. */
export function addConfigOptions(command: Command, sections: readonly Section[], only?: readonly string[]): void {
  command.addOption(
    new Option('--config <FILE>', 'read this file instead of those of the system; may come several times').argParser(
      appended,
    ),
  )
  for (const section of sections) {
    for (const key of section.keys) {
      if (only === undefined || only.includes(`${section.name}.${key.name}`)) command.addOption(optionOf(key))
    }
  }
}

/**
 * The configuration of files and options. Mistakes in files are told and the rest holds; one in an option ends the
 * command. `root`: of another machine's disk.
 */
export function configOf(command: Command, sections: readonly Section[], terminal: Terminal, root = ''): ConfigResult {
  const options = command.opts<Record<string, string | string[] | undefined>>()
  const overrides: Record<string, string | string[]> = {}
  for (const section of sections) {
    for (const key of section.keys) {
      const given = command.options.some(({ long }) => long === key.option.split(' ')[0])
        ? options[optionOf(key).attributeName()]
        : undefined
      if (given !== undefined) overrides[`${section.name}.${key.name}`] = given
    }
  }
  const files = options['config'] as string[] | undefined
  try {
    const result = readConfig({ host: nodeConfigHost(root), overrides, ...(files === undefined ? {} : { files }) })
    for (const { file, line, column, message } of result.problems)
      terminal.complain(`${file}:${line}:${column}: ${message}`)
    return result
  } catch (error) {
    if (error instanceof ValueError) throw new Trouble(error.message)
    throw error
  }
}
