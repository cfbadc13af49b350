import type { ArchName, Located } from '../model.ts'
import { alpha } from './alpha.ts'
import { arc } from './arc.ts'
import type { Arch, ArchLine } from './arch.ts'
import { arm } from './arm.ts'
import { arm64 } from './arm64.ts'
import { readBareRow } from './code.ts'
import { i386 } from './i386.ts'
import { loongarch64 } from './loongarch64.ts'
import { m68k } from './m68k.ts'
import { microblaze } from './microblaze.ts'
import { mips } from './mips.ts'
import { mips64 } from './mips64.ts'
import { openrisc } from './openrisc.ts'
import { parisc } from './parisc.ts'
import { powerpc } from './powerpc.ts'
import { powerpc64 } from './powerpc64.ts'
import { skipSpaces } from './printed.ts'
import { riscv32 } from './riscv32.ts'
import { riscv64 } from './riscv64.ts'
import { s390x } from './s390x.ts'
import { sh } from './sh.ts'
import { sparc } from './sparc.ts'
import { sparc64 } from './sparc64.ts'
import { startTable } from './starts.ts'
import { x86_64 } from './x86_64.ts'
import { xtensa } from './xtensa.ts'

export type { Arch, ArchLine, CodeLine, Roles } from './arch.ts'
export { identifyArch } from './identify.ts'
export { fromKlogd, type PrintedSymbol, readSymbol } from './printed.ts'
export { readUserFault, type UserFault } from './user-fault.ts'

/** All architectures; order is the order in which signatures and, where the architecture is unknown, readers are tried. */
export const arches: readonly Arch[] = [
  x86_64,
  arm64,
  i386,
  arm,
  riscv64,
  openrisc,
  powerpc64,
  powerpc,
  s390x,
  riscv32,
  mips64,
  mips,
  loongarch64,
  sparc64,
  sparc,
  parisc,
  alpha,
  m68k,
  xtensa,
  arc,
  sh,
  microblaze,
]

const byName = new Map<ArchName, Arch>(arches.map(arch => [arch.name, arch]))

export function archByName(name: ArchName): Arch | undefined {
  return byName.get(name)
}

/**
 * A reader for the lines of one report, to be given all of them in order. It is the architecture's own, with a memory
 * where lines only mean something after others (see Arch.reader), and puts what a symboliser found inlined into `pc`.
 */
export function reportReader(arch: Arch): (line: string, known?: AnyLine | 'none') => ArchLine | undefined {
  const read = arch.reader ? arch.reader() : arch.read
  // What `readLine` said of a line without its neighbours holds where architecture and neighbours change nothing.
  const readAgain = (line: string, known: AnyLine | 'none'): ArchLine | undefined =>
    known === 'none' ? undefined : known.arch === arch ? known.line : read(line)
  let inlined: Located[] = []
  return (line, known) => {
    const found = arch.reader || known === undefined ? read(line) : readAgain(line, known)
    if (found?.inlined && inlined.length < mostInlined) inlined.push(found.inlined)
    if (!found?.pc || inlined.length === 0) return found
    const named = { ...found, pc: { ...found.pc, inlines: inlined } }
    inlined = []
    return named
  }
}

/** Functions inlined into each other at one place; compilers stop far earlier. */
const mostInlined = 64

/** A line and the architecture that took it; a row of numbers is nobody's. */
export interface AnyLine {
  arch?: Arch
  line: ArchLine
}

const candidates = startTable(arches.flatMap(arch => arch.starts.map(starts => [starts, arch] as const)))

/**
 * Reads a line whose architecture is not known: the first that takes it, in the order of `arches`. A few lines mean
 * different things on two architectures ("Oops: 0004 [#1]"), so read the report again with `reportReader` once its
 * architecture is known. A row of nothing but numbers may be stack, code or registers: it comes as `continues` alone.
 */
export function readAny(line: string): ArchLine | undefined {
  return readLine(line)?.line
}

/** The same, with the architecture that took the line; `likely`, which took one of its neighbours, is asked first. */
export function readLine(line: string, likely?: Arch): AnyLine | undefined {
  const fitting = candidates(line, skipSpaces(line, 0))
  const first = likely !== undefined && fitting.includes(likely) ? likely.read(line) : undefined
  if (first) return { arch: likely!, line: first }
  for (const arch of fitting) {
    const found = arch === likely ? undefined : arch.read(line)
    if (found) return { arch, line: found }
  }
  const continues = readBareRow(line)
  return continues && { line: { continues } }
}
