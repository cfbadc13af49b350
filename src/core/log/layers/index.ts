// All layers; for each first character the ones that can begin with it, in this order.

import * as capture from './capture.ts'
import * as dmesg from './dmesg.ts'
import { kmsg } from './kmsg.ts'
import { depths, type Layer } from './layer.ts'
import { logcat, logcatBrief } from './logcat.ts'
import { bareOrigin, origin } from './origin.ts'
import { caller, indent, level, printk } from './printk.ts'
import { mail } from './quote.ts'
import * as syslog from './syslog.ts'

export const layers: readonly Layer[] = [
  printk, // first: nearly every line has it
  caller,
  level,
  kmsg,
  mail,
  indent,
  dmesg.iso,
  syslog.rfc5424,
  syslog.rfc3339,
  logcat,
  syslog.rfc3164,
  syslog.shortFull,
  syslog.shortUnix,
  syslog.octetCounting,
  logcatBrief,
  dmesg.decoded,
  dmesg.ctime,
  dmesg.relative,
  capture.bracketed,
  capture.dated,
  capture.clock,
  capture.grabserial,
  bareOrigin, // last: these look at any word
  origin,
]

const none: readonly Layer[] = []

const CODES = 128

/** Indexed by (depth + 1) * 128 + the code of a first character. */
const fitting: (readonly Layer[])[] = []
for (let depth = -1; depth <= depths.caller; depth++) {
  const inside = layers.filter(
    layer => layer.anywhere || layer.depth > depth || (layer.repeats && layer.depth === depth),
  )
  for (let code = 0; code < CODES; code++) {
    const rows = inside.filter(layer => layer.begins.includes(String.fromCharCode(code)))
    fitting.push(rows.length > 0 ? rows : none)
  }
}

/** The layers that may stand inside one of this depth (-1: at the start of a line) and begin with this character. */
export function layersFor(code: number, depth: number): readonly Layer[] {
  return code < CODES ? fitting[(depth + 1) * CODES + code]! : none
}
