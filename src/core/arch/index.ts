import type { Arch } from './arch.ts'

export type { Arch, ArchLine, CodeLine, Roles } from './arch.ts'

/** All architectures; order is the order in which signatures are tried. */
export const arches: readonly Arch[] = []
