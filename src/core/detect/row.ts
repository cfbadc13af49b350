// A report kind in one wording is one row. The rows stand in detect/kinds/, the special above the general.
//
// How to add a wording:
//   1. put a row into the family's file in detect/kinds/, above every more general row, with the kernel file and function
//      that prints it and a sample line as `example` (and in `also` one for each further literal);
//   2. name in `needles` literals of which every such line holds one, as long and as rare in healthy logs as can be: text
//      without any needle is jumped over, and only the rows of the needles in a line are tried on it;
//   3. add a whole log under fixtures/kinds/<kind>/ and the bare line to fixtures/headers.

import type { KindName, SeverityName } from '../model.ts'

/**
 * Where the function to name is looked for, step by step through the report's lines.
 *  header     the `function` group of the opening line
 *  pc         on to the next program-counter line; its function, if it has one
 *  trace      on to the next "Call Trace"; its frames up to the next trace title
 *  frames     the frames from here up to the next trace title
 *  locks      on to the next "at: fn+0x…" of lockdep
 *  timer-entry  on to the frame through which the timer interrupt came in (x86)
 *  irq-entry  on to the frame through which any interrupt came in
 *  stalled-cpu  on to what an RCU stall's processor says when asked by an NMI, unless RCU's own thread was starved
 *  since      on to lockdep's "which became …-unsafe at:"; its frames
 *  warned     the function that a warning's header names, where the trace has left it out
 *  origin     on to "page last allocated"; its frames
 *  unowned    to the end where page_owner tells of the page, so that what follows is only for kernels without it
 */
export type Step =
  | 'header'
  | 'pc'
  | 'trace'
  | 'frames'
  | 'locks'
  | 'timer-entry'
  | 'irq-entry'
  | 'stalled-cpu'
  | 'since'
  | 'warned'
  | 'origin'
  | 'unowned'
  | 'bracket'
  | 'backtrace'

export type Choice = 'first' | 'stall' | 'recursion' | 'hang'

export interface Culprit {
  /** ways that are tried in turn until one yields a function */
  ways: readonly (readonly Step[])[]
  /** functions of this kind's own machinery, besides the common ones in decode/machinery.ts */
  skip?: RegExp
  /** which of the candidates: the first, the entry of the loop that stalls, what calls itself, or what the task waits for */
  choose?: Choice
  /** where the program counter is in no function, the caller that the link register still knows */
  link?: true
  /** the program counter may stand behind the function whose last instruction is the trap of BUG() */
  trap?: true
  /** the report itself names the place: machinery is not passed over */
  verbatim?: true
}

/**
 * How the line stands to an event that is already under way in the same stream.
 *  header    opens a report of its own (default)
 *  die       the oops line that follows an announcement ("BUG: unable to handle …" → "Oops: 0002 [#1]")
 *  panic     the end of an event when one is under way, a report of its own otherwise
 *  aftermath only says how an event went on; never a report of its own when one is under way
 *  remains   the end of a report: of its own only when the beginning is lost
 *  reboot    a kernel starts: an exception only when another one ran before
 *  preamble  a message that explains the header right behind it (list_add corruption → kernel BUG at lib/list_debug.c)
 */
export type Phase = 'header' | 'die' | 'panic' | 'aftermath' | 'preamble' | 'reboot' | 'remains'

export interface KindRow {
  kind: KindName
  severity: SeverityName
  /** matched against the record's text without leading blanks; anchored; named groups fill the title */
  opens: RegExp
  needles: readonly string[]
  /** templates with {group} and {function}; the first whose names are all known is the title */
  title: string | readonly string[]
  altTitles?: readonly string[]
  culprit?: Culprit
  /** named groups that later lines of the report bring */
  details?: readonly RegExp[]
  /** the report is damaged without these groups */
  needs?: readonly string[]
  /** what its last part begins with: without such a line the end is missing */
  endsWith?: RegExp
  phase?: Phase
  /** a die line that stands alone: nothing announces it, or only BUG() and its kin do; absent: any fault's header may */
  announced?: 'never' | 'trapped'
  /** 'never': this kind prints no stack trace; 'maybe': not always */
  trace?: 'never' | 'maybe'
  /** the whole report is this one line (and its continuation, see `more`) */
  line?: true
  /** what the lines look like that belong to it, right behind it; of the same kind and device also where they are headers */
  more?: RegExp
  /** the stack is printed before the header */
  backtraceBefore?: true
  /** the title where the address that could not be accessed is in the first page */
  titleAtNull?: string
  /** the machine is lost with it */
  fatal?: true
  /** the header alone says that its real beginning is missing */
  headless?: true
  /** may stand behind other text on its line (console output of another CPU ran into it): machine-made shape only */
  anywhere?: true
  /** a header that user space can print as well: it counts only when report lines follow */
  confirm?: true
  /** a line that confirms it, where report lines are not what follows */
  confirmedBy?: RegExp
  /** a line that it opens */
  example: string
  /** other wordings of the same */
  also?: readonly string[]
}

export const fn = String.raw`(?<function>[A-Za-z_$][\w$]*)(?:\.[\w.$]*)?\+0x[0-9a-f]+`
