// A line of code ("Code: 55 48 89 … <0f> 0b …") as instructions, laid out as the kernel's scripts/decodecode prints them.

import { readCode } from '../arch/code.ts'
import type { ArchName, Report } from '../model.ts'
import { disassembleReport, type FindDisassembler } from './instructions.ts'

/** s390 prints instructions itself. */
const codeLine = /^(?!.*Krnl Code:).*\bCode: (?=[0-9a-f<(])/

/** Cells for the bytes of an instruction, as objdump has them for x86. */
const BYTE_CELLS = 22

/**
 * Lines to put behind the line; undefined where it is none of code, or no disassembler is there. `offset` is that of the
 * program counter in its function, which tells where instructions begin.
 */
export async function decodedCode(
  line: string,
  arch: ArchName,
  find: FindDisassembler,
  counter?: { symbol: string; offset: number },
): Promise<string[] | undefined> {
  const start = line.includes('Code:') ? codeLine.exec(line)?.[0].length : undefined
  const code = start === undefined ? undefined : readCode(line, start)
  if (code === undefined || code.units.length === 0) return undefined
  const { units, unitBytes, faultIndex } = code
  const report = {
    arch,
    code: { bytes: units.join(' '), unitBytes, ...(faultIndex !== undefined && { faultIndex }) },
    ...(counter !== undefined && { pc: counter }),
  } as Report
  await disassembleReport(report, find)
  const instructions = report.code?.instructions
  if (instructions === undefined) return undefined
  const fault = instructions.findIndex(instruction => instruction.fault)
  const rows = (from: number): string[] => {
    // Dumps of x86 begin anywhere: what stands before the first whole instruction is left out, and counted.
    const shown = instructions.slice(from)
    let at = from === 0 ? skipped(units, instructions) * unitBytes : 0
    return shown.map(({ bytes, text, fault: trapping }) => {
      const place = at.toString(16).padStart(4)
      at += bytes.split(' ').length * unitBytes
      const mark = trapping === true && from === 0
      return `${place}:${mark ? '*' : ''}\t${bytes.padEnd(BYTE_CELLS)}\t${text}${mark ? '\t\t<-- trapping instruction' : ''}`
    })
  }
  const whole = ['All code', '========', ...rows(0)]
  if (fault < 0) return whole
  const title = 'Code starting with the faulting instruction'
  return [...whole, '', title, '='.repeat(title.length), ...rows(fault)]
}

/** Units before the first instruction. */
function skipped(units: readonly string[], instructions: readonly { bytes: string }[]): number {
  const shown = instructions.reduce((sum, { bytes }) => sum + bytes.split(' ').length, 0)
  const first = instructions[0]?.bytes.split(' ')[0]
  // What is cut off at the end is not shown either.
  for (let at = 0; at + shown <= units.length; at++) {
    if (units[at] !== first) continue
    let place = at
    const fits = instructions.every(({ bytes }) => {
      const own = bytes.split(' ')
      const same = own.every((unit, index) => units[place + index] === unit)
      place += own.length
      return same
    })
    if (fits) return at
  }
  return 0
}
