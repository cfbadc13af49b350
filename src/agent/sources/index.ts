// Every road by which words of a kernel reach the agent as they are printed. To add one: source.ts says how.

import { file } from './file.ts'
import { journal } from './journal.ts'
import { kmsg } from './kmsg.ts'
import { netconsole } from './netconsole.ts'
import { pipe, stdin } from './pipe.ts'
import { procKmsg } from './proc-kmsg.ts'
import { serial } from './serial.ts'
import { type CaptureSource, SourceError } from './source.ts'
import { syslogCall } from './syslog-call.ts'
import { syslogTcp, syslogTls, syslogUdp } from './syslog-network.ts'
import { syslogUnix } from './syslog-unix.ts'

/** The own kernel’s roads, the best first: as klogd chose between /proc/kmsg and syslog(2), with /dev/kmsg before both. */
const kernelRoads = [kmsg, procKmsg, syslogCall]

/** Takes the first of the kernel’s roads that can be read here, and says what was wrong with those before. */
const kernel: CaptureSource = {
  name: 'kernel',
  what: 'this machine’s kernel by the best road there is: kmsg, proc-kmsg or syslog',
  own: true,
  async open(_argument, sink, host, resume) {
    const problems: string[] = []
    for (const road of kernelRoads) {
      try {
        const capture = await road.open('', sink, host, resume)
        if (problems.length > 0) sink.trouble(`${problems.join('; ')}. Reading by ${road.name}`)
        capture.road = road.name
        return capture
      } catch (error) {
        if (!(error instanceof SourceError)) throw error
        problems.push(error.message)
      }
    }
    throw new SourceError(problems.join('; '))
  },
}

export const sources: readonly CaptureSource[] = [
  kernel,
  kmsg,
  procKmsg,
  syslogCall,
  serial,
  stdin,
  pipe,
  file,
  journal,
  netconsole,
  syslogUdp,
  syslogTcp,
  syslogTls,
  syslogUnix,
]

/** `kmsg`, `file:/var/log/kern.log`, `netconsole::6666`. Throws SourceError for what is none. */
export function readSource(text: string): { source: CaptureSource; argument: string } {
  const colon = text.indexOf(':')
  const name = colon < 0 ? text : text.slice(0, colon)
  const argument = colon < 0 ? '' : text.slice(colon + 1)
  const source = sources.find(each => each.name === name)
  if (source === undefined)
    throw new SourceError(`there is no source "${name}"; there are ${sources.map(each => each.name).join(', ')}`)
  if (source.argument === undefined && argument !== '')
    throw new SourceError(`source "${name}" takes nothing behind a colon, found "${argument}"`)
  if (source.argument !== undefined && !source.argument.startsWith('[') && argument === '')
    throw new SourceError(`source "${name}" is written ${name}:${source.argument}`)
  return { source, argument }
}

export type { Capture, CaptureSource, Cursor, Piece, Sink, SourceHost } from './source.ts'
export { SourceError }
