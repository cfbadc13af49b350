// Where the instructions of a function come from: a vmlinux or module with its symbols, or a kernel image with its own.

import { archByName } from '../../arch/index.ts'
import type { SourcePlace } from '../../formats/dwarf/debug-info.ts'
import type { Address, Report } from '../../model.ts'
import type { CodeMap, CodeSymbol } from '../code-map.ts'
import type { KernelFile } from '../kernel-file.ts'
import type { SymbolSource } from '../name-addresses.ts'
import type { SymbolTable } from '../symbol-table.ts'
import { ElfMachineCode, type MachineCode, RawMachineCode } from './machine-code.ts'

export interface FunctionSource {
  machine: MachineCode
  base: Address
  named(name: string): Promise<readonly CodeSymbol[]>
  symbolAt(at: number): Promise<CodeSymbol | undefined>
  places(at: number): Promise<readonly SourcePlace[]>
}

/** Of a file with debug information; undefined of an index, which has no code. */
export function sourceOfCode(code: CodeMap): FunctionSource | undefined {
  const { machine } = code
  return (
    machine && {
      machine,
      base: code.base,
      named: name => code.named(name),
      symbolAt: at => code.symbolAt(at),
      places: at => code.places(at),
    }
  )
}

/** Of a kernel image. The architecture, where it is known, is that of an image without headers that say so. */
export async function sourceOfImage(
  source: SymbolSource,
  archName: Report['arch'],
): Promise<FunctionSource | undefined> {
  const kernel = await source.kernel?.()
  const arch = archName === undefined ? undefined : archByName(archName)
  const order = arch?.byteOrder === 'big' ? 'big' : 'little'
  return kernel && sourceOfKernel(kernel, source.table, order, arch?.wordBytes ?? 8)
}

/** The code of the kernel's function that a report failed in, by the image of its kernel. */
export const codeOfImage = async (report: Report, source: SymbolSource): Promise<FunctionSource | undefined> =>
  report.pc?.symbol === undefined || report.pc.module !== undefined ? undefined : sourceOfImage(source, report.arch)

function sourceOfKernel(
  kernel: KernelFile,
  table: SymbolTable,
  order: 'little' | 'big',
  wordBytes: 4 | 8,
): FunctionSource | undefined {
  const raw = kernel.elf === undefined ? RawMachineCode.open(kernel, table, order, wordBytes) : undefined
  const machine = kernel.elf === undefined ? raw : new ElfMachineCode(kernel.elf, kernel.name)
  if (machine === undefined) return undefined
  const base = kernel.elf?.layout.base.address ?? raw?.base ?? 0n
  const asCode = (symbol: { name: string; address: Address }, sizeBytes: number | undefined): CodeSymbol => ({
    name: symbol.name,
    address: Number(symbol.address - base),
    ...(sizeBytes !== undefined && { sizeBytes }),
  })
  return {
    machine,
    base,
    named: async name => table.named(name).map(symbol => asCode(symbol, table.sizeOf(symbol))),
    symbolAt: async at => {
      const symbol = table.at(base + BigInt(Math.trunc(at)))
      return symbol && asCode(symbol, symbol.sizeBytes)
    },
    places: async () => [],
  }
}
