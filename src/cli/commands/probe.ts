// faultline probe: calls of kernel functions, their arguments, what they gave back and how long they took.

import { setTimeout as sleep } from 'node:timers/promises'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { Histogram, Tally } from '../../agent/probe/aggregate.ts'
import { planOn, runningKernel } from '../../agent/probe/kernel.ts'
import type { Plan } from '../../agent/probe/plan.ts'
import { presetWords } from '../../agent/probe/presets/file.ts'
import { presets } from '../../agent/probe/presets/index.ts'
import { type ProbedCall, ProbeWatch } from '../../agent/probe/probe-watch.ts'
import { parseSpec, SpecError } from '../../agent/probe/spec.ts'
import { findTracefs, TracingError } from '../../agent/tracing/tracefs.ts'
import type { SymbolTable } from '../../core/localise/symbol-table.ts'
import { type ExitCode, exitCode, Trouble } from '../exit.ts'
import { endSignal, gathered, wholeNumber } from '../option-values.ts'
import { callLine, histogramLines, probeHeader, stackLines, tallyLines } from '../probe-view.ts'
import type { CommandDefinition } from '../program.ts'
import { type Terminal, wantsColour } from '../terminal.ts'

interface ProbeOptions {
  inside?: string
  errors?: true
  slower?: number
  filter?: string
  pid?: number[]
  comm?: string[]
  stack?: true
  tally?: true
  by?: string
  hist?: string
  count?: number
  seconds?: number
  rate: number
  maxActive?: number
  bufferKb?: number
  preset?: string
  listPresets?: true
  dryRun?: true
  json?: true
  color: boolean
}

/** Of presets that are files. */
const presetFolders = ['/etc/faultline/probes.d', '/usr/lib/faultline/probes.d']

const help = `
A FUNCTION is a name with what is wanted of its arguments: names and ways through structs, which the kernel's own types
(BTF) lead, or what the kernel's fetch language says under a name. Without brackets all arguments are shown.

  vfs_read                                      all arguments, what it gave back, how long it took
  'ip_rcv(skb->dev->name, skb->len)'            members, through pointers
  'nvme:nvme_queue_rq(bd->rq->__sector)'        of a module
  'do_exit(code=$arg1:s64)'                     without BTF: kprobetrace.rst, "Fetch arguments"

Presets:
${presets.map(({ name, what }) => `  ${name.padEnd(14)} ${what}`).join('\n')}
and NAME.probe in ${presetFolders.join(' or ')}, or any file by a path with a slash: the words of a command line.

Examples:
  faultline probe 'vfs_open(path->dentry->d_name.name)' --errors
  faultline probe fib_validate_source --inside arp_process --stack
  faultline probe vfs_fsync_range --hist duration --seconds 10
  faultline probe --preset arp-route

Everything that is set is taken away at the end, and what a killed Faultline left at the next start.

Exit status: 0 calls were seen, 1 none was, 2 a function cannot be probed or the command line is wrong.`

const units: Readonly<Record<string, number>> = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9 }

function nanoseconds(text: string): number {
  const { value, unit } = /^(?<value>\d+(?:\.\d+)?)(?<unit>ns|us|µs|ms|s)$/.exec(text)?.groups ?? {}
  if (value === undefined || unit === undefined) throw new InvalidArgumentError('expected a time: 500us, 10ms, 1s.')
  return Number(value) * (units[unit] ?? 1)
}

const MOST_CALLS_A_SECOND = 50_000

function define(command: Command): void {
  command
    .argument('[FUNCTION...]', 'functions, with what is wanted of their arguments')
    .option('--inside <FUNCTION>', 'only calls made, at any depth, within a call of this one')
    .option('--errors', 'only calls that gave an error back: -1 to -4095, as a number or a pointer')
    .option('--slower <TIME>', 'only calls that took longer: 500us, 10ms, 1s', nanoseconds)
    .option(
      '--filter <EXPRESSION>',
      "only calls whose values match, in the kernel's filter language, by field (--dry-run)",
    )
    .option('--pid <PID>', 'only calls of these tasks', gathered(wholeNumber))
    .option('--comm <NAME>', 'only calls of tasks of this name', gathered(String))
    .option('--stack', 'who called, for each call')
    .addOption(
      new Option('--tally', 'count calls by function and error; on a terminal anew each second').conflicts('hist'),
    )
    .option('--by <WHAT>', 'count by result, comm, pid, cpu, stack, or one of the arguments')
    .option('--hist <WHAT>', 'histogram of duration, or of a number among the arguments')
    .option('-n, --count <N>', 'end after N calls', wholeNumber)
    .option('--seconds <N>', 'end after N seconds', wholeNumber)
    .option('--rate <N>', 'end when more calls come in a second than this', wholeNumber, MOST_CALLS_A_SECOND)
    .option('--max-active <N>', 'calls of one function under way at once (default: 4096)', wholeNumber)
    .option('--buffer-kb <KB>', 'of the trace buffer of each CPU (default: 4096)', wholeNumber)
    .option('--preset <NAME>', 'the words of a preset, before those given')
    .option('--list-presets', 'the presets, and the words of each')
    .option('--dry-run', 'say what the kernel would be told, and set nothing')
    .option('--json', 'one JSON object a line')
    .option('--no-color', 'no colours, also by NO_COLOR and off a terminal')
    .addHelpText('after', help)
}

/** The wanted calls of those that came back. */
function chosen(options: ProbeOptions): (call: ProbedCall) => boolean {
  const { errors, slower, pid, comm } = options
  return call =>
    (errors !== true || call.error !== undefined) &&
    (slower === undefined || (call.durationNs ?? 0) >= slower) &&
    (pid === undefined || pid.includes(call.task.pid)) &&
    (comm === undefined || (call.task.comm !== undefined && comm.includes(call.task.comm)))
}

interface View {
  show(calls: readonly ProbedCall[]): Promise<void>
  /** each second */
  tick?(): Promise<void>
  end(): Promise<void>
}

function lineView(terminal: Terminal, options: ProbeOptions, table: SymbolTable | undefined): View {
  const colour = wantsColour(terminal, options.color)
  let begun = false
  const linesOf = (call: ProbedCall): string[] =>
    options.json
      ? [JSON.stringify(withNames(call, table))]
      : [callLine(call, colour), ...stackLines(call.stack ?? [], table)]
  return {
    async show(calls) {
      if (calls.length === 0) return
      const lines = calls.flatMap(linesOf)
      if (!begun && !options.json && terminal.interactive) lines.unshift(probeHeader)
      begun = true
      await terminal.print(`${lines.join('\n')}\n`)
    },
    async end() {},
  }
}

/** A call with its stack by names, as far as they are known. */
function withNames(call: ProbedCall, table: SymbolTable | undefined): ProbedCall {
  return call.stack === undefined ? call : { ...call, stack: stackLines(call.stack, table).map(line => line.trim()) }
}

function countView(terminal: Terminal, options: ProbeOptions, table: SymbolTable | undefined): View {
  const tally = new Tally(options.by)
  const histogram = options.hist === undefined ? undefined : new Histogram(options.hist)
  const lines = (rows: number): string[] =>
    histogram === undefined ? tallyLines(tally, rows) : histogramLines(histogram)
  const live = terminal.interactive && options.json !== true
  return {
    async tick() {
      if (live) await terminal.print(`\u001b[H\u001b[2J${lines(30).join('\n')}\n`)
    },
    async show(calls) {
      for (const call of calls) {
        if (histogram !== undefined) histogram.add(call)
        else tally.add(options.by === 'stack' ? withNames(call, table) : call)
      }
    },
    async end() {
      if (options.json) {
        const rows =
          histogram === undefined
            ? tally.rows()
            : [...histogram.buckets.keys()].flatMap(name =>
                histogram.rows(name).map(row => ({ function: name, ...row })),
              )
        for (const row of rows) await terminal.print(`${JSON.stringify(row)}\n`)
      } else {
        await terminal.print(`${lines(1000).join('\n')}\n`)
      }
    },
  }
}

/** An event is told at once; what comes within the next moment is read together. */
const LONGEST_WAIT_MS = 100
const GATHER_MS = 2

async function follow(terminal: Terminal, watch: ProbeWatch, view: View, options: ProbeOptions): Promise<number> {
  const { count = Number.POSITIVE_INFINITY, seconds, rate } = options
  const wanted = chosen(options)
  const began = performance.now()
  const end = endSignal()
  let shown = 0
  let second = { began, calls: 0 }
  let ticked = began
  try {
    while (!end.given && shown < count) {
      const now = performance.now()
      const over = seconds !== undefined && now - began >= seconds * 1000
      const { calls, more } = watch.read()
      if (now - second.began >= 1000) second = { began: now, calls: 0 }
      second.calls += calls.length
      const shownNow = calls.filter(wanted).slice(0, count - shown)
      shown += shownNow.length
      await view.show(shownNow)
      if (second.calls > rate) {
        terminal.complain(
          `more than ${rate} calls in a second: ended, so that the machine is not slowed down (--rate, --filter)`,
        )
        break
      }
      if (now - ticked >= 1000) {
        ticked = now
        await view.tick?.()
      }
      if (over && !more) break
      if (more) continue
      await watch.wait(LONGEST_WAIT_MS)
      await sleep(GATHER_MS)
    }
    // Functions that were entered and have not come back.
    if (options.errors !== true && options.slower === undefined && shown < count)
      await view.show(
        watch
          .pending()
          .filter(wanted)
          .slice(0, count - shown),
      )
  } finally {
    end.forget()
  }
  return shown
}

function tellLosses(terminal: Terminal, losses: Record<string, number>): void {
  const { lost = 0, missed = 0, withoutReturn = 0, withoutEntry = 0 } = losses
  const words = [
    ...(lost > 0 ? [`${lost} trace records lost (--buffer-kb)`] : []),
    ...(missed > 0 ? [`${missed} calls missed by the probes themselves (--max-active)`] : []),
    ...(withoutReturn > 0 ? [`${withoutReturn} calls whose return was not seen`] : []),
    ...(withoutEntry > 0 ? [`${withoutEntry} returns of calls that began before, or were filtered out`] : []),
  ]
  if (words.length > 0) terminal.complain(words.join(', '))
}

/** The functions and options with those of a preset before them. */
function withPreset(command: Command): { names: string[]; options: ProbeOptions } {
  const options = command.opts<ProbeOptions>()
  if (options.preset === undefined) return { names: command.args, options }
  const inner = command
    .createCommand('probe')
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
  define(inner)
  try {
    inner.parse(presetWords(options.preset, presetFolders), { from: 'user' })
  } catch (error) {
    if (error instanceof SpecError) throw error
    throw new SpecError(`preset ${options.preset}: ${error instanceof Error ? error.message : error}`)
  }
  const given = Object.entries(options).filter(([name]) => command.getOptionValueSource(name) === 'cli')
  return {
    names: [...inner.args, ...command.args],
    options: { ...inner.opts<ProbeOptions>(), ...Object.fromEntries(given) },
  }
}

async function probeAll(terminal: Terminal, command: Command): Promise<ExitCode> {
  const { names, options } = withPreset(command)
  if (names.length === 0) throw new Trouble('expected a FUNCTION, or --preset NAME (see --help)')
  if (options.dryRun !== true) findTracefs()
  const kernel = await runningKernel()
  const plans: Plan[] = []
  for (const name of names) plans.push(await planOn(kernel, parseSpec(name)))
  const inside =
    options.inside === undefined ? undefined : await planOn(kernel, { ...parseSpec(options.inside), arguments: [] })
  if (options.dryRun) {
    for (const plan of [...plans, ...(inside === undefined ? [] : [inside])]) await terminal.print(planText(plan))
    return exitCode.found
  }
  const watch = new ProbeWatch({
    plans,
    ...(inside === undefined ? {} : { inside }),
    ...(options.filter === undefined ? {} : { filter: options.filter }),
    ...(options.stack || options.by === 'stack' ? { stacks: true } : {}),
    ...(options.maxActive === undefined ? {} : { maxActive: options.maxActive }),
    ...(options.bufferKb === undefined ? {} : { bufferKb: options.bufferKb }),
  })
  const counting = options.tally || options.by !== undefined || options.hist !== undefined
  const view = (counting ? countView : lineView)(terminal, options, kernel.table)
  try {
    const shown = await follow(terminal, watch, view, options)
    await view.end()
    return shown > 0 ? exitCode.found : exitCode.nothing
  } finally {
    watch.close()
    tellLosses(terminal, watch.losses())
  }
}

const planText = ({ symbol, values, result }: Plan): string =>
  [
    `${symbol}\n`,
    ...values.map(({ label, field, fetch }) => `  ${label}: ${field}=${fetch}\n`),
    ...(result === undefined ? [] : [`  gives back: ${result.fetch}\n`]),
  ].join('')

async function run(terminal: Terminal, command: Command): Promise<ExitCode> {
  if (command.opts<ProbeOptions>().listPresets) {
    for (const { name, what, words } of presets) await terminal.print(`${name}: ${what}\n    ${words.join(' ')}\n`)
    return exitCode.found
  }
  try {
    return await probeAll(terminal, command)
  } catch (error) {
    if (error instanceof SpecError || error instanceof TracingError) throw new Trouble(error.message)
    throw error
  }
}

export const probe: CommandDefinition = {
  name: 'probe',
  summary: 'show calls of kernel functions: arguments, results, errors, durations, only within another',
  define,
  run,
}
