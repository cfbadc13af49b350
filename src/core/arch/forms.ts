// The line formats of one architecture as a table, found by how a line starts.

import type { ArchLine } from './arch.ts'
import { readCode } from './code.ts'
import { readSymbol, skipSpaces } from './printed.ts'
import { type RegisterWidths, readPairs } from './registers.ts'
import { startTable } from './starts.ts'

/** One line format. */
export interface LineForm {
  /** what the line starts with, its leading spaces removed */
  starts: string
  /** `at` is the position behind `starts`, `from` that of its first character; undefined when it is not such a line */
  read(line: string, at: number, from: number): ArchLine | undefined
}

export interface FormReader {
  (line: string): ArchLine | undefined
  /** what its lines start with, leading spaces removed */
  starts: readonly string[]
}

/** A reader that tries the forms whose `starts` fits, in the order of the table. */
export function formReader(forms: readonly LineForm[]): FormReader {
  const candidates = startTable(forms.map(form => [form.starts, form]))
  const read = (line: string): ArchLine | undefined => {
    const from = skipSpaces(line, 0)
    for (const form of candidates(line, from)) {
      if (!line.startsWith(form.starts, from)) continue
      const found = form.read(line, from + form.starts.length, from)
      if (found) return found.pc || found.link ? withoutInlined(found, line) : found
    }
    return undefined
  }
  return Object.assign(read, { starts: forms.map(form => form.starts) })
}

// RIP: 0010:virt_to_cache mm/slab.c:400 [inline]
// RIP: 0010:kfree+0xb2/0x250 mm/slab.c:3802                    what symbolisers make of one line
function withoutInlined(found: ArchLine, line: string): ArchLine {
  const frame = found.pc ?? found.link
  if (!frame?.place || !('file' in frame.place) || !line.trimEnd().endsWith(' [inline]')) return found
  const kept: ArchLine = {}
  if (found.mode) kept.mode = found.mode
  if (found.pc) kept.inlined = { ...frame.place, ...(frame.symbol !== undefined && { function: frame.symbol }) }
  return kept
}

/** Forms for rows of `name: value` pairs: one for each name, since a torn row may start with any of them. */
export function pairForms(known: RegisterWidths, prefix: '' | '0x' = ''): LineForm[] {
  const read = (line: string, _at: number, from: number): ArchLine | undefined => {
    const row = readPairs(line, from, known, prefix)
    return row && { registers: row.registers }
  }
  return [...known.keys()].map(starts => ({ starts, read }))
}

/** `Code: …` on one line. */
export const codeForm: LineForm = {
  starts: 'Code:',
  read(line, at) {
    const code = readCode(line, at)
    return code && { code }
  },
}

/** A line that is a label and a place in code: `PC is at foo+0x1/0x2 [mod]`. */
export function symbolForm(starts: string, field: 'pc' | 'link', more: ArchLine = {}): LineForm {
  return {
    starts,
    read(line, at) {
      const symbol = readSymbol(line, at)
      return symbol && { ...more, [field]: symbol.frame }
    },
  }
}

// Rows of memory around each register under a title, in vendors' trees and arm64 until 4.x: show_data()
//   PC: 0xffffffc000633dd8:          X19: 0xffffffc07233b730:
export const memoryTitles: readonly LineForm[] = ['PC: 0x', 'LR: 0x', 'SP: 0x', 'FP: 0x', 'IP: 0x', 'X', 'R'].map(
  starts => ({
    starts,
    read(line, _at, from) {
      return /^(?:PC|LR|SP|FP|IP|[XR]\d{1,2}): 0x[0-9a-f]{8,16}:\s*$/.test(line.slice(from, from + 40)) ? {} : undefined
    },
  }),
)

// Who was running, printed under the registers by most architectures before 3.x and by some until now:
//   Process sh (pid: 90, stack limit = 0x9bde712c)                                       arm, arm64
//   Process swapper (pid: 1, stackpage=c1287000)                                         2.4
//   Process sh (pid: 88, ti=c1c50000 task=c1c4e000 task.ti=c1c50000)                     i386 2.6
//   Process sh (pid: 85, threadinfo=00000000c567ab6e, task=…, tls=000000013a3c8760)      mips
function readProcess(line: string, at: number): ArchLine | undefined {
  // The name may hold blanks and brackets, so the last one counts.
  const open = line.lastIndexOf(' (pid: ')
  if (open < at) return undefined
  const pid = /^\d{1,10}/.exec(line.slice(open + 7, open + 18))
  return pid ? { task: { comm: line.slice(at, open), pid: Number(pid[0]) } } : undefined
}

export const processForm: LineForm = { starts: 'Process ', read: readProcess }

/** A command name has at most 15 characters; what may stand before it, and the process number, are short. */
const titleBefore = 40

/** `sh(812): Oops …`, `CPU 1 sh(812): Oops -1`: who dies, where the title of an oops starts with the name. */
export function readTitleTask(line: string, title: RegExp): ArchLine | undefined {
  const close = line.indexOf('): ')
  if (close < 0 || close > titleBefore || !title.test(line.slice(close + 3, close + 63))) return undefined
  const match = /^\s*(?:CPU (\d{1,5}) )?([^\s(][^(]{0,15})\((\d{1,10})$/.exec(line.slice(0, close))
  if (!match) return undefined
  const task: ArchLine['task'] = { comm: match[2]!, pid: Number(match[3]) }
  if (match[1] !== undefined) task.cpu = Number(match[1])
  return { task }
}

/** With a colon: arch/sh/kernel/traps.c, die(). */
export const processColonForm: LineForm = { starts: 'Process: ', read: readProcess }
