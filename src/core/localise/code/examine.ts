// The function that a report failed in, by the kernel's file: listed as a whole, and compared with what the log shows of it.

import type { Report } from '../../model.ts'
import { instructionSetOf } from '../instruction-set.ts'
import type { FindDisassembler } from '../instructions.ts'
import { chooseBySize } from '../localise.ts'
import type { ReadSource } from '../source-lines.ts'
import { compareCode } from './compare.ts'
import { codeFindings } from './findings.ts'
import type { FunctionSource } from './function-source.ts'
import { listFunction } from './listing.ts'
import { printedCode } from './printed-code.ts'

/** Adds `disassembly` and findings; nothing where it is not sure which function of the file it is. */
export async function examineFunction(
  report: Report,
  source: FunctionSource,
  find: FindDisassembler,
  read?: ReadSource,
): Promise<void> {
  const { pc, severity } = report
  if (severity === 'user' || pc?.symbol === undefined || pc.offset === undefined) return
  const candidates = chooseBySize(await source.named(pc.symbol), pc.offset, pc.size)
  const [symbol] = candidates
  if (symbol === undefined || candidates.length > 1) return
  const printed = printedCode(report, source.machine.order)
  const size = symbol.sizeBytes ?? 0
  const comparison = printed && (await compareCode(source, symbol.address, size, printed))
  if (comparison !== undefined) {
    const found = codeFindings(report, comparison, source.machine.file)
    // What is as it should be is told last.
    const first = found.filter(({ confidence }) => confidence !== 'certain')
    const last = found.filter(({ confidence }) => confidence === 'certain')
    if (found.length > 0) report.findings = [...first, ...(report.findings ?? []), ...last]
  }
  const set = instructionSetOf(report)
  const disassembler = set && (await find(set))
  if (set === undefined || disassembler === undefined) return
  const { address, offset } = pc
  const listing = await listFunction(source, symbol, {
    set,
    disassembler,
    fault: offset,
    ...(pc.module !== undefined && { module: pc.module }),
    ...(address !== undefined && { address: BigInt(address) - BigInt(offset) }),
    ...(comparison !== undefined && { differences: comparison.differences }),
    ...(read !== undefined && { read }),
  })
  if (listing !== undefined) report.disassembly = listing
}
