// faultline dmesg: the kernel's ring as dmesg(1) of util-linux prints and controls it, with exceptions explained.

import type { Command } from 'commander'
import { checkExclusive, type DmesgOptions, RequestError } from '../../agent/ring/request.ts'
import { RingError } from '../../agent/ring/ring-buffer.ts'
import { runDmesg } from '../dmesg-run.ts'
import { type ExitCode, exitCode } from '../exit.ts'
import type { CommandDefinition } from '../program.ts'
import type { Terminal } from '../terminal.ts'
import { version } from '../version.ts'

const help = `
Options and output are those of util-linux's dmesg, so that scripts and fingers need not learn anew. Levels: emerg
alert crit err warn notice info debug; err+ is err and worse, +err is err and less bad. Facilities: kern user mail
daemon auth syslog lpr news uucp cron authpriv ftp local0 to local7. Times for --since and --until: "2026-11-29
16:34:22", "16:34", "yesterday", "-5min", "1 hour ago", "@1348331662".

Colours follow terminal-colors.d(5); NO_COLOR turns them off. On a terminal, characters that would move the cursor or
turn text round are escaped beside those that dmesg escapes.

Examples:
  faultline dmesg -T -l err+           errors and worse, with dates
  faultline dmesg --explain            each exception followed by what it means
  faultline dmesg -w --explain         … as they happen
  faultline dmesg -n 4                 only errors and worse on the console

Exit status: 0 done, 1 it could not be read or changed, or the command line is wrong.`

function define(command: Command): void {
  command
    .option('-C, --clear', 'clear the ring')
    .option('-c, --read-clear', 'print the ring, then clear it')
    .option('-D, --console-off', 'nothing of the kernel on the console any more')
    .option('-E, --console-on', 'the kernel on the console again')
    .option('-n, --console-level <LEVEL>', 'what is worse than this goes to the console: 1 to 8, or a name')
    .option('-F, --file <FILE>', 'read this file, in the form of syslog(2): <6>[    1.0] text')
    .option('-K, --kmsg-file <FILE>', 'read this file, in the form of /dev/kmsg, records ended by NULs')
    .option('-f, --facility <LIST>', 'only these facilities')
    .option('-l, --level <LIST>', 'only these levels; "err+" and worse, "+err" and less bad')
    .option('-k, --kernel', 'only what the kernel said')
    .option('-u, --userspace', 'only what user space said')
    .option('-H, --human', 'for people: relative times, colours, a pager')
    .option('-J, --json', 'as JSON')
    .option('-L, --color [WHEN]', 'colours: auto, always or never')
    .option('-P, --nopager', 'no pager')
    .option('-p, --force-prefix', 'facility, level and time before each line of a message')
    .option('-r, --raw', 'with priorities, as syslog(2) gives it')
    .option('--noescape', 'print what could harm a terminal as it is')
    .option('-S, --syslog', 'by syslog(2), not by /dev/kmsg')
    .option('-s, --buffer-size <BYTES>', 'how much of the ring to ask of syslog(2)')
    .option('--ring-size', 'print the size of the ring in bytes and end')
    .option('-w, --follow', 'wait for new messages')
    .option('-W, --follow-new', 'wait, and print only new messages')
    .option('-x, --decode', 'facility and level by name before each message')
    .option('-d, --show-delta', 'the time since the message before')
    .option('-e, --reltime', 'local time and the time since the message before')
    .option('-T, --ctime', 'local date and time; wrong before the last suspend')
    .option('-t, --notime', 'no times')
    .option('--time-format <FORMAT>', 'times as ctime, reltime, delta, iso, raw or notime')
    .option('--since <TIME>', 'only after this time')
    .option('--until <TIME>', 'only before this time')
    .option('--explain', 'decode each exception and show what it means behind its last line')
    .version(version, '-V, --version', 'print the version')
    .addHelpText('after', help)
  // Several times stand in the order in which they were asked for.
  const order = (name: string): void => {
    command.setOptionValue('times', [...(command.getOptionValue('times') ?? []), name])
  }
  for (const [option, format] of timeOptions) command.on(`option:${option}`, () => order(format))
  command.on('option:time-format', order)
}

/** Options that ask for a time, and the names that --time-format has for them. */
const timeOptions = [
  ['reltime', 'reltime'],
  ['human', 'reltime'],
  ['ctime', 'ctime'],
  ['notime', 'notime'],
  ['show-delta', 'show-delta'],
] as const

async function run(terminal: Terminal, command: Command): Promise<ExitCode> {
  const options = command.opts<DmesgOptions>()
  try {
    checkExclusive(options)
    await runDmesg(options, terminal)
    return exitCode.found
  } catch (error) {
    if (!(error instanceof RequestError) && !(error instanceof RingError)) throw error
    terminal.complain(error.message)
    return exitCode.nothing
  }
}

export const dmesg: CommandDefinition = {
  name: 'dmesg',
  summary: 'the kernel’s ring, as dmesg prints it, with exceptions explained',
  define,
  // as dmesg ends
  usageExit: exitCode.nothing,
  run,
}
