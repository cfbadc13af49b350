// `Code:` lines: the bytes around the program counter.

import type { CodeLine } from './arch.ts'
import { skipSpaces } from './printed.ts'

/** No kernel prints more units on one line; x86 prints 64. */
const mostUnits = 256

// Stands in the place of the bytes when they cannot be read:
//   Bad RIP value. | Bad EIP value. | bad PC value | (Bad address in epc) | Unable to access opcode bytes at RIP 0x….
const unreadable =
  /^(?:Bad [A-Z]\w{1,3} value|bad PC value|\(?Bad address in epc|Unable to access |Access to |bad NIP|<?no code>?)/i

/**
 * Reads the units of a code line from `from`. Marks around the unit at the program counter are `<>` (x86, mips, powerpc,
 * sparc, loongarch) or `()` (arm, arm64, riscv). Undefined when neither code nor a word on why there is none stands there.
 */
export function readCode(line: string, from: number): CodeLine | undefined {
  const start = skipSpaces(line, from)
  if (start >= line.length) return undefined
  const code: CodeLine = { units: [], unitBytes: 1 }
  let digits = 0
  let at = start
  while (at < line.length && code.units.length < mostUnits) {
    const end = endOfToken(line, at)
    const unit = unitOf(line, at, end)
    if (unit === undefined) break
    const length = unit.text.length
    if (digits === 0) {
      if (length !== 2 && length !== 4 && length !== 8) break
      digits = length
    } else if (length !== digits) {
      // The last unit of a cut line is torn.
      break
    }
    if (unit.marked) code.faultIndex = code.units.length
    code.units.push(unit.text)
    at = skipSpaces(line, end)
  }
  if (code.units.length === 0) {
    const rest = line.slice(start, start + 120).trimEnd()
    return unreadable.test(rest) ? { units: [], unitBytes: 1, raw: rest } : undefined
  }
  code.unitBytes = digits === 2 ? 1 : digits === 4 ? 2 : 4
  return code
}

function endOfToken(line: string, from: number): number {
  let at = from
  while (at < line.length && line.charCodeAt(at) !== 32 && line.charCodeAt(at) !== 9) at++
  return at
}

// Hexadecimal, or XXXXXXXX (powerpc) and ???????? (arm64) for memory that cannot be read.
const plainUnit = /^(?:[0-9a-f]{2,8}|X{8}|\?{4,8})$/
const markedUnit = /^[<(]([0-9a-f]{2,8}|X{8}|\?{4,8})[>)]$/

function unitOf(line: string, from: number, end: number): { text: string; marked: boolean } | undefined {
  if (end - from > 10) return undefined
  const token = line.slice(from, end)
  if (plainUnit.test(token)) return { text: token, marked: false }
  const marked = markedUnit.exec(token)
  return marked ? { text: marked[1]!, marked: true } : undefined
}

const bareWord = /^[<(]?(?:[0-9a-f]{4}|[0-9a-f]{8}|[0-9a-f]{16}|X{8})[>)]?$/

/**
 * The words of a line that holds nothing but two or more hexadecimal words of 4, 8 or 16 digits: a row of an instruction
 * dump, of a stack or of registers. Marks around a word are removed.
 */
export function readBareRow(line: string): string[] | undefined {
  const words: string[] = []
  let at = skipSpaces(line, 0)
  while (at < line.length) {
    const end = endOfToken(line, at)
    if (end - at > 18) return undefined
    const word = line.slice(at, end)
    if (!bareWord.test(word) || words.length >= mostUnits) return undefined
    words.push(word.replace(/[<>()]/g, ''))
    at = skipSpaces(line, end)
  }
  return words.length > 1 ? words : undefined
}
