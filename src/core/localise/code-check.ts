// Whether the code that the log shows is the code of the kernel. A kernel patches itself (alternatives, jump labels, ftrace),
// by whole instructions; one single bit is nobody's patch, but memory that fails.

import type { Finding, Report } from '../model.ts'
import type { KernelFile } from './kernel-file.ts'
import type { SymbolTable } from './symbol-table.ts'

/** Adds a finding when exactly one bit of the printed code differs from the image. */
export function checkCode(report: Report, kernel: KernelFile, table: SymbolTable): void {
  const { code, pc } = report
  if (code?.faultIndex === undefined || pc?.symbol === undefined || pc.offset === undefined) return
  if (pc.module !== undefined || report.severity === 'user') return
  const units = code.bytes.split(' ')
  const before = BigInt(code.faultIndex * code.unitBytes)
  const named = table.named(pc.symbol).filter(each => pc.size === undefined || table.sizeOf(each) === pc.size)
  const [symbol] = named
  if (symbol === undefined || named.length > 1) return
  const start = symbol.address + BigInt(pc.offset) - before
  const linked = kernel.bytesAt(start, units.length * code.unitBytes)
  if (linked === undefined) return
  const different = differences(units, linked, code.unitBytes, kernel.elf?.header.order ?? 'little')
  const [only] = different
  if (different.length !== 1 || only === undefined) return
  const { unit, bit } = only
  const at = (unit - code.faultIndex) * code.unitBytes
  const place = at === 0 ? 'at the faulting instruction' : `${Math.abs(at)} bytes ${at < 0 ? 'before' : 'behind'} it`
  const finding: Finding = {
    what: `One bit of the kernel's code is wrong: bit ${bit} of ${units[unit]}, ${place}`,
    because: `${kernel.name} has there ${hexOf(linked, unit, code.unitBytes, kernel.elf?.header.order ?? 'little')}; all other ${units.length - 1} printed are the same`,
    evidence: [codeLine(report)],
    confidence: 'likely',
    next: 'Test the memory of this machine (memtest86+), and look for machine checks and corrected errors (EDAC) before.',
  }
  report.findings = [finding, ...(report.findings ?? [])]
}

interface Difference {
  unit: number
  bit: number
}

/** Bits that differ; what could not be read is left out. */
function differences(
  units: readonly string[],
  linked: Uint8Array,
  unitBytes: number,
  order: 'little' | 'big',
): Difference[] {
  const found: Difference[] = []
  for (const [unit, text] of units.entries()) {
    if (!/^[0-9a-f]+$/.test(text)) continue
    const printed = Number.parseInt(text, 16)
    let differing = (printed ^ Number.parseInt(hexOf(linked, unit, unitBytes, order), 16)) >>> 0
    while (differing !== 0) {
      const bit = 31 - Math.clz32(differing & -differing)
      found.push({ unit, bit })
      differing = (differing & (differing - 1)) >>> 0
      // More than one are a patch.
      if (found.length > 1) return found
    }
  }
  return found
}

/** A unit of the image as it would be printed. */
function hexOf(linked: Uint8Array, unit: number, unitBytes: number, order: 'little' | 'big'): string {
  const bytes = [...linked.subarray(unit * unitBytes, (unit + 1) * unitBytes)]
  if (order === 'little') bytes.reverse()
  return bytes.map(byte => byte.toString(16).padStart(2, '0')).join('')
}

function codeLine(report: Report): number {
  const index = report.text.split('\n').findIndex(line => /(?:Code|Instruction dump):/.test(line))
  return report.textLines?.[Math.max(0, index)] ?? report.lines.first + Math.max(0, index)
}
