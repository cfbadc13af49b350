// Locks as tables: the chain that lockdep found, and who holds what.

import type { Lock, Report } from '../model.ts'
import { say } from '../say.ts'
import type { Table } from './table.ts'
import { frameWithModule } from './wording.ts'

export function lockTables({ locks }: Report): Table[] {
  const tables: Table[] = []
  if (locks?.chain !== undefined && locks.chain.length > 0) tables.push(tableOf(say`Lock chain`, locks.chain))
  if (locks?.held !== undefined && locks.held.length > 0) tables.push(tableOf(say`Locks held`, locks.held))
  return tables
}

/** Columns that no lock of the table fills are left out. */
function tableOf(caption: string, locks: readonly Lock[]): Table {
  const columns = [
    { title: 'lock', cell: (lock: Lock) => lock.name },
    { title: 'state', cell: (lock: Lock) => lock.state ?? '' },
    { title: 'held by', cell: (lock: Lock) => lock.heldBy ?? '' },
    { title: 'at', cell: (lock: Lock) => (lock.at === undefined ? '' : frameWithModule(lock.at)) },
    { title: 'address', cell: (lock: Lock) => lock.address ?? '' },
  ].filter(({ cell }) => locks.some(lock => cell(lock) !== ''))
  return {
    caption,
    columns: columns.map(({ title }) => ({ title, align: 'left' as const })),
    rows: locks.map(lock => ({ cells: columns.map(({ cell }) => cell(lock)) })),
  }
}
