// faultline bundles show: one exception with all that was kept of it.

import type { Command } from 'commander'
import { Option } from 'commander'
import type { Bundle } from '../../../agent/bundles/read.ts'
import type { Spool } from '../../../agent/bundles/spool.ts'
import type { CollectIndex } from '../../../agent/collectors/collection.ts'
import { addOperand } from '../../../core/explain/index.ts'
import { disassembleReport } from '../../../core/localise/instructions.ts'
import { terminalSafe, visibleLines } from '../../../core/render/safe.ts'
import { findDisassembler } from '../../../node/disassemblers/index.ts'
import { addSnapshot } from '../../bundle-symbols.ts'
import { type DebugOptions, defineDebugOptions, Localiser, wantsDebugFiles } from '../../debug-options.ts'
import { type ExitCode, exitCode, Trouble } from '../../exit.ts'
import type { CommandDefinition } from '../../program.ts'
import { markdownSink, textSink } from '../../sinks.ts'
import { addSpoolOptions, bundleNamed, bundleWords, spoolConfig, withSpool } from '../../spool-options.ts'
import { type Terminal, wantsColour } from '../../terminal.ts'

interface ShowOptions extends DebugOptions {
  json?: true
  markdown?: true
  verbose?: true
  raw?: true
  path?: true
  color: boolean
}

const help = `
Addresses are named by the symbols that the agent saved in the boot of the exception, whatever runs now.

Examples:
  faultline bundles show latest
  faultline bundles show 42 context.log             what was logged around it
  faultline bundles show 42 collect/meminfo.txt     what was collected
  ls "$(faultline bundles show --path latest)"

Exit status: 0 it was shown, 2 there is no such bundle, or it cannot be read.`

function define(command: Command): void {
  command
    .argument('<BUNDLE>', bundleWords)
    .argument('[FILE]', 'print this file of it, instead of the report')
    .addOption(
      new Option('--json', 'the report, its origin, the files and what is wrong with them').conflicts('markdown'),
    )
    .option('--markdown', 'Markdown, fit for a bug report')
    .option('--path', 'print the path of its folder')
    .option('-v, --verbose', 'registers, stack, modules and all traces too')
    .option('--raw', 'the lines of the log below the report')
    .option('--no-color', 'no colours, also by NO_COLOR and off a terminal')
  defineDebugOptions(command)
  addSpoolOptions(command)
  command.addHelpText('after', help)
}

async function run(terminal: Terminal, command: Command): Promise<ExitCode> {
  const options = command.opts<ShowOptions>()
  const { data } = spoolConfig(command, terminal)
  const [words = '', file] = command.args
  return withSpool(data, { readOnly: true }, async spool => {
    const { name } = await bundleNamed(spool, words)
    if (options.path) {
      await terminal.print(`${spool.path}/${name}\n`)
      return exitCode.found
    }
    const bundle = await spool.read(name)
    if (file !== undefined) return printFile(terminal, spool, bundle, file)
    for (const problem of await addSnapshot(data, bundle)) terminal.complain(problem)
    await enrich(bundle, options, terminal)
    if (options.json) {
      const { report, origin, files, evidence, problems } = bundle
      await terminal.print(`${JSON.stringify({ name, report, origin, files, evidence, problems })}\n`)
    } else await printReport(terminal, spool, bundle, options)
    return exitCode.found
  })
}

async function enrich({ report }: Bundle, options: ShowOptions, terminal: Terminal): Promise<void> {
  if (report === undefined) return
  if (wantsDebugFiles(options)) {
    for (const problem of await new Localiser(options, terminal).add(report)) terminal.complain(problem)
  }
  await disassembleReport(report, findDisassembler)
  addOperand(report)
}

async function printReport(terminal: Terminal, spool: Spool, bundle: Bundle, options: ShowOptions): Promise<void> {
  const { report, name, problems } = bundle
  const view = {
    colour: wantsColour(terminal, options.color),
    width: terminal.columns,
    verbose: options.verbose === true,
    raw: options.raw === true,
  }
  if (report === undefined) terminal.complain(`${name}: its report cannot be read; excerpt.log has the lines`)
  else await (options.markdown ? markdownSink(terminal) : textSink(terminal, view)).report(report)
  if (!options.markdown)
    await terminal.print((await footer(spool, bundle)).map(line => `  ${terminalSafe(line)}\n`).join(''))
  for (const { path, what } of problems) terminal.complain(`${name}/${path}: ${what}`)
}

/** Where it is from, and what else is there. */
async function footer(spool: Spool, { name, origin, files, evidence }: Bundle): Promise<string[]> {
  const lines = ['', `bundle      ${spool.path}/${name}`]
  if (origin !== undefined) {
    const lost = origin.lost > 0 ? `, ${origin.lost} records lost` : ''
    lines.push(
      `captured    ${origin.capturedAt} on ${origin.host} by ${origin.source}, ended by ${origin.endedBy}${lost}`,
    )
    if (origin.salvaged !== undefined) lines.push(`salvaged    ${origin.salvaged}`)
    if (origin.collectedIn !== undefined) lines.push(`collected   with ${origin.collectedIn}`)
  }
  const collected = files.filter(({ path }) => path.startsWith('collect/'))
  if (collected.length > 0) lines.push(`collected   ${await collectedLine(spool, name)}`)
  for (const part of evidence) {
    const names = files.filter(({ path }) => path.startsWith(`${part}/`)).map(({ path }) => path.slice(part.length + 1))
    lines.push(`evidence    ${part}: ${names.filter(each => each !== 'sha256sums').join(' ')}`)
  }
  lines.push(
    `files       ${files
      .map(({ path }) => path)
      .filter(path => !path.includes('/'))
      .join(' ')}`,
  )
  return lines
}

async function collectedLine(spool: Spool, name: string): Promise<string> {
  try {
    const index = JSON.parse(new TextDecoder().decode(await spool.bytes(name, 'collect/index.json'))) as CollectIndex
    const told = index.collectors.map(({ name: each, timedOut, truncated, interrupted, stuck }) => {
      const note = stuck
        ? ' (hung)'
        : timedOut
          ? ' (cut off)'
          : truncated
            ? ' (cut)'
            : interrupted
              ? ' (ended early)'
              : ''
      return `${each}${note}`
    })
    return told.join(', ')
  } catch (error) {
    if (error instanceof SyntaxError) return 'its index cannot be understood'
    throw error
  }
}

/** Raw bytes to a file or pipe; to a terminal only what does nothing to it. */
async function printFile(terminal: Terminal, spool: Spool, { name, files }: Bundle, file: string): Promise<ExitCode> {
  if (!files.some(({ path }) => path === file)) {
    throw new Trouble(
      `${name} has no file ${JSON.stringify(file)}. It has ${files.map(({ path }) => path).join(', ')}.`,
    )
  }
  const bytes = await spool.bytes(name, file)
  if (!terminal.interactive) await terminal.printBytes(bytes)
  else await terminal.print(visibleLines(new TextDecoder().decode(bytes)))
  return exitCode.found
}

export const show: CommandDefinition = {
  name: 'show',
  summary: 'show one bundle, or a file of it',
  define,
  run,
}
