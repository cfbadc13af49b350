// Numbers and symbols as printk prints them; every architecture's lines are made of these.

import type { Frame } from '../model.ts'

/** The value of a register or address in a report: '0x' and the digits as printed, in lower case. */
export function hex(digits: string): string {
  for (let at = 0; at < digits.length; at++) {
    if (digits.charCodeAt(at) < 0x61 && digits.charCodeAt(at) > 0x39) return `0x${digits.toLowerCase()}`
  }
  return `0x${digits}`
}

/** The number behind a printed register value ('0x…'); undefined when it is none. */
export function numberOf(value: string | undefined): bigint | undefined {
  if (value === undefined || !/^0x[0-9a-f]{1,32}$/.test(value)) return undefined
  return BigInt(value)
}

/** 0-9, a-f, A-F */
export function isHexDigit(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 97 && code <= 102) || (code >= 65 && code <= 70)
}

/** A letter, a digit or '_'. */
export function isWord(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95
}

/** The first position at or after `from` that is neither space nor tab. */
export function skipSpaces(line: string, from: number): number {
  let at = from
  for (; at < line.length; at++) {
    const code = line.charCodeAt(at)
    if (code !== 32 && code !== 9) break
  }
  return at
}

/** The end of the run of hexadecimal digits that starts at `from`. */
export function endOfHex(line: string, from: number): number {
  let at = from
  while (at < line.length && isHexDigit(line.charCodeAt(at))) at++
  return at
}

// [foo+61/736], [e100:e100_watchdog+112/960]: what klogd made of [<c0123456>] from the kernel's map, in decimal
const byKlogd = /\[(?::?([A-Za-z][\w-]{0,63}):)?([A-Za-z_][\w.$]{0,255})\+(\d{1,9})\/(\d{1,9})\]/y

/** A place in code as printed, and where in the line it ends. */
export interface PrintedSymbol {
  frame: Frame
  end: number
}

// [<c01234ab>], or [<          (null)>] as vsprintf.c printed NULL from 2.6.26 to 4.18
const bracketed = /\[<(?:0x)?([0-9a-fA-F]{4,16})>\]|\[< {0,16}\(null\)>\]/y
/** Digits of a size that a number can hold. */
const LONGEST_SIZE = 12

// lib/vsprintf.c, symbol_string() and kernel/kallsyms.c, sprint_symbol(): name+0xoffset/0xsize; before 2.5.71 both
// without 0x, hexadecimal all the same; x86_64 until 2.6.17 {name+decimal}. ":ext3:name" was its form for a module.
const named =
  /(?::([\w-]{1,64}):)?([A-Za-z_.$][\w.$]*)(?:\+(0x)?([0-9a-fA-F]{1,16})(?!\w)(?:\/(?:0x)?([0-9a-fA-F]{1,16})(?!\w))?)?/y
// " [ext4]", " [ext4 0123…cdef]" with CONFIG_STACKTRACE_BUILD_ID, " [ext4(O)]" as some vendors print it
const inModule = / {1,4}\[([A-Za-z0-9_-]{1,64})(?:\([A-Z+-]{1,8}\))?(?: ([0-9a-f]{16,64}))?\]/y
// " fs/read_write.c:123", " (fs/read_write.c:123 (discriminator 4))": what symbolisers add
const placed = / \(?([\w./+-]{1,512}\.(?:[chS]|rs|cpp|cc)):(\d{1,9})(?::(\d{1,9}))?/y

function matchAt(pattern: RegExp, line: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at
  return pattern.exec(line)
}

/**
 * Reads what %pS prints at `from` (spaces skipped): `foo+0x1/0x2 [mod build-id]`, `0xffffffff81000000`,
 * `[<c0100000>] foo+0x1/0x2`, `<ffffffff80100000>{foo+12}`, `(null)`, each also with the place that a symboliser added.
 * Undefined when nothing of that kind stands there. Time is linear in the length of the line.
 */
export function readSymbol(line: string, from = 0): PrintedSymbol | undefined {
  let at = skipSpaces(line, from)
  const translated = line[at] === '[' ? matchAt(byKlogd, line, at) : null
  if (translated) return { frame: fromKlogd(translated), end: at + translated[0].length }
  let address: string | undefined
  let addressEnd = at
  // up to two: "[<ffffffff81000000>]  [<ffffffff81000000>] foo+…" of x86_64 before 4.10
  for (let count = 0; count < 2; count++) {
    const match = matchAt(bracketed, line, at)
    if (!match) break
    address ??= match[1] === undefined ? '0x0' : hex(match[1])
    addressEnd = at + match[0].length
    at = skipSpaces(line, addressEnd)
  }
  if (line.charCodeAt(at) === 60 /* < */) {
    const end = endOfHex(line, at + 1)
    if (end - at > 4 && line[end] === '>') {
      address ??= hex(line.slice(at + 1, end))
      addressEnd = end + 1
      at = skipSpaces(line, addressEnd)
    }
  }
  if (line.startsWith('(null)', at)) return { frame: { address: address ?? '0x0' }, end: at + 6 }
  if (line.startsWith('0x', at)) {
    const end = endOfHex(line, at + 2)
    if (end === at + 2 || end - at > 18 || isWord(line.charCodeAt(end))) return bare(address, addressEnd)
    return { frame: { address: address ?? hex(line.slice(at + 2, end)) }, end }
  }
  const braced = line[at] === '{'
  const match = matchAt(named, line, braced ? at + 1 : at)
  if (!match) return bare(address, addressEnd)
  const [whole, oldModule, symbol, prefix, offset, size] = match
  let end = at + whole.length + (braced ? 1 : 0)
  const frame: Frame = {}
  if (address !== undefined) frame.address = address
  frame.symbol = symbol!
  if (offset !== undefined) frame.offset = Number.parseInt(offset, braced && prefix === undefined ? 10 : 16)
  // the last symbol of a section has a size below zero
  if (size !== undefined && size.length <= LONGEST_SIZE) frame.size = Number.parseInt(size, 16)
  if (oldModule !== undefined) frame.module = oldModule
  if (braced) {
    if (line[end] === '}') end++
  } else {
    end = readModule(line, end, frame)
  }
  const place = matchAt(placed, line, end)
  // A bare word is a symbol only where a symboliser has put the place in the offset's stead.
  if (offset === undefined && !place) return bare(address, addressEnd)
  if (place) {
    frame.place = { file: place[1]!, line: Number(place[2]) }
    if (place[3] !== undefined) frame.place.column = Number(place[3])
    end += place[0].length
    const close = line.indexOf(')', end)
    if (place[0].startsWith(' (') && close >= 0 && close - end < 64) end = readModule(line, close + 1, frame)
  }
  return { frame, end }
}

/** Groups: module, symbol, offset, size. */
export function fromKlogd([, module, symbol, offset, size]: readonly (string | undefined)[]): Frame {
  const frame: Frame = { symbol: symbol!, offset: Number(offset), size: Number(size) }
  if (module !== undefined) frame.module = module
  return frame
}

function bare(address: string | undefined, end: number): PrintedSymbol | undefined {
  return address === undefined ? undefined : { frame: { address }, end }
}

function readModule(line: string, at: number, frame: Frame): number {
  const match = matchAt(inModule, line, at)
  if (!match) return at
  frame.module ??= match[1]!
  if (match[2] !== undefined) frame.buildId = match[2]
  return at + match[0].length
}
