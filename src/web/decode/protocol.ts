// What the page and its worker say to each other.

import type { Report } from '../../core/model.ts'
import type { Language } from '../i18n/index.ts'

/** Reports that a page keeps: each holds its lines, and a browser tab is no store. */
export const reportBound = 10_000

export interface Log {
  file: Blob
  /** the name of the file; absent for what was pasted */
  name?: string
}

/** Logs that are decoded one after the other, and the symbols of their kernel, as the user dropped them. */
export interface Job {
  logs: readonly Log[]
  symbols: readonly Log[]
  wasm: Wasm
  /** of what the worker says */
  language: Language
}

/** WebAssembly of the disassemblers; absent where it could not be loaded. */
export interface Wasm {
  iced: ArrayBuffer | undefined
  capstone: ArrayBuffer | undefined
}

export type News =
  | { kind: 'progress'; bytes: number; reports: Report[] }
  | { kind: 'problem'; message: string }
  | { kind: 'done'; bytes: number; bounded: boolean }
