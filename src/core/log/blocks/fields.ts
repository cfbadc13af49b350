// A record as named fields: journald's in all its forms, dmesg -J, container runtimes, log shippers.

import type { Draft } from '../draft.ts'
import { isoFromUnixUs } from '../layers/dates.ts'
import { facilityOfName, levelOfName } from '../layers/dmesg.ts'

export type Fields = Record<string, unknown>

/** The record's text and how it came; undefined when the fields hold none. */
export interface FieldsMessage {
  text: string
  transport: string
  /** fills in what the fields say beside the text */
  seed(draft: Draft): void
}

/** Names under which a log's text is found, the most telling first. */
const textNames = ['MESSAGE', 'msg', 'log', 'message', 'textPayload', '@message'] as const

/** What to make of one record of fields. Never throws. */
export function readFields(fields: Fields): FieldsMessage | undefined {
  const name = textNames.find(name => textOf(fields[name]) !== undefined)
  if (name === undefined) return undefined
  const text = textOf(fields[name])!
  if (name === 'MESSAGE') return { text, transport: 'journal', seed: draft => seedFromJournal(fields, draft) }
  if (name === 'msg' && 'pri' in fields) {
    return { text, transport: 'dmesg-json', seed: draft => seedFromDmesg(fields, draft) }
  }
  return { text, transport: name === 'log' ? 'container' : 'json', seed: draft => seedFromShipper(fields, draft) }
}

/** journald writes a field that is not UTF-8 text as an array of bytes, one that occurs twice as an array of values. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (!Array.isArray(value) || value.length === 0) return undefined
  if (typeof value[0] === 'string') return value[0]
  if (!value.every(item => Number.isInteger(item) && item >= 0 && item <= 255)) return undefined
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(value as number[]))
}

function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number' && Number.isFinite(value)) return value
  const text = textOf(value)
  if (text === undefined || !/^\s{0,12}\d{1,16}(?:\.\d{1,9})?$/.test(text)) return undefined
  return Number(text)
}

/** systemd.journal-fields(7). */
function seedFromJournal(fields: Fields, draft: Draft): void {
  const level = numberOf(fields['PRIORITY'])
  if (level !== undefined && level <= 7) draft.level = level
  const facility = numberOf(fields['SYSLOG_FACILITY'])
  if (facility !== undefined) draft.facility = facility
  const monotonic = numberOf(fields['_SOURCE_MONOTONIC_TIMESTAMP']) ?? numberOf(fields['_SOURCE_BOOTTIME_TIMESTAMP'])
  if (monotonic !== undefined) draft.sinceBootUs = monotonic
  const realtime = numberOf(fields['__REALTIME_TIMESTAMP']) ?? numberOf(fields['_SOURCE_REALTIME_TIMESTAMP'])
  // `wall` is the date that journalctl -o verbose prints in front.
  const wall = realtime === undefined ? textOf(fields['wall']) : isoFromUnixUs(realtime)
  if (wall !== undefined) draft.wall = wall
  const host = textOf(fields['_HOSTNAME'])
  if (host !== undefined) draft.host = host
  for (const name of ['_BOOT_ID', '_KERNEL_SUBSYSTEM', '_KERNEL_DEVICE', '_MACHINE_ID']) {
    const value = textOf(fields[name])
    if (value !== undefined) draft.addToDictionary(name, value)
  }
  const tag = textOf(fields['SYSLOG_IDENTIFIER']) ?? textOf(fields['_COMM'])
  const transport = textOf(fields['_TRANSPORT'])
  // Only journald itself can write _TRANSPORT; what it read from /dev/kmsg with another facility was put there by programs.
  if (transport === 'kernel' ? facility === undefined || facility === 0 : transport === undefined && tag === 'kernel') {
    draft.fromKernel = true
  } else {
    if (tag !== undefined && tag !== 'kernel') draft.tag = tag
    draft.userSpace = true
  }
}

/** util-linux, sys-utils/dmesg.c, print_record() with json_output; -x splits the priority in two names. */
function seedFromDmesg(fields: Fields, draft: Draft): void {
  const priority = numberOf(fields['pri'])
  if (priority !== undefined) draft.setPriority(priority)
  const level = levelOfName(textOf(fields['pri']) ?? '')
  if (level !== undefined) draft.level = level
  const facility = facilityOfName(textOf(fields['fac']) ?? '')
  if (facility !== undefined) draft.facility = facility
  const time = numberOf(fields['time'])
  if (time !== undefined) draft.sinceBootUs = Math.round(time * 1e6)
  else if (textOf(fields['time']) !== undefined) draft.wall = textOf(fields['time'])
  const caller = /^([TC])(\d{1,10})$/.exec(textOf(fields['caller']) ?? '')
  if (caller === null) return
  draft.caller = caller[0]
  if (caller[1] === 'C') draft.cpu = Number(caller[2])
}

/** {"log":"text\n","stream":"stdout","time":"…"} of container runtimes; message, timestamp, host of log shippers. */
function seedFromShipper(fields: Fields, draft: Draft): void {
  for (const name of ['time', 'timestamp', '@timestamp', 'ts', 'dt']) {
    const value = textOf(fields[name])
    if (value === undefined) continue
    draft.wall = value
    break
  }
  for (const name of ['host', 'hostname', '_HOSTNAME']) {
    const value = textOf(fields[name])
    if (value === undefined) continue
    draft.host = value
    break
  }
}
