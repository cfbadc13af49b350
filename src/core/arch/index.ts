import type { ArchName } from '../model.ts'
import type { Arch, ArchLine } from './arch.ts'
import { arm } from './arm.ts'
import { arm64 } from './arm64.ts'
import { i386 } from './i386.ts'
import { x86_64 } from './x86_64.ts'

export type { Arch, ArchLine, CodeLine, Roles } from './arch.ts'

/** All architectures; order is the order in which signatures are tried. */
export const arches: readonly Arch[] = [x86_64, i386, arm64, arm]
export function readAny(line: string): ArchLine | undefined {
  for (const arch of arches) {
    const read = arch.read(line)
    if (read) return read
  }
  return undefined
}
export const archByName = (name: ArchName): Arch | undefined => arches.find(arch => arch.name === name)
export function identifyArch(lines: readonly string[]): ArchName | undefined {
  for (const line of lines) for (const arch of arches) if (arch.signatures.some(one => one.test(line))) return arch.name
  return undefined
}
