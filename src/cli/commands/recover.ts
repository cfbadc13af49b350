// faultline recover: what dying kernels left in memory and stores, decoded, or kept as bundles.

import { type Command, Option } from 'commander'
import { FormatError } from '../../core/bytes/cursor.ts'
import { decodeBytes } from '../../core/decoder.ts'
import { decodableText, type RecoveredLog, recoverLogs } from '../../core/recover.ts'
import { terminalSafe, visibleLines } from '../../core/render/safe.ts'
import { InputError } from '../../node/files.ts'
import { isFolder, openImage, readPstoreFolder } from '../../node/image-input.ts'
import { nodeRecoverHost } from '../../node/recover-host.ts'
import { type ExitCode, exitCode } from '../exit.ts'
import type { CommandDefinition } from '../program.ts'
import { defineBundling, recoverIntoBundles, wantsBundles } from '../recover-bundles.ts'
import { jsonSink, markdownSink, type Sink, summarySink, textSink } from '../sinks.ts'
import { type Terminal, wantsColour } from '../terminal.ts'

interface RecoverOptions {
  summary?: true
  json?: true
  markdown?: true
  raw?: true
  list?: true
  verbose?: true
  color: boolean
}

const pstore = '/sys/fs/pstore'

const help = `
Reads: the memory of ramoops with its error correction, pstore on a block device, an ERST store of QEMU,
mtdoops records, the NVRAM of PowerPC machines, the window of Faultline's own kernel module; memory dumps
as ELF or kdump files, flattened or not, of kernels from 2.6 on, by their VMCOREINFO; the files of
${pstore}. Each is found by its content, also in the middle of an image. Images may be packed.

With --spool or --data what is found becomes bundles, as the agent does it after a reboot: an exception that was
captured before the crash gets the evidence of after, what was collected before is not collected again, and only
then the originals are erased, as --erase says. Without IMAGE all places are looked at where a kernel may have
left its words: pstore, systemd's archive of it, ramoops, mtdoops, pstore_blk, windows into NVRAM that the
configuration describes, /var/crash, /proc/vmcore. Images are never erased.

Examples:
  faultline recover                             ${pstore}
  faultline recover /var/crash/*/vmcore         the log in a memory dump, decoded
  faultline recover --raw vmcore > dmesg.txt    the log itself, as dmesg -r prints it
  faultline recover --list /dev/mtd3            what is there
  faultline recover --spool                     bundles of all that is left on this machine
  faultline recover --data /srv/crashes vmcore  bundles of a dump

Exit status: 0 a log was recovered, 1 none was, 2 a file could not be read or the command line is wrong.`

function define(command: Command): void {
  command
    .argument('[IMAGE...]', `images and folders to read; "-": standard input; none: ${pstore}`)
    .addOption(new Option('--summary', 'one line for each report').conflicts(['json', 'markdown', 'raw', 'list']))
    .addOption(
      new Option('--json', 'one JSON object a line, as `faultline schema` describes').conflicts([
        'markdown',
        'raw',
        'list',
      ]),
    )
    .addOption(new Option('--markdown', 'Markdown, fit for a bug report').conflicts(['raw', 'list']))
    .addOption(new Option('--raw', 'the text of the logs, not decoded').conflicts('list'))
    .option('--list', 'the logs: name, time, size, damage')
    .option('-v, --verbose', 'registers, stack, modules and all traces too')
    .option('--no-color', 'no colours, also by NO_COLOR and off a terminal')
    .addHelpText('after', help)
  defineBundling(command)
}

function sinkOf(options: RecoverOptions, terminal: Terminal): Sink {
  const colour = wantsColour(terminal, options.color)
  const view = { colour, width: terminal.columns, verbose: options.verbose === true, raw: false }
  if (options.json) return jsonSink(terminal)
  if (options.markdown) return markdownSink(terminal)
  return options.summary ? summarySink(terminal, view) : textSink(terminal, view)
}

/** The logs of one image; what is wrong with it is told. Undefined when it cannot be read. */
async function logsOf(name: string, terminal: Terminal): Promise<RecoveredLog[] | undefined> {
  try {
    if (name !== '-' && isFolder(name)) return await readPstoreFolder(name, nodeRecoverHost)
    const { file, damage, close } = await openImage(name, terminal.open)
    try {
      for (const each of damage) terminal.complain(`${name}: ${each}`)
      return await recoverLogs(file, nodeRecoverHost)
    } finally {
      close()
    }
  } catch (error) {
    if (!(error instanceof InputError) && !(error instanceof FormatError)) throw error
    terminal.complain(error instanceof FormatError ? `${name}: ${error.message}` : error.message)
    return undefined
  }
}

/** `dmesg-ramoops-0  2026-11-22T10:00:00Z  12944 bytes at 0x24aa8` */
function listed({ name, wallUs, text, offset, damage, about = [] }: RecoveredLog): string {
  const time = wallUs === undefined || wallUs > 8.64e18 ? '' : `${new Date(wallUs / 1000).toISOString()}  `
  const more = [...about, ...damage].map(each => `  ${terminalSafe(each)}\n`).join('')
  return terminalSafe(`${name}  ${time}${text.length} bytes at 0x${offset.toString(16)}`).concat('\n', more)
}

/** Text of a log as it may be shown: a terminal gets no control sequences. */
function shown(bytes: Uint8Array, terminal: Terminal): string {
  const text = new TextDecoder().decode(bytes)
  return terminal.interactive ? visibleLines(text) : text
}

async function run(terminal: Terminal, command: Command): Promise<ExitCode> {
  if (wantsBundles(command)) return recoverIntoBundles(terminal, command)
  const options = command.opts<RecoverOptions>()
  const names = command.args.length > 0 ? command.args : [pstore]
  const sink = sinkOf(options, terminal)
  let count = 0
  let reports = 0
  let failed = false
  for (const name of names) {
    const logs = await logsOf(name, terminal)
    failed ||= logs === undefined
    if (logs === undefined) continue
    count += logs.length
    if (options.list) for (const log of logs) await terminal.print(listed(log))
    else {
      for (const log of logs) for (const each of log.damage) terminal.complain(`${name}: ${log.name}: ${each}`)
      const text = decodableText(logs)
      if (options.raw) await terminal.print(shown(text, terminal))
      else {
        const kernel = logs.find(log => log.kernel !== undefined)?.kernel
        for (const report of decodeBytes(text, { file: name })) {
          // What the log does not say of its kernel the dump does.
          if (kernel !== undefined) report.kernel = { ...kernel, ...report.kernel }
          reports++
          await sink.report(report)
        }
      }
    }
  }
  await sink.end()
  if (failed) return exitCode.trouble
  if (count === 0 && terminal.interactive) terminal.complain(`no log in ${names.join(', ')}`)
  else if (reports === 0 && !options.raw && !options.list && terminal.interactive) {
    terminal.complain(
      `${count} ${count === 1 ? 'log' : 'logs'}, no kernel exception in ${names.join(', ')}; --raw prints the text`,
    )
  }
  return count > 0 ? exitCode.found : exitCode.nothing
}

export const recover: CommandDefinition = {
  name: 'recover',
  summary: 'what dying kernels left in memory, flash and dumps, decoded',
  define,
  run,
}
