// What one call of `faultline dmesg` does, its options understood.

import { readFileSync } from 'node:fs'
import { bootClock } from '../agent/ring/clock.ts'
import { openInput, type RingInput } from '../agent/ring/input.ts'
import { Printer, type PrintOptions } from '../agent/ring/printer.ts'
import {
  actionOf,
  type DmesgOptions,
  RequestError,
  readBufferSize,
  readConsoleLevel,
  readFacilities,
  readLevels,
  readMoment,
  readTimeFormats,
} from '../agent/ring/request.ts'
import { clearRing, consoleOff, consoleOn, ringSize, setConsoleLevel } from '../agent/ring/ring-buffer.ts'
import { escapeUnseen } from '../core/render/json.ts'
import { coloursOf } from './dmesg-colours.ts'
import { printFollowing, printNow, printRaw, type Show } from './dmesg-show.ts'
import { openPager } from './pager.ts'
import type { Terminal } from './terminal.ts'

/** Throws RequestError and RingError. */
export async function runDmesg(options: DmesgOptions, terminal: Terminal): Promise<void> {
  if (options.ringSize) return terminal.print(`${ringSize()}\n`)
  switch (actionOf(options)) {
    case 'clear':
      return clearRing()
    case 'console-off':
      return consoleOff()
    case 'console-on':
      return consoleOn()
    case 'console-level':
      return setConsoleLevel(readConsoleLevel(options.consoleLevel!))
    case 'read-clear':
      await printRing(options, terminal)
      return clearRing()
    case 'read':
      return printRing(options, terminal)
  }
}

/** What can be said before anything is read, so that a mistake is told at once. */
function understand(options: DmesgOptions, terminal: Terminal) {
  if (options.json && options.explain) {
    throw new RequestError('--json and --explain do not go together: `faultline decode --json` gives reports as JSON')
  }
  readBufferSize(options.bufferSize)
  const now = Date.now()
  return {
    levels: options.level === undefined ? undefined : readLevels(options.level),
    facilities: readFacilities(options),
    times: readTimeFormats(options),
    since: readMoment(options.since, now),
    until: readMoment(options.until, now),
    colours: coloursOf(options, terminal),
    raw: options.raw === true && !options.json,
    decode: options.decode === true,
    escapes:
      options.noescape || options.json ? undefined : { utf8: isUtf8(terminal.env), strict: terminal.interactive },
  } satisfies Partial<PrintOptions>
}

async function printRing(options: DmesgOptions, terminal: Terminal): Promise<void> {
  const understood = understand(options, terminal)
  const input = openInput(options)
  const isKmsg = input.method === 'kmsg' || input.method === 'kmsg-file'
  const filters = understood.levels !== undefined || understood.facilities !== undefined
  if (understood.raw && !isKmsg && filters) {
    throw new RequestError(
      '--raw can be used together with --level or --facility only when reading messages from /dev/kmsg',
    )
  }
  const printer = new Printer(
    {
      ...understood,
      // elsewhere each line has a prefix of its own already
      forcePrefix: options.forcePrefix === true && !options.json && isKmsg,
      callerWidth: isKmsg ? kmsgCallerWidth() : SYSLOG_CALLER_WIDTH,
    },
    bootClock(),
  )
  const following = (options.follow === true || options.followNew === true) && input.kmsg !== undefined
  const wantsPager = options.human && !options.nopager && !options.json && !following
  const pager = wantsPager ? openPager(terminal) : undefined
  const show: Show = {
    printer,
    json: options.json === true,
    explain: options.explain === true,
    colour: understood.colours !== undefined,
    columns: terminal.columns,
    withPriority:
      filters || understood.colours !== undefined || understood.raw || understood.decode || options.json === true,
    write: text => {
      const bytes = outputBytes(text, options, terminal)
      return pager === undefined ? terminal.printBytes(bytes) : pager.print(bytes)
    },
    complain: message => terminal.complain(message),
  }
  try {
    if (following) await printFollowing(show, input.kmsg!)
    else if (understood.raw && !isKmsg) await printRaw(show, input, understood.escapes)
    else await printNow(show, input)
  } finally {
    closeInput(input)
    await pager?.close()
  }
}

function closeInput({ kmsg }: RingInput): void {
  kmsg?.close()
}

/** JSON is printed as dmesg does; on a terminal what could act on it is written as \uXXXX: the same value. */
function outputBytes(text: string, { json }: DmesgOptions, { interactive }: Terminal): Buffer {
  const bytes = Buffer.from(text, 'latin1')
  return json && interactive ? Buffer.from(escapeUnseen(bytes.toString())) : bytes
}

/** setlocale(3): the first of these that says something. */
function isUtf8(env: Terminal['env']): boolean {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || 'C'
  return /utf-?8/i.test(locale)
}

/** syslog(2) pads to five digits; /dev/kmsg does not, so dmesg makes room for the longest thread number there can be. */
const SYSLOG_CALLER_WIDTH = 5
const UNKNOWN_CALLER_WIDTH = 11

function kmsgCallerWidth(): number {
  try {
    // its line break counts: it is the place of the letter before the number
    return readFileSync('/proc/sys/kernel/pid_max', 'latin1').length
  } catch {
    return UNKNOWN_CALLER_WIDTH
  }
}
