// Bare addresses in modules: which module of /proc/modules holds one, by /sys/module/*/sections in which section, and by the
// module's file in which function.

import { FormatError } from '../bytes/cursor.ts'
import type { LoadedModule } from '../formats/proc-modules.ts'
import type { Frame, Report } from '../model.ts'
import type { CodeSymbol } from './code-map.ts'
import { ElfCode } from './elf-code.ts'
import type { FindCode } from './localise.ts'
import { returnAddresses } from './return-addresses.ts'

/** Where the sections of a module were loaded, by name; undefined where that is not known. */
export type FindSections = (module: string) => Promise<ReadonlyMap<string, bigint> | undefined>

/** Names the frames that are in modules, as far as their files allow; gives how many. */
export async function nameModuleAddresses(
  report: Report,
  modules: readonly LoadedModule[],
  sections: FindSections,
  find: FindCode,
): Promise<number> {
  if (report.severity === 'user') return 0
  let count = 0
  const name = async (frame: Frame | undefined, back: 0 | 1): Promise<void> => {
    if (frame?.address === undefined || frame.symbol !== undefined) return
    const address = BigInt(frame.address) - BigInt(back)
    const module = modules.find(({ address: base, sizeBytes }) => {
      return base !== undefined && address >= base && address < base + BigInt(sizeBytes)
    })
    if (module === undefined) return
    frame.module = module.name
    count++
    const symbol = await symbolIn(module, address, await sections(module.name), await find(module.name, report))
    if (symbol === undefined) return
    frame.symbol = symbol.name
    frame.offset = symbol.offset + back
    if (symbol.sizeBytes !== undefined) frame.size = symbol.sizeBytes
  }
  await name(report.pc, 0)
  for (const trace of report.traces ?? []) {
    const returns = returnAddresses(trace, report)
    for (const [index, frame] of trace.frames.entries()) await name(frame, returns[index] === true ? 1 : 0)
  }
  return count
}

async function symbolIn(
  { address: base }: LoadedModule,
  address: bigint,
  sections: ReadonlyMap<string, bigint> | undefined,
  code: Awaited<ReturnType<FindCode>>,
): Promise<(CodeSymbol & { offset: number }) | undefined> {
  if ('unknown' in code || !(code instanceof ElfCode)) return undefined
  const { starts } = code.elf.layout
  // Without its sections a module's code begins with .text.
  const loaded = sections ?? new Map(base === undefined ? [] : [['.text', base]])
  let at: number | undefined
  let nearest: bigint | undefined
  for (const [name, start] of loaded) {
    const section = code.elf.section(name)
    if (section === undefined || start > address || address >= start + BigInt(section.size)) continue
    if (nearest !== undefined && start < nearest) continue
    nearest = start
    at = starts[section.index]! + Number(address - start)
  }
  if (at === undefined || Number.isNaN(at)) return undefined
  try {
    const symbol = await code.symbolAt(at)
    return symbol && { ...symbol, offset: at - symbol.address }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    return undefined
  }
}
