// What the page and its worker say to each other.

import type { Report } from '../core/model.ts'

/** Reports that a page keeps: each holds its lines, and a browser tab is no store. */
export const reportBound = 10_000

export interface Log {
  file: Blob
  /** the name of the file; absent for what was pasted */
  name?: string
}

/** Logs that are decoded one after the other. */
export type Job = readonly Log[]

export type News =
  | { kind: 'progress'; bytes: number; reports: Report[] }
  | { kind: 'problem'; message: string }
  | { kind: 'done'; bytes: number; bounded: boolean }
