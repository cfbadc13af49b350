// Rows of a register dump: `name: value` pairs, and values in a row under one name.

import { endOfHex, hex, isWord, skipSpaces } from './printed.ts'

/** Register name as printed → how many digits its value has; 0 = as many as there are (1 to 16). */
export type RegisterWidths = ReadonlyMap<string, number>

/** Widths for names that all have the same number of digits. */
export function widths(digits: number, names: readonly string[]): [string, number][] {
  return names.map(name => [name, digits])
}

/** `count` names from `prefix` and a number: numbered('x', 31) is x0 … x30. */
export function numbered(prefix: string, count: number, first = 0): string[] {
  return Array.from({ length: count }, (_, index) => prefix + (first + index))
}

interface Register {
  /** the name as a key: a piece of a line would have to be looked up among all keys each time */
  name: string
  digits: number
}

const tables = new Map<RegisterWidths, ReadonlyMap<string, Register>>()

/** One table for each of the architectures' lists. */
function tableOf(known: RegisterWidths): ReadonlyMap<string, Register> {
  let table = tables.get(known)
  if (table === undefined) {
    table = new Map(Array.from(known, ([name, digits]) => [name, { name, digits }]))
    tables.set(known, table)
  }
  return table
}

export interface RegisterRow {
  registers: Record<string, string>
  /** how many were read */
  count: number
  /** position in the line after the last of them */
  end: number
}

const longestValue = 16
const longestName = 16

/**
 * Reads `name: value name: value …` from `from`; also `name = value`, `name value`, spaces before the colon, `[<…>]`
 * around a value, an x86 selector before it (`0018:ffff…`) and one behind it (`FS: …(0000)`, given as `FS_selector`).
 * `prefix` stands before each value: '0x' on ARC. The first name must be known. A value that has not the digits which the kernel prints is torn and is left out.
 */
export function readPairs(
  line: string,
  from: number,
  known: RegisterWidths,
  prefix: '' | '0x' = '',
): RegisterRow | undefined {
  const registers: Record<string, string> = {}
  const table = tableOf(known)
  let at = skipSpaces(line, from)
  let end = at
  let count = 0
  while (at < line.length) {
    const nameEnd = endOfName(line, at)
    if (nameEnd === at || nameEnd - at > longestName) break
    const register = table.get(line.slice(at, nameEnd))
    if (register === undefined) break
    const { name, digits } = register
    let start = skipSpaces(line, nameEnd)
    const separator = line.charCodeAt(start)
    if (separator === 58 /* : */ || separator === 61 /* = */) start = skipSpaces(line, start + 1)
    else if (start === nameEnd) break
    const boxed = line.startsWith('[<', start)
    if (boxed) start += 2
    if (!line.startsWith(prefix, start)) break
    start += prefix.length
    let valueEnd = endOfHex(line, start)
    if (valueEnd - start === 4 && line[valueEnd] === ':' && endOfHex(line, valueEnd + 1) > valueEnd + 1) {
      start = valueEnd + 1
      valueEnd = endOfHex(line, start)
    }
    const length = valueEnd - start
    if (length === 0) {
      if (count === 0) return undefined
      break
    }
    const whole = !isWord(line.charCodeAt(valueEnd)) && length <= longestValue && (digits === 0 || digits === length)
    if (whole) {
      registers[name] = hex(line.slice(start, valueEnd))
      count++
    }
    at = valueEnd
    if (boxed && line.startsWith('>]', at)) at += 2
    if (line[at] === '(') {
      const close = endOfHex(line, at + 1)
      if (close > at + 1 && line[close] === ')') {
        if (whole) registers[`${name}_selector`] = hex(line.slice(at + 1, close))
        at = close + 1
      }
    }
    end = at
    while (at < line.length && isBetween(line.charCodeAt(at))) at++
    if (at === end) break
  }
  return count === 0 ? undefined : { registers, count, end }
}

function endOfName(line: string, from: number): number {
  let at = from
  while (at < line.length) {
    const code = line.charCodeAt(at)
    if (!isWord(code) && code !== 36 /* $ */ && code !== 46 /* . */) break
    at++
  }
  return at
}

function isBetween(code: number): boolean {
  return code === 32 || code === 9 || code === 44 /* , */
}

/** Reads values of exactly `digits` digits, separated by spaces, from `from`; at most `limit`. */
export function readValues(line: string, from: number, digits: number, limit: number): string[] {
  const values: string[] = []
  let at = skipSpaces(line, from)
  while (at < line.length && values.length < limit) {
    const end = endOfHex(line, at)
    if (end - at !== digits || isWord(line.charCodeAt(end))) break
    values.push(hex(line.slice(at, end)))
    at = skipSpaces(line, end)
  }
  return values
}

/** Gives the values of a row their names: nameValues('GPR', 4, […]) is GPR4, GPR5 … */
export function nameValues(prefix: string, first: number, values: readonly string[]): Record<string, string> {
  const registers: Record<string, string> = {}
  let names = numberedNames.get(prefix)
  if (names === undefined) numberedNames.set(prefix, (names = []))
  for (let index = 0; index < values.length; index++) {
    const number = first + index
    registers[(names[number] ??= prefix + number)] = values[index]!
  }
  return registers
}

/** By prefix; as keys they would be looked up anew each time. */
const numberedNames = new Map<string, string[]>()
