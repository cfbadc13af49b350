// All layers; for each first character the ones that can begin with it, in this order.

import * as capture from './capture.ts'
import * as dmesg from './dmesg.ts'
import { kmsg } from './kmsg.ts'
import type { Layer } from './layer.ts'
import { logcat, logcatBrief } from './logcat.ts'
import { origin } from './origin.ts'
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
  origin, // last: it looks at any word
]

const none: readonly Layer[] = []

/** Indexed by the code of a first character below 128. */
const byFirstCharacter: (readonly Layer[])[] = Array.from({ length: 128 }, (_, code) => {
  const fitting = layers.filter(layer => layer.begins.includes(String.fromCharCode(code)))
  return fitting.length > 0 ? fitting : none
})

export function layersFor(code: number): readonly Layer[] {
  return code < 128 ? byFirstCharacter[code]! : none
}
