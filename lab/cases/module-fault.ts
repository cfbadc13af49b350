// What the faults of the lab's own module, lab/module/fl.c, have in common.

import type { ArchName } from '../../src/core/model.ts'
import { ownGuests } from '../guests/own.ts'
import { type Case, type Expected, fault } from './case.ts'

export interface Row {
  /** as fl.c calls it */
  fault: string
  does: string
  expects: Expected | readonly Expected[]
  more?: Partial<Omit<Case, 'name' | 'does'>>
}

export const panics = { ends: 'reboots', dumps: 'panic' } as const
export const warns = { dumps: undefined } as const
/** Where a kernel of the lab's own says it otherwise. */
export const onOwn = (otherwise: NonNullable<Case['on']>[string] & object): NonNullable<Case['on']> =>
  Object.fromEntries(ownGuests.map(({ name }) => [name, otherwise]))

/** Whose kernels of the lab's own have CONFIG_VMAP_STACK. */
export const guardedStacks: ReadonlySet<ArchName> = new Set(['x86_64', 'riscv64'])

/** The way from the shell's write() into a fault. */
export const written = ['fl_happen', 'fl_write', 'vfs_write']

export const nullIn = (name: string): Pick<Expected, 'kind' | 'title' | 'function' | 'module'> => ({
  kind: 'null-dereference',
  title: `BUG: unable to handle kernel NULL pointer dereference in ${name}`,
  function: name,
  module: 'fl',
})

export const caseOf = ({ fault: name, does, expects, more }: Row): Case => ({
  name: name.replaceAll('_', '-'),
  does,
  crash: fault(name),
  ends: 'lives',
  dumps: 'oops',
  expects: 'length' in expects ? expects : [expects],
  ...more,
})
