// What printk itself puts before a line: level, time, caller; and what phone and board vendors add to it.

import type { Draft } from '../draft.ts'
import { afterDigits, depths, isDigit, type Layer } from './layer.ts'

const SPACE = 0x20
const OPEN = 0x5b
const CLOSE = 0x5d
const DOT = 0x2e

/** Longest comm is 15 characters, kernel threads of workqueues print more. */
const MAX_VENDOR_BRACKET = 64

/**
 * `<6>text` on a console or in `dmesg -r`; also after another prefix. kernel/printk/printk.c, print_syslog():
 * the number is facility * 8 + level, as in syslog's PRI.
 */
export const level: Layer = {
  name: 'level',
  depth: depths.stamp,
  begins: '<',
  anywhere: true, // around a syslog line as its PRI, and inside any prefix
  peel(text, at, draft) {
    const end = afterDigits(text, at + 1, 3)
    if (end === at + 1 || text.charCodeAt(end) !== 0x3e) return -1
    const priority = Number(text.slice(at + 1, end))
    if (priority > 191) return -1 // 23 facilities, RFC 5424 §6.2.1
    draft.setPriority(priority)
    return end + 1
  },
}

/**
 * `[  123.456789] `, printk.c print_time(): "[%5lu.%06lu]", and its relatives:
 * `[  123.456789] [ T12] ` (dmesg), `[  123.456]` (old boards), `[  123.456789,0]` (Motorola: CPU),
 * `[  123.456789s]` (Huawei), `[  123.456789 <    0.000012>] ` (dmesg -d), `[    1.234567 ][    T0 ]`.
 */
export const printk: Layer = {
  name: 'printk',
  depth: depths.stamp,
  begins: '[',
  repeats: true,
  peel(text, at, draft) {
    const end = readStamp(text, at, draft)
    return end < 0 ? -1 : skipSpace(text, end)
  },
}

/** Reads `[ seconds.fraction …]`; the position after the bracket, or -1. */
export function readStamp(text: string, at: number, draft?: Draft): number {
  let i = at + 1
  while (text.charCodeAt(i) === SPACE && i - at < 12) i++
  let seconds = 0
  const secondsAt = i
  for (let code = text.charCodeAt(i); isDigit(code) && i - secondsAt < 12; code = text.charCodeAt(++i)) {
    seconds = seconds * 10 + code - 48
  }
  if (i === secondsAt || text.charCodeAt(i) !== DOT) return -1
  let micros = 0
  const fractionAt = ++i
  for (let code = text.charCodeAt(i); isDigit(code) && i - fractionAt < 9; code = text.charCodeAt(++i)) {
    if (i - fractionAt < 6) micros = micros * 10 + code - 48
  }
  const digitCount = i - fractionAt
  if (digitCount !== 6 && digitCount !== 3 && digitCount !== 9) return -1
  if (digitCount === 3) micros *= 1000
  let cpu: number | undefined
  if (text.charCodeAt(i) === 0x73 /* s */) i++
  else if (text.charCodeAt(i) === 0x2c /* , */) {
    const end = afterDigits(text, i + 1, 3)
    if (end === i + 1) return -1
    cpu = Number(text.slice(i + 1, end))
    i = end
  }
  while (text.charCodeAt(i) === SPACE && i - fractionAt < 16) i++
  if (text.charCodeAt(i) === 0x3c /* < */) i = afterDelta(text, i)
  if (i < 0 || text.charCodeAt(i) !== CLOSE) return -1
  if (draft !== undefined) {
    draft.sinceBootUs = seconds * 1_000_000 + micros
    if (cpu !== undefined) draft.cpu = cpu
  }
  return i + 1
}

/** `<    0.000012>` or, with journalctl -o short-delta, `<    0.000012 >`. */
function afterDelta(text: string, at: number): number {
  const end = text.indexOf('>', at)
  if (end < 0 || end - at > 24) return -1
  for (let i = at + 1; i < end; i++) {
    const code = text.charCodeAt(i)
    if (code !== SPACE && code !== DOT && !isDigit(code)) return -1
  }
  return end + 1
}

/**
 * `[  T123] ` a task, `[    C0] ` a CPU in interrupt: printk.c print_caller(), CONFIG_PRINTK_CALLER, "[%6s]".
 * `[T123@C0] `: vendor kernels and the execution context of 7.x; `[0:  kworker/0:1:  123] ` Samsung;
 * ` (0)[123:comm]` and `-(0)[0:swapper/0]` MediaTek; `[pid:1,cpu0,swapper/0]` Huawei.
 */
export const caller: Layer = {
  name: 'caller',
  depth: depths.caller,
  begins: '[ (-',
  peel(text, at, draft) {
    let i = at
    // Only brackets that come at once or after spaces: text that is merely indented keeps its indentation.
    while (text.charCodeAt(i) === SPACE && i - at < 4) i++
    const code = text.charCodeAt(i)
    let end = -1
    if (code === OPEN) end = readCaller(text, i, draft)
    else if (code === 0x28 || code === 0x2d) end = readMediatek(text, i, draft)
    return end < 0 ? -1 : skipSpace(text, end)
  },
}

function readCaller(text: string, at: number, draft: Draft): number {
  let i = at + 1
  while (text.charCodeAt(i) === SPACE && i - at < 12) i++
  const kind = text.charCodeAt(i)
  if (kind !== 0x54 && kind !== 0x43) return readVendorBracket(text, at, draft)
  let end = afterDigits(text, i + 1, 10)
  if (end === i + 1) return -1
  const name = text.slice(i, end)
  let cpu = kind === 0x43 ? Number(name.slice(1)) : undefined
  if (text.startsWith('@C', end)) {
    const after = afterDigits(text, end + 2, 5)
    cpu = Number(text.slice(end + 2, after))
    end = after
  }
  while (text.charCodeAt(end) === SPACE && end - at < 24) end++
  if (text.charCodeAt(end) !== CLOSE) return -1
  draft.caller = name
  if (cpu !== undefined) draft.cpu = cpu
  return end + 1
}

/** `[0:      swapper:    1]` (cpu, comm, pid) or `[pid:1,cpu0,swapper/0]`. */
function readVendorBracket(text: string, at: number, draft: Draft): number {
  const first = text.charCodeAt(at + 1)
  const huawei = first === 0x70 && text.startsWith('pid:', at + 1)
  if (!huawei && !isDigit(first)) return -1
  const close = text.indexOf(']', at)
  if (close < 0 || close - at > MAX_VENDOR_BRACKET) return -1
  const inside = text.slice(at + 1, close)
  const found = (huawei ? huaweiCaller : samsungCaller).exec(inside)?.groups
  // [12:34:56] is a time of day
  if (found === undefined || !/[A-Za-z]/.test(found['comm']!)) return -1
  draft.caller = 'T' + found['pid']
  draft.cpu = Number(found['cpu'])
  draft.addToDictionary('taskname', found['comm']!.trim())
  return close + 1
}

// [1:  kworker/1:1:   83]
const samsungCaller = /^(?<cpu>\d{1,2}): *(?<comm>\S.{0,20}): *(?<pid>\d{1,7})$/
// [pid:1,cpu0,swapper/0]
const huaweiCaller = /^pid:(?<pid>\d{1,7}),cpu(?<cpu>\d{1,3}),(?<comm>.{1,24})$/
// (0)[1:swapper/0]  -(0)[0:swapper/0]
const mediatekCaller = /-?\((?<cpu>\d{1,3})\)\[(?<pid>\d{1,7}):(?<comm>[^\]]{1,24})\]/y

function readMediatek(text: string, at: number, draft: Draft): number {
  mediatekCaller.lastIndex = at
  const found = mediatekCaller.exec(text)?.groups
  if (found === undefined) return -1
  draft.caller = 'T' + found['pid']
  draft.cpu = Number(found['cpu'])
  draft.addToDictionary('taskname', found['comm']!)
  return mediatekCaller.lastIndex
}

/** Printk puts one space after its prefix; more belong to the message (` fn+0x1/0x2` in a trace). */
function skipSpace(text: string, at: number): number {
  return text.charCodeAt(at) === SPACE ? at + 1 : at
}

/** `    [   12.345678] text`: a log pasted with indentation. */
export const indent: Layer = {
  name: 'indent',
  depth: depths.quote,
  begins: ' \t',
  peel(text, at) {
    let i = at
    for (let code = text.charCodeAt(i); code === SPACE || code === 9; code = text.charCodeAt(++i)) {
      if (i - at > 40) return -1
    }
    const start = i
    if (text.charCodeAt(i) === 0x3c && text.charCodeAt(i + 2) === 0x3e && isDigit(text.charCodeAt(i + 1))) i += 3
    return text.charCodeAt(i) === OPEN && readStamp(text, i) > 0 ? start : -1
  },
}
