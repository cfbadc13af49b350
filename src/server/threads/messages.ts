// What goes between the server and one of its threads. A job may ask: the thread calls, the server answers, and both go on.

import type { RefusalStatus } from '../intake/refusal.ts'

export type ToThread =
  /** `calls`: the names of what may be asked */
  | { task: string; input: unknown[]; calls: string[] }
  | { answer: number; given: unknown }
  /** the job cannot go on; why is known to who was asked */
  | { answer: number; refused: true }

export type FromThread = { call: number; name: string; input: unknown[] } | { result: unknown } | { problem: Problem }

export interface Problem {
  words: string
  /** HTTP's, where the sender can do something about it */
  status?: RefusalStatus
  /** of the system: ENOSPC */
  code?: unknown
}
