// faultline decode: every kernel exception of the given logs, as people or programs want it.

import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { FormatError } from '../../core/bytes/cursor.ts'
import { Decoder } from '../../core/decoder.ts'
import { addOperand } from '../../core/explain/index.ts'
import { addPointer } from '../../core/explain/pointer.ts'
import { examineFunction } from '../../core/localise/code/examine.ts'
import type { FunctionSource } from '../../core/localise/code/function-source.ts'
import { disassembleReport } from '../../core/localise/instructions.ts'
import type { FindCode } from '../../core/localise/localise.ts'
import { MaintainersFinder } from '../../core/localise/maintainers.ts'
import { addSourceLines, type ReadSource } from '../../core/localise/source-lines.ts'
import { StackRecovery } from '../../core/localise/unwind/stack-recovery.ts'
import type { Report } from '../../core/model.ts'
import { counted } from '../../core/render/wording.ts'
import { archNames } from '../../core/vocabulary.ts'
import { findDisassembler } from '../../node/disassemblers/index.ts'
import { type Input, InputError } from '../../node/files.ts'
import { sourceTree } from '../../node/source-tree.ts'
import { boundYoungGeneration } from '../../node/young-generation.ts'
import { type DebugOptions, defineDebugOptions, Localiser, wantsDebugFiles } from '../debug-options.ts'
import { type ExitCode, exitCode, Trouble } from '../exit.ts'
import type { CommandDefinition } from '../program.ts'
import { Progress } from '../progress.ts'
import { htmlSink, jsonSink, markdownSink, type Sink, summarySink, textSink } from '../sinks.ts'
import { AddressNamer, defineSymbolOptions, ModuleNamer, type SymbolOptions, wantsSymbols } from '../symbol-options.ts'
import { type Terminal, wantsColour } from '../terminal.ts'
import { printSchema } from './schema.ts'

interface DecodeOptions extends DebugOptions, SymbolOptions {
  text?: true
  summary?: true
  json?: true
  markdown?: true
  html?: string
  schema?: true
  source?: string
  arch?: (typeof archNames)[number]
  disassemble?: true
  verbose?: true
  raw?: true
  color: boolean
}

const examples = `
Examples:
  faultline decode /var/log/kern.log          a file, compressed or not, in any log format
  dmesg | faultline decode                    standard input
  faultline decode --json *.log | jq .title   one JSON object a line
  faultline decode --markdown oops.txt        for a bug report
  faultline decode --html crashes.html *.log  one page that works offline
  faultline decode --vmlinux vmlinux oops.txt with file, line and inlined calls of every frame

Exit status: 0 reports found, 1 none found, 2 a file could not be read or the command line is wrong.`

function define(command: Command): void {
  command
    .argument('[FILE...]', 'logs to read; "-" or none: standard input')
    .addOption(
      new Option('--text', 'for people, on the terminal (the default)').conflicts(['json', 'markdown', 'summary']),
    )
    .addOption(new Option('--summary', 'one line for each report').conflicts(['json', 'markdown']))
    .addOption(new Option('--json', 'one JSON object a line, as `faultline schema` describes').conflicts('markdown'))
    .option('--markdown', 'Markdown, fit for a bug report')
    .option('--html <FILE>', 'one self-contained page; "-": standard output')
    .option('--schema', 'print the JSON Schema of a report and end')
    .addOption(new Option('--arch <NAME>', 'architecture, where the log does not tell').choices(archNames))
    .option('--disassemble', 'on the terminal too: the whole function, by the vmlinux or kernel image given')
    .option('-v, --verbose', 'registers, stack, modules and all traces too')
    .option('--raw', 'the lines of the log below each report')
    .option('--no-color', 'no colours, also by NO_COLOR and off a terminal')
  defineDebugOptions(command)
  command.option('--source <DIR>', 'source tree: shows the lines around the place, and whom MAINTAINERS names for it')
  defineSymbolOptions(command)
  command.addHelpText('after', examples)
}

async function openSinks(options: DecodeOptions, terminal: Terminal): Promise<Sink[]> {
  const view = {
    colour: wantsColour(terminal, options.color),
    width: terminal.columns,
    verbose: options.verbose === true,
    raw: options.raw === true,
    ...(options.disassemble && { also: ['function'] }),
  }
  const alsoPrinted = options.json || options.markdown || options.summary || options.text
  if (options.html === '-' && alsoPrinted) {
    throw new Trouble('--html - and another form both go to standard output. Give --html a file name.')
  }
  const sinks: Sink[] = []
  if (options.html !== undefined) sinks.push(await htmlSink(options.html, terminal))
  if (options.json) sinks.push(jsonSink(terminal))
  else if (options.markdown) sinks.push(markdownSink(terminal))
  else if (options.summary) sinks.push(summarySink(terminal, view))
  else if (options.text || options.html === undefined) sinks.push(textSink(terminal, view))
  return sinks
}

/** Feeds one log to a decoder and its reports to `give`. The messages when it could not be read whole. */
async function decodeInput(
  name: string,
  give: (reports: Report[]) => Promise<void>,
  progress: (input: Input) => void,
  terminal: Terminal,
): Promise<string[]> {
  const decoder = new Decoder({ source: { file: name } })
  let input: Input | undefined
  let problem: string | undefined
  try {
    input = await terminal.open(name)
    for await (const chunk of input.chunks) {
      await give(decoder.push(chunk))
      boundYoungGeneration()
      progress(input)
    }
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    problem = error.message
  }
  // What came before a file broke off is decoded all the same.
  await give(decoder.finish())
  const damage = (input?.damage ?? []).map(
    ({ format, what, offset, detail }) => `${name}: ${format} data ${damageWords[what]} at byte ${offset}: ${detail}`,
  )
  return problem === undefined ? damage : [...damage, problem]
}

const damageWords = {
  truncated: 'breaks off',
  corrupt: 'is damaged',
  unsupported: 'cannot be unpacked',
  trailing: 'ends',
} as const

/** A file that is damaged there has nothing to say of the function. */
async function examine(report: Report, source: FunctionSource, read: ReadSource | undefined): Promise<void> {
  try {
    await examineFunction(report, source, findDisassembler, read)
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
  }
}

const noFiles: FindCode = async module => ({ unknown: 'no-symbols', detail: `no debug file of ${module} was given` })

async function openSource(folder: string): Promise<ReadSource> {
  try {
    return await sourceTree(folder)
  } catch (error) {
    if (error instanceof InputError) throw new Trouble(`--source ${error.message}`)
    throw error
  }
}

async function decodeAll(
  names: readonly string[],
  options: DecodeOptions,
  sinks: readonly Sink[],
  terminal: Terminal,
): Promise<ExitCode> {
  const progress = new Progress(terminal)
  let count = 0
  let failed = false
  const namer = wantsSymbols(options) ? new AddressNamer(options, terminal.env) : undefined
  const modules = options.procModules === undefined ? undefined : new ModuleNamer(options)
  const readSource = options.source === undefined ? undefined : await openSource(options.source)
  const maintainers = readSource && new MaintainersFinder(readSource)
  const localiser = wantsDebugFiles(options) ? new Localiser(options, terminal) : undefined
  const recovery = new StackRecovery({
    ...(localiser && { elf: (module, report) => localiser.files.elf(module, report) }),
    ...(namer && { symbols: report => namer.symbols(report) }),
  })
  const give = async (reports: Report[]): Promise<void> => {
    if (reports.length > 0) progress.clear()
    for (const report of reports) {
      count++
      if (options.arch !== undefined) report.arch ??= options.arch
      for (const problem of (await namer?.add(report)) ?? []) terminal.complain(problem)
      if (modules !== undefined) await modules.add(report, localiser?.files.find ?? noFiles)
      for (const problem of (await localiser?.add(report)) ?? []) terminal.complain(problem)
      const recovered = options.summary ? undefined : await recovery.add(report)
      if (readSource !== undefined) await addSourceLines(report, readSource)
      await maintainers?.add(report)
      if (!options.summary) {
        const source = (await localiser?.source(report)) ?? (await namer?.source(report))
        if (source !== undefined) await examine(report, source, readSource)
        await disassembleReport(report, findDisassembler)
        addOperand(report)
        await addPointer(report, recovered)
      }
      for (const sink of sinks) await sink.report(report)
    }
  }
  for (const name of names) {
    const show = (input: Input): void =>
      progress.update(name, input.bytesRead, input.sizeBytes, counted(count, 'report'))
    const problems = await decodeInput(name, give, show, terminal)
    progress.clear()
    for (const problem of problems) terminal.complain(problem)
    failed ||= problems.length > 0
  }
  for (const sink of sinks) await sink.end()
  if (failed) return exitCode.trouble
  if (count > 0) return exitCode.found
  // a script reads the exit code; a person would wonder at the silence
  if (terminal.interactive) terminal.complain(`no kernel exception in ${names.join(', ')}`)
  return exitCode.nothing
}

async function run(terminal: Terminal, command: Command): Promise<ExitCode> {
  const options = command.opts<DecodeOptions>()
  if (options.schema) {
    await printSchema(terminal)
    return exitCode.found
  }
  const names = command.args.length > 0 ? command.args : ['-']
  if (command.args.length === 0 && terminal.stdinInteractive) {
    throw new Trouble(
      'no FILE given and standard input is a terminal. Name a log, or pipe one in: dmesg | faultline decode',
    )
  }
  const { html } = options
  if (html !== undefined && names.some(name => name !== '-' && resolve(name) === resolve(html))) {
    throw new Trouble(`${html}: is an input and --html would overwrite it. Give another name.`)
  }
  const sinks = await openSinks(options, terminal)
  try {
    return await decodeAll(names, options, sinks, terminal)
  } catch (error) {
    for (const sink of sinks) await sink.abandon?.()
    throw error
  }
}

export const decode: CommandDefinition = {
  name: 'decode',
  summary: 'every kernel exception in a log, exact and structured',
  define,
  run,
}
