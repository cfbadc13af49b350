// A serial line or another terminal at whose far end a machine has its console.

import { spawnSync } from 'node:child_process'
import { constants, openSync } from 'node:fs'
import { captureDescriptor } from './descriptor.ts'
import { type CaptureSource, messageOf, SourceError } from './source.ts'

/** A console shows a prompt without a line break: it is a line after so much silence. */
const UNFINISHED_MS = 1000

/** Rates of the kernel's consoles: include/uapi/asm-generic/termbits.h. */
const rates = new Set([
  1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 500000, 576000, 921600, 1000000, 1152000,
  1500000, 2000000, 2500000, 3000000, 3500000, 4000000,
])

/** `/dev/ttyS1`, `/dev/ttyUSB0,115200`, `/dev/ttyS0,9600n8`: as the kernel's console= has it. */
function readArgument(argument: string): { path: string; rate?: number; parity: string; bits: number } {
  const found = /^(?<path>\/[^,]*)(?:,(?<rate>\d{1,8})(?<parity>[noe])?(?<bits>[78])?)?$/.exec(argument)
  if (found === null)
    throw new SourceError(`serial:${argument}: expected a path and a rate, as in serial:/dev/ttyS1,115200n8`)
  const { path = '', rate, parity = 'n', bits = '8' } = found.groups!
  if (rate === undefined) return { path, parity, bits: Number(bits) }
  if (!rates.has(Number(rate)))
    throw new SourceError(`serial:${argument}: a line has no rate of ${rate}; 115200, 9600 and 38400 are usual`)
  return { path, rate: Number(rate), parity, bits: Number(bits) }
}

/** termios(3): bytes as they come, nothing echoed back to a machine that may be at its boot loader's prompt. */
function setUp({ path, rate, parity, bits }: ReturnType<typeof readArgument>): string | undefined {
  const parities = { n: ['-parenb'], e: ['parenb', '-parodd'], o: ['parenb', 'parodd'] } as const
  const words = ['raw', '-echo', 'clocal', '-hupcl', 'cread', `cs${bits}`, ...parities[parity as 'n' | 'e' | 'o']]
  const result = spawnSync('stty', ['-F', path, ...(rate === undefined ? [] : [String(rate)]), ...words], {
    encoding: 'utf8',
    timeout: 5000,
  })
  if (result.error) return `stty cannot be run (${result.error.message}); the line stays as it is set`
  return result.status === 0 ? undefined : `${result.stderr.trim()}; the line stays as it is set`
}

export const serial: CaptureSource = {
  name: 'serial',
  what: 'the console of a machine at the other end of a serial line or a terminal',
  argument: 'DEVICE[,RATE[PARITY[BITS]]]',
  own: false,
  open(argument, sink, host) {
    const line = readArgument(argument)
    let descriptor: number
    try {
      // Without O_NOCTTY the console's Ctrl-C would end the agent; without O_NONBLOCK a line without carrier would hold it.
      descriptor = openSync(line.path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
    } catch (error) {
      throw new SourceError(`serial:${argument}: ${messageOf(error)}`)
    }
    const trouble = setUp(line)
    if (trouble !== undefined) sink.trouble(`serial:${argument}: ${trouble}`)
    return captureDescriptor(descriptor, line.path, sink, host, { atEnd: 'wait', unfinishedMs: UNFINISHED_MS })
  },
}
