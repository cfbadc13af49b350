// EFI's NVRAM is small, and there is firmware that does not start again when it is full: drivers/firmware/efi/vars.c,
// efivar_query_variable_store(). So dumps do not pile up there, whatever the policy.

import type { System } from '../system.ts'
import type { HarvestSettings } from './settings.ts'
import type { Remains, Remnant } from './store.ts'

const variables = '/sys/firmware/efi/efivars'

/** A record is one variable of at most EFIVARS_DATA_SIZE_MAX bytes, and as much again of names and wear. */
const RECORD_BYTES = 2048

/** Records that must go though the policy keeps them: the oldest first. `due` go anyway. */
export function efiPressure(
  system: System,
  settings: HarvestSettings,
  { store, from, logs }: Remains,
  due: readonly Remnant[],
): Remnant[] {
  if (store !== 'pstore' || (from !== 'efi' && from !== 'efi_pstore')) return []
  const staying = logs
    .filter(log => log.erase !== undefined && !due.includes(log))
    .sort((a, b) => (a.wallUs ?? 0) - (b.wallUs ?? 0))
  const tooMany = Math.max(0, staying.length - settings.efiMostRecords)
  // Kernels before 6.5 tell nothing: zero blocks.
  const space = system.space(variables)
  const missing = space === undefined || space.totalBytes === 0 ? 0 : settings.efiKeepFree - space.freeBytes
  const forSpace = Math.max(0, Math.ceil(missing / RECORD_BYTES) - due.length)
  return staying.slice(0, Math.max(tooMany, forSpace))
}
