// The data of Faultline in the order it moves: bytes → lines → records → excerpts → reports.

import type { z } from 'zod'
import type {
  codeSchema,
  disassemblySchema,
  frameSchema,
  locatedSchema,
  lockSchema,
  memorySchema,
  placeSchema,
  registerSetSchema,
  reportSchema,
  stackFrameSchema,
  stackWordSchema,
  stageSchema,
  traceSchema,
  variableSchema,
} from './schema.ts'

export type { ArchName, ContextName, DamageName, KindName, SeverityName } from './vocabulary.ts'

/** A machine address in memory; a double cannot hold one. In a report it is `0x…` text of the printed width. */
export type Address = bigint

/** Bytes [start, end) of the (decompressed) input. */
export interface Span {
  start: number
  end: number
}

/** One physical line of the input, its line break removed. */
export interface RawLine {
  /** decoded as UTF-8, damaged bytes as U+FFFD; still with all transport prefixes, CRs and escapes */
  text: string
  /** 1-based */
  number: number
  span: Span
  /** the line was longer than the bound and this is a piece of it */
  cut?: true
}

/**
 * One printk line, freed from its transport. What most lines of some transport say is there in all records, as undefined
 * where it is not known: millions are made, and the engine is faster with objects of one shape.
 */
export interface LogRecord {
  /** the message: no prefix, no CR, no ANSI escapes, no NULs; control characters as U+FFFD; never holds a line break */
  text: string
  /** 1-based line of the input where it starts; `lastLine` when several physical lines made it */
  line: number
  lastLine?: number
  span: Span
  /** peeled layers, outermost first, joined by '+': 'rfc3164+printk'; 'plain' when there were none */
  transport: string
  /** syslog severity 0 (emerg) … 7 (debug) */
  level?: number | undefined
  /** syslog facility, 0 = kern */
  facility?: number | undefined
  sinceBootUs?: number | undefined
  /** ISO 8601 where the date is known; as printed otherwise */
  wall?: string | undefined
  sequence?: number | undefined
  /** printk caller: 'T123' a task, 'C0' a CPU in interrupt; vendor 'T123@C0' → caller 'T123', cpu 0 */
  caller?: string | undefined
  cpu?: number | undefined
  host?: string | undefined
  /** program tag of a syslog or logcat line, where it is not the kernel's */
  tag?: string | undefined
  /** the transport says that user space wrote it */
  userSpace?: true | undefined
  dictionary?: Record<string, string>
  /** the transport says (or a gap in sequence numbers shows) how many records are missing before this one */
  lostBefore?: number
  /** the line was pieced together or damaged in transport: 'wrapped', 'cut', 'fragment-missing', 'stamp-inside'… */
  damage?: string[]
}

export type Frame = z.infer<typeof frameSchema>
export type Trace = z.infer<typeof traceSchema>
export type Place = z.infer<typeof placeSchema>
export type Located = z.infer<typeof locatedSchema>
export type RegisterSet = z.infer<typeof registerSetSchema>
export type Code = z.infer<typeof codeSchema>
export type FunctionListing = z.infer<typeof disassemblySchema>
export type Lock = z.infer<typeof lockSchema>
export type Memory = z.infer<typeof memorySchema>
export type StackFrame = z.infer<typeof stackFrameSchema>
export type StackWord = z.infer<typeof stackWordSchema>
export type Variable = z.infer<typeof variableSchema>
export type Stage = z.infer<typeof stageSchema>
export type Report = z.infer<typeof reportSchema>
export type Finding = NonNullable<Report['findings']>[number]
export type Damage = NonNullable<Report['damage']>[number]
export type FaultInfo = NonNullable<Report['fault']>

/** What earlier lines of the same log said of the machine; another boot has another. */
export interface BootContext {
  release?: string
  commandLine?: string
  hardware?: string
}
