// A road by which the kernel's words reach the agent while they are printed.
//
// How to add a source: a file here with one CaptureSource, a line in index.ts. It reads what there is, hands it to its
// sink at once as the bytes that came and the records in them, and says by a cursor where to go on after a restart. Its
// format lives in core/log; it looks at nothing else. A source that cannot be opened throws SourceError with what to do.

import type { LogRecord } from '../../core/model.ts'
import type { Poller } from '../../node/poller.ts'
import type { WallClock } from '../clock.ts'

/** What came at once from one machine. */
export interface Piece {
  /** whose words they are, where a source hears several machines: its address */
  stream: string
  /** as they came; kept by whoever takes them, never written to again */
  bytes: Uint8Array
  /** of the records in them, in order: spans count in all bytes of the stream, the first piece begins at 0 */
  records: LogRecord[]
}

/** Where a source goes on after a restart: flat and small, for it is written often. */
export type Cursor = Readonly<Record<string, string | number>>

/** Takes what a source brings; never throws, never waits. */
export interface Sink {
  take(piece: Piece): void
  /** records that the kernel or a network lost before they came here, where their number is known */
  lost(count: number, why: string): void
  /** something that a person should know, said once for each occurrence */
  trouble(message: string): void
  /** nothing more will come: the end of a pipe, or an error that was told */
  ended(): void
}

export interface Capture {
  /** name of the source that this is in truth, where one was chosen */
  road?: string
  /** Where to go on so that this record comes first, or behind all that was taken. */
  cursor?(first: Pick<LogRecord, 'span' | 'sequence'> | undefined): Cursor | undefined
  /**
   * Looks for more, and hands over what a silence shows to be complete; called some times a second. False while there is more
   * than it has handed over: what waits there is no silence. `now`: ms of performance.now().
   */
  settle?(now: number): boolean
  /** Counts since it was opened: losses and what explains them. */
  stats(): Record<string, number>
  close(): void | Promise<void>
}

/** What a source may touch. */
export interface SourceHost {
  poller: Poller
  clock: WallClock
  /** kernel.random.boot_id; '' where there is none */
  bootId: string
  /** machines that one source follows at once; nobody on a network has to prove who he is */
  maxSenders: number
}

export interface CaptureSource {
  /** in `Source=NAME` and `Source=NAME:ARGUMENT` */
  name: string
  /** one line for --help and the manual */
  what: string
  /** the shape of what follows the colon; absent: nothing may */
  argument?: string
  /** the kernel that speaks is the one this runs on */
  own: boolean
  /** nothing that comes this way is of a kernel: it goes to the routes alone */
  programs?: true
  open(argument: string, sink: Sink, host: SourceHost, resume?: Cursor): Capture | Promise<Capture>
}

/** What stands in the way, where, and what the user can do. */
export class SourceError extends Error {}

/** `code` of a system call's error; '' for others. */
export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
