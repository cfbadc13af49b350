import type { EvidenceRow } from '../clue.ts'
import { bootRecord } from './boot-record.ts'
import { bundles } from './bundles.ts'
import { firmware } from './firmware.ts'
import { journal } from './journal.ts'
import { logFiles } from './log-files.ts'
import { remains } from './remains.ts'
import { stores } from './stores.ts'
import { watchdog } from './watchdog.ts'
import { wtmp } from './wtmp.ts'

export const evidenceRows: readonly EvidenceRow[] = [
  remains,
  bundles,
  watchdog,
  firmware,
  journal,
  logFiles,
  wtmp,
  bootRecord,
  stores,
]
