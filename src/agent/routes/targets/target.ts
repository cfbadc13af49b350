// Where records can go. To add a kind of target: a file beside this one with a TargetKind, a line in index.ts, a
// section in docs/routes.md.

import type { FormatContext, FormatName } from '../format.ts'
import type { RouteHost } from '../host.ts'
import type { Message } from '../message.ts'
import type { OptionName, RouteOptions } from '../options.ts'
import type { Selector } from '../selector.ts'

export interface TargetKind {
  name: string
  /** how it is written, for messages and documentation */
  forms: readonly string[]
  options: readonly OptionName[]
  /** Opens nothing yet; undefined when the word is another kind's. Throws TargetError for one that cannot be. */
  recognise(word: string, options: RouteOptions, selector: Selector): OpenChannel | undefined
}

/** Makes the way to the target; the first `send` opens it. */
export type OpenChannel = (host: RouteHost) => Channel

export class TargetError extends Error {}

/** The way to one target. Called by one outlet, one call at a time. */
export interface Channel {
  /**
   * Hands on messages from the front of the batch and gives how many are fully taken: 0 when the target takes nothing
   * just now (it is asked again soon). Rejects when the target is broken or away; it is asked again after a while, with
   * the same messages. Never waits longer than the target's own time limit.
   */
  send(batch: readonly Message[]): Promise<number>
  /** Told to open anew: after a rotation by others. */
  reopen?(): void
  /** Hands what is buffered to the system and lets go. */
  close(): Promise<void>
}

export interface LineForm {
  format: FormatName
  context: FormatContext
}
