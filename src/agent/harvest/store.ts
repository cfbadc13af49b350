// A place where a dying kernel, or what ran after it, leaves its log.
//
// How to add one: a file in stores/ with one RemainsStore, a line in stores/index.ts, and a test with what such a place
// really holds. It gives what it finds and throws nothing; what it cannot read it says as a trouble. Nothing is erased but
// by a remnant's own `erase`, which harvest.ts calls once the bundle is on disk.

import type { RecoveredLog, RecoverHost } from '../../core/formats/recovered-log.ts'
import type { System } from '../system.ts'
import type { HarvestSettings } from './settings.ts'

/** One log as the store has it. */
export interface Remnant extends RecoveredLog {
  /** as it stood in the store, where `text` is made of it: a record that the kernel could not decompress */
  original?: Uint8Array
  /** Removes the original for good. Throws with what the user can do. Absent: it cannot, or must not, be erased. */
  erase?: () => void
}

/** What one place holds: logs that are put in order together. */
export interface Remains {
  store: string
  /** the back end of pstore, the partition, the dump's folder */
  from: string
  logs: Remnant[]
  /** each log is whole, of a boot of its own: nothing of one is looked for in the others */
  separate?: true
}

export interface RemainsHost {
  system: System
  recover: RecoverHost
  settings: HarvestSettings
  /** something that could not be read, and what to do about it */
  trouble(sentence: string): void
}

export interface RemainsStore {
  name: string
  /** a sentence: what is read where */
  what: string
  collect(host: RemainsHost): Promise<Remains[]>
}
