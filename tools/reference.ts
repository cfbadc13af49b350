// Writes what others read of Faultline from what it runs by, so that they cannot say different things: docs/man/*.1 from
// the definitions that --help prints (man(7) macros; `man -l docs/man/faultline.1` shows one), docs/report.schema.json
// from the schema of the report, and the reference of the configuration from its table.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Argument, Command, Option } from 'commander'
import { toJSONSchema } from 'zod'
import { buildProgram } from '../src/cli/program.ts'
import { reportSchema } from '../src/core/schema.ts'
import { configurationManual, configurationPage } from './configuration.ts'

const root = dirname(import.meta.dirname)
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }

/** Text for troff: backslashes and hyphens as they are typed, no line taken for a request. groff_char(7). */
const troff = (text: string): string =>
  text
    .replace(/\\/g, '\\e')
    .replace(/-/g, '\\-')
    .replace(/^([.'])/gm, '\\&$1')

const sentence = (text: string): string => {
  const whole = `${text.charAt(0).toUpperCase()}${text.slice(1)}`
  return /[.?!]$/.test(whole) ? whole : `${whole}.`
}

function optionText(option: Option): string {
  const choices = option.argChoices === undefined ? '' : ` One of ${option.argChoices.join(', ')}.`
  return `.TP\n.B ${troff(option.flags)}\n${troff(sentence(option.description) + choices)}\n`
}

const argumentText = (argument: Argument): string => {
  const choices = argument.argChoices === undefined ? '' : ` One of ${argument.argChoices.join(', ')}.`
  return `.TP\n.I ${troff(argument.name())}\n${troff(sentence(argument.description) + choices)}\n`
}

/** The text that follows the options in --help: "Examples:" and the like, as its own sections. */
function closing(command: Command): string {
  let text = ''
  command.configureOutput({ writeOut: part => (text += part) })
  command.outputHelp()
  const end = text.lastIndexOf('  -h, --help')
  const rest = text
    .slice(text.indexOf('\n', end) + 1)
    .replace(/^[ ].*\n/gm, line => (line.startsWith('   ') ? '' : line))
  return rest
    .trim()
    .split(/\n(?=\S)/)
    .map(block => {
      const [head = '', ...lines] = block.split('\n')
      if (lines.length === 0) return `.PP\n${troff(head)}\n`
      return `.PP\n${troff(head)}\n.PP\n.nf\n${troff(lines.join('\n').trimEnd())}\n.fi\n`
    })
    .join('')
}

function pageOf(command: Command, parents: readonly Command[]): string {
  const names = [...parents, command].map(each => each.name())
  const title = names.join('-')
  const help = command.createHelp()
  const options = help.visibleOptions(command)
  const parts = [
    `.TH ${troff(title.toUpperCase())} 1 "" "Faultline ${version}" "Faultline Manual"`,
    `.SH NAME\n${troff(`${title} - ${command.description()}`)}`,
    `.SH SYNOPSIS\n.B ${troff(names.join(' '))}\n${troff(command.usage())}`,
  ]
  if (command.registeredArguments.length > 0) {
    parts.push(`.SH ARGUMENTS\n${command.registeredArguments.map(argumentText).join('').trimEnd()}`)
  }
  if (options.length > 0) parts.push(`.SH OPTIONS\n${options.map(optionText).join('').trimEnd()}`)
  if (command.commands.length > 0) {
    const list = command.commands.map(
      child => `.TP\n.BR ${troff(`${title}-${child.name()}`)} (1)\n${troff(sentence(child.description()))}\n`,
    )
    parts.push(`.SH COMMANDS\n${list.join('').trimEnd()}`)
    parts.push(
      '.SH EXIT STATUS\n.TP\n.B 0\nDone, and something was found.\n.TP\n.B 1\nNothing was found.\n.TP\n.B 2\n' +
        'Wrong usage, or an input or output error; standard error says what, where, and what to do.',
      '.SH ENVIRONMENT\n.TP\n.B NO_COLOR\nNo colours when it is set and not empty.\n.TP\n.B FORCE_COLOR\n' +
        'Colours also where standard output is no terminal, unless it is 0.',
    )
  }
  const after = closing(command)
  if (after !== '') parts.push(`.SH NOTES\n${after.trimEnd()}`)
  if (parents.length > 0) parts.push(`.SH SEE ALSO\n.BR ${troff(parents.map(each => each.name()).join('-'))} (1)`)
  return `${parts.join('\n')}\n`
}

/** File name → text of every manual page. */
export async function manualPages(): Promise<Map<string, string>> {
  const pages = new Map<string, string>()
  const add = (command: Command, parents: readonly Command[]): void => {
    const path = [...parents, command]
    pages.set(`${path.map(each => each.name()).join('-')}.1`, pageOf(command, parents))
    for (const child of command.commands) add(child, path)
  }
  add(await buildProgram(), [])
  pages.set('faultline.conf.5', configurationManual(troff, version))
  return pages
}

/** The JSON Schema of a report as it is published. */
export const publishedSchema = (): string => `${JSON.stringify(toJSONSchema(reportSchema), undefined, 2)}\n`

if (import.meta.main) {
  const folder = join(root, 'docs', 'man')
  mkdirSync(folder, { recursive: true })
  for (const [name, text] of await manualPages()) writeFileSync(join(folder, name), text)
  writeFileSync(join(root, 'docs', 'report.schema.json'), publishedSchema())
  writeFileSync(join(root, 'docs', 'configuration.md'), configurationPage())
}
