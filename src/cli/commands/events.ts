// faultline events: the kernel's exceptional moments as they happen.

import { setTimeout as sleep } from 'node:timers/promises'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { spoolSection } from '../../agent/config/sections/spool.ts'
import { Choice } from '../../agent/events/filter.ts'
import { kinds } from '../../agent/events/index.ts'
import type { EventFilter } from '../../agent/events/kind.ts'
import { keepLastBoot, readLastBoot } from '../../agent/events/last-boot-file.ts'
import { signalNumber } from '../../agent/events/signals.ts'
import { TaskTable } from '../../agent/events/tasks.ts'
import { EventWatch } from '../../agent/events/watch-events.ts'
import { messageOf } from '../../agent/sources/source.ts'
import { TracingError } from '../../agent/tracing/tracefs.ts'
import { type EventKindName, eventKinds, type KernelEvent } from '../../core/event.ts'
import { addConfigOptions, configOf } from '../config-options.ts'
import { eventHeader, eventLine, topKey, topTable } from '../event-view.ts'
import { type ExitCode, exitCode, Trouble } from '../exit.ts'
import { endSignal, gathered, wholeNumber } from '../option-values.ts'
import type { CommandDefinition } from '../program.ts'
import { type Terminal, wantsColour } from '../terminal.ts'

interface EventsOptions {
  json?: true
  top?: true
  list?: true
  lastBoot?: true
  signal?: number[]
  pid?: number[]
  comm?: string[]
  cgroup?: string
  count?: number
  seconds?: number
  bufferKb?: number
  color: boolean
}

const help = `
Kinds:
${kinds.map(({ name, what }) => `  ${name.padEnd(15)} ${what}`).join('\n')}

Without a kind, all but signal. Traced in an instance of Faultline's own: nobody else's tracing is touched, and what a
killed Faultline left is taken away at the next start. Events that come faster than they can be read are counted.

Examples:
  faultline events                          what is out of the ordinary
  faultline events signal --signal KILL     who kills whom
  faultline events exit --comm nginx        how its processes end
  faultline events signal exit --top        what happens most, anew each second

Exit status: 0 events were seen, 1 none was, 2 nothing can be traced here or the command line is wrong.`

function signalOf(text: string): number {
  const signal = signalNumber(text)
  if (signal === undefined) throw new InvalidArgumentError(`no signal "${text}"; kill -l lists them.`)
  return signal
}

function define(command: Command): void {
  command
    .argument('[KIND...]', 'kinds of events, see below')
    .option('--signal <SIGNAL>', 'only these signals: KILL, SIGSEGV, 11; several by commas', gathered(signalOf))
    .option('--pid <PID>', 'only events of these processes, as sender or receiver', gathered(wholeNumber))
    .option('--comm <NAME>', 'only events of tasks of this name', gathered(String))
    .option('--cgroup <PATH>', 'only events of tasks in this cgroup or below')
    .option('-n, --count <N>', 'end after N events', wholeNumber)
    .option('--seconds <N>', 'end after N seconds', wholeNumber)
    .option('--buffer-kb <KB>', 'of the trace buffer of each CPU (default: 4096)', wholeNumber)
    .addOption(new Option('--top', 'a table of what happens most, anew each second').conflicts(['json', 'list']))
    .addOption(new Option('--json', 'one JSON object a line').conflicts('list'))
    .addOption(
      new Option('--last-boot', 'what the kernel before this one left in a trace buffer that outlives it').conflicts([
        ...['list', 'top', 'seconds', 'cgroup'],
      ]),
    )
    .option('--list', 'the kinds, and which of them this kernel can tell of')
    .option('--no-color', 'no colours, also by NO_COLOR and off a terminal')
    .addHelpText('after', help)
  addConfigOptions(command, [spoolSection], ['Spool.Data'])
}

function wantedKinds(names: readonly string[]): EventKindName[] {
  const known: readonly string[] = eventKinds
  const wrong = names.find(name => !known.includes(name))
  if (wrong !== undefined) throw new Trouble(`no kind of event "${wrong}"; there are ${eventKinds.join(', ')}`)
  const wanted = names.length > 0 ? names : eventKinds.filter(name => name !== 'signal')
  return [...new Set(wanted)] as EventKindName[]
}

function filterOf({ signal, pid, comm, cgroup }: EventsOptions): EventFilter {
  return {
    ...(signal === undefined ? {} : { signals: new Set(signal) }),
    ...(pid === undefined ? {} : { pids: new Set(pid) }),
    ...(comm === undefined ? {} : { comms: new Set(comm) }),
    ...(cgroup === undefined ? {} : { cgroup }),
  }
}

function open(wanted: readonly EventKindName[], options: EventsOptions): EventWatch {
  try {
    return new EventWatch({
      kinds: wanted,
      filter: filterOf(options),
      ...(options.bufferKb === undefined ? {} : { bufferKb: options.bufferKb }),
    })
  } catch (error) {
    if (error instanceof TracingError) throw new Trouble(error.message)
    throw error
  }
}

/** An event is told at once; what comes within the next moment is read together. */
const LONGEST_WAIT_MS = 100
const GATHER_MS = 2
/** A processor that panics wakes nobody any more: others see what it wrote, as long as they run, only by looking. */
const PANIC_WAIT_MS = 5

interface View {
  show(events: readonly KernelEvent[]): Promise<void>
  tick?(): Promise<void>
}

function lineView(terminal: Terminal, { json, color }: EventsOptions): View {
  const colour = wantsColour(terminal, color)
  let begun = false
  return {
    async show(events) {
      if (events.length === 0) return
      const lines = events.map(event => (json ? JSON.stringify(event) : eventLine(event, colour)))
      if (!begun && !json && terminal.interactive) lines.unshift(eventHeader)
      begun = true
      await terminal.print(`${lines.join('\n')}\n`)
    },
  }
}

function topView(terminal: Terminal): View {
  const total = new Map<string, number>()
  let before = new Map<string, number>()
  return {
    async show(events) {
      for (const event of events) total.set(topKey(event), (total.get(topKey(event)) ?? 0) + 1)
    },
    async tick() {
      const table = topTable(total, before, terminal.interactive ? 30 : 1000)
      before = new Map(total)
      await terminal.print(`${terminal.interactive ? '\u001b[H\u001b[2J' : ''}${table.join('\n')}\n`)
    },
  }
}

async function follow(watch: EventWatch, view: View, options: EventsOptions, waitMs: number): Promise<number> {
  const { count = Number.POSITIVE_INFINITY, seconds } = options
  const began = performance.now()
  const end = endSignal()
  let shown = 0
  let ticked = began
  try {
    while (!end.given && shown < count) {
      const over = seconds !== undefined && performance.now() - began >= seconds * 1000
      const { events, more } = watch.read()
      const wanted = events.slice(0, count - shown)
      shown += wanted.length
      await view.show(wanted)
      if (view.tick !== undefined && performance.now() - ticked >= 1000) {
        ticked = performance.now()
        await view.tick()
      }
      if (over && !more) break
      if (more) continue
      if (events.length > 0) await sleep(GATHER_MS)
      await watch.wait(waitMs)
    }
    await view.tick?.()
  } finally {
    end.forget()
  }
  return shown
}

async function list(terminal: Terminal, options: EventsOptions): Promise<ExitCode> {
  const watch = open(eventKinds, options)
  const { missing } = watch
  watch.close()
  for (const { name, what } of kinds) {
    const reason = missing.get(name)
    await terminal.print(`${reason === undefined ? '+' : '-'} ${name.padEnd(15)} ${reason ?? what}\n`)
  }
  return exitCode.found
}

/** Taken out of the buffer, if nobody has yet, and kept in the data folder. */
async function lastBoot(terminal: Terminal, command: Command, wanted: readonly EventKindName[]): Promise<ExitCode> {
  const options = command.opts<EventsOptions>()
  const { data } = configOf(command, [spoolSection], terminal).config.spool
  try {
    await keepLastBoot(data)
  } catch (error) {
    terminal.complain(`${data}: ${messageOf(error)}`)
  }
  const choice = new Choice(filterOf(options), new TaskTable(0, { read: () => undefined }))
  const events = (readLastBoot(data)?.events ?? []).filter(event => wanted.includes(event.kind) && choice.wants(event))
  if (events.length === 0)
    terminal.complain('no events of the last boot: is the kernel told to keep a trace (trace_instance=faultline@…)?')
  await lineView(terminal, options).show(events.slice(0, options.count))
  return events.length > 0 ? exitCode.found : exitCode.nothing
}

async function run(terminal: Terminal, command: Command): Promise<ExitCode> {
  const options = command.opts<EventsOptions>()
  const wanted = wantedKinds(command.args)
  if (options.lastBoot) return lastBoot(terminal, command, wanted)
  if (options.list) return list(terminal, options)
  const watch = open(wanted, options)
  let shown = 0
  try {
    for (const [kind, reason] of watch.missing)
      if (command.args.includes(kind)) terminal.complain(`${kind} cannot be seen here: ${reason}`)
    const view = options.top ? topView(terminal) : lineView(terminal, options)
    // Only where it was asked for by name: it costs some processor time.
    const waitMs = command.args.includes('panic') ? PANIC_WAIT_MS : LONGEST_WAIT_MS
    shown = await follow(watch, view, options, waitMs)
    const lost = watch.lost()
    if (lost > 0)
      terminal.complain(`${lost} trace events were lost: they came faster than they could be read (--buffer-kb)`)
  } finally {
    watch.close()
  }
  return shown > 0 ? exitCode.found : exitCode.nothing
}

export const events: CommandDefinition = {
  name: 'events',
  summary: "show the kernel's exceptional moments as they happen: signals, exits, OOM, oopses, restarts…",
  define,
  run,
}
