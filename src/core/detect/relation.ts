// How a header stands to the event that is under way where it is printed: its next stage, a better name for it, or
// something of its own.

import type { LogRecord } from '../model.ts'
import type { Event } from './event.ts'
import type { Opening } from './match.ts'
import type { KindRow } from './row.ts'
import { MAX_TANGLE_LINES } from './tangle/index.ts'

export type Relation = 'stage' | 'upgrade' | 'part' | 'beside' | 'next'

/** A preamble's message and the header behind it stand within so many lines. */
const PREAMBLE_LINES = 10
/** The message of a WARN() stands so near to its header. */
const MESSAGE_LINES = 3
/** Between two lines of one happening that several functions tell of. */
const FOLLOWING_LINES = 4
const FOLLOWING_US = 1_000_000
/** A restart, halt or power-off this close behind a fatal event or another such line is the end of the same. */
const ENDING_BYTES = 1024
/** Lines of other callers may stand between those of a report of single lines; what is farther was not read as a whole. */
const CONTINUED_LINES = 64
/** A fault's header and its die line stand within so many lines: what the fault is, and the page table's entries. */
const ANNOUNCED_LINES = 12
/** The fault that KASAN foretold comes within this time. */
const FORETOLD_US = 3_000_000

/** Reports that a fault of the same access follows: the access itself is still made. */
const foretells = /null-ptr-deref|user-memory-access|wild-memory-access|invalid-access|probably/
const memoryFaults = new Set(['null-dereference', 'page-fault', 'general-protection', 'bus-error', 'oops'])
/** Headers whose die line ("Oops: …", "invalid opcode: …") comes as a second header. */
const announces = new Set([
  'null-dereference',
  'page-fault',
  'bug-on',
  'list-corruption',
  'usercopy',
  'fortify',
  'rust-panic',
  'control-flow',
  'bus-error',
  'unaligned',
  'oops',
  'stack-overflow',
  'ubsan',
  'illegal-instruction',
  'general-protection',
  'double-fault',
  'debug-trap',
  'divide-error',
  'kasan',
  'refcount',
  'machine-check',
])

/** What an access that alignment.c cannot mend goes on as. */
const faultsOfAlignment = new Set(['unaligned', 'bus-error', 'page-fault', 'null-dereference'])

/** What BUG() and its kin announce: their die line is that of a trap, on x86 "invalid opcode: 0000". */
const trapped = new Set([
  'bug-on',
  'list-corruption',
  'usercopy',
  'fortify',
  'rust-panic',
  'control-flow',
  'refcount',
  'ubsan',
])
const none = new Set<string>()

/** lib/string_helpers.c, include/linux/fortify-string.h: where what fortify found is warned of. */
const fortifies = /\bfortify|\blib\/string/

/** Kinds whose header this die line may stand behind. */
const announcedBy = (row: KindRow): ReadonlySet<string> =>
  row.announced === 'never' ? none : row.announced === 'trapped' ? trapped : announces

export function relationOf(opening: Opening, event: Event, record: LogRecord): Relation {
  const { row } = opening
  const since = event.lines.length - event.header
  const heads =
    row.phase === undefined || row.phase === 'header' || (row.phase === 'panic' && event.row.kind === 'sysrq')
  // lib/string_helpers.c warns or stops; what any other place warns of is not what it announced
  const unlike = event.row.kind === 'fortify' && row.kind === 'warning'
  if (event.row.phase === 'preamble' && heads && !unlike && row.line !== true && since <= PREAMBLE_LINES)
    return 'upgrade'
  // a symboliser has written the header once for each inlined function
  if (row === event.row && since === 1 && event.lines[event.header]!.record.text.includes('[inline]')) return 'upgrade'
  if ((row.phase === 'die' || trapped.has(row.kind)) && event.fresh && trapOfKernel(event)) return 'upgrade'
  switch (row.phase) {
    case 'preamble':
      // a message inside an event that is being printed (behind "cut here" it comes before the header)
      return event.fresh && !event.ended && event.row.phase !== 'preamble' && since <= MESSAGE_LINES ? 'part' : 'next'
    case 'die':
      if (sameFamily(opening, event)) return 'stage'
      if (row.kind === 'double-fault' && event.fresh) return 'stage'
      // two reports at once: whose line it is, is found out later
      if (event.rival) return event.dies < 2 ? 'stage' : 'next'
      if (foretold(row, event)) return 'stage'
      return event.fresh && !event.died && announcedBy(row).has(event.row.kind) ? 'stage' : 'next'
    case 'aftermath':
      return aftermath(opening, event, record)
    default:
  }
  // 2.6.37 to 3.16: a WARN() whose message it is
  if (row.kind === 'hard-lockup' && event.row.kind === 'warning' && event.fresh && since <= MESSAGE_LINES)
    return 'upgrade'
  if (row.line === true) return 'beside'
  // Rust: "panicked at" then "kernel BUG at rust/helpers/bug.c"; fortify: the message, then the BUG, or since 6.9 a warning
  if (event.row.kind === 'rust-panic' && row.kind === 'bug-on' && event.fresh && /\brust\//.test(record.text))
    return 'stage'
  if (event.row.kind === 'fortify' && event.fresh) {
    if (row.kind === 'fortify') return 'stage'
    if (row.kind === 'warning' && fortifies.test(record.text)) return 'stage'
  }
  // before 4.9 KASAN had SLUB describe the object, under a header of its own
  if (event.row.kind === 'kasan' && row.kind === 'slab-corruption' && event.fresh) return 'stage'
  // arch/x86/kernel/traps.c: "Missing ENDBR", then BUG()
  if (event.row.kind === 'control-flow' && row.kind === 'bug-on' && event.fresh) return 'stage'
  // arch/arm/mm/alignment.c: what it cannot mend goes on as a fault
  if (event.row.kind === 'unaligned' && faultsOfAlignment.has(row.kind) && event.fresh && !event.died) return 'stage'
  // KASAN tells of the access, then the access is made and faults
  if (
    memoryFaults.has(row.kind) &&
    event.row.kind === 'kasan' &&
    foretells.test(event.groups['what'] ?? event.groups['rest'] ?? '')
  ) {
    const gap = (record.sinceBootUs ?? 0) - (event.lastUs ?? record.sinceBootUs ?? 0)
    if (gap >= 0 && gap <= FORETOLD_US) return 'stage'
  }
  return 'next'
}

/** The die line of the fault that KASAN foretold: the fault has just become a stage, with few lines of its own. */
function foretold(die: KindRow, event: Event): boolean {
  if (event.row.kind !== 'kasan' || event.died) return false
  const fault = event.stages.at(-1)
  return (
    fault !== undefined &&
    memoryFaults.has(fault.row.kind) &&
    announcedBy(die).has(fault.row.kind) &&
    event.lines.length - fault.at <= ANNOUNCED_LINES
  )
}

/**
 * With user_debug on its command line ARM shows the registers at each undefined instruction, the kernel's own too, and dies
 * then: arch/arm/kernel/traps.c do_undefinstr(). The registers say who it was.
 */
function trapOfKernel(event: Event): boolean {
  if (event.row.kind !== 'user-segfault') return false
  if (!event.lines[event.header]?.record.text.includes('undefined instruction: pc=')) return false
  return event.lines.some(({ record }) => /^\s*Flags: .*\bMode (?!USER)\w/.test(record.text))
}

/** Lines that one device's trouble is told in come within this time. */
const CHAIN_US = 5_000_000

/** Names of one device: a partition's disk, an ATA link and the disk behind it. */
const sameDevice = (one: string | undefined, other: string | undefined): boolean =>
  one === undefined || other === undefined || one.startsWith(other) || other.startsWith(one) || one.startsWith('ata')

/** A further line of a happening that the kernel tells in single lines: read error, then what lost its data by it. */
export function chains(opening: Opening, event: Event, record: LogRecord): boolean {
  if (opening.row.line !== true || opening.row.kind !== event.row.kind || !continues(record, event)) return false
  if (event.row.more?.test(record.text.trimStart()) !== true) return false
  const gap = (record.sinceBootUs ?? 0) - (event.lastUs ?? record.sinceBootUs ?? 0)
  return gap >= 0 && gap <= CHAIN_US && sameDevice(event.groups['device'], opening.groups['device'])
}

/** Second headers of one happening: RCU's starved kthread, kmemleak's object. */
function sameFamily(opening: Opening, event: Event): boolean {
  const kind = opening.row.kind
  if (kind === 'rcu-stall') return event.row.kind === kind
  if (kind === 'memory-leak') return event.row.kind === kind && event.header === event.lines.length - 1
  return false
}

/** Right behind the event's last line, in the input and in time. */
const follows = (record: LogRecord, event: Event): boolean => {
  const gap = (record.sinceBootUs ?? 0) - (event.lastUs ?? record.sinceBootUs ?? 0)
  if (gap < 0 || gap > FOLLOWING_US) return false
  return linesBehind(record, event) <= FOLLOWING_LINES
}

const linesBehind = (record: LogRecord, event: Event): number =>
  record.line - (event.lines[event.relatedEnd - 1]?.record.line ?? 0)

/** Near enough to a report of single lines to go on with it; text may have been left out in between. */
export const continues = (record: LogRecord, event: Event): boolean => linesBehind(record, event) <= CONTINUED_LINES

const endings = new Set(['restart', 'halt', 'power-off'])

/** Nothing says that the two are about different tasks. */
function sameTask(opening: Opening, event: Event): boolean {
  return ['pid', 'comm'].every(name => {
    const theirs = opening.groups[name]
    const known = event.groups[name]
    return theirs === undefined || known === undefined || theirs === known
  })
}

function aftermath(opening: Opening, event: Event, record: LogRecord): Relation {
  const { kind } = opening.row
  if (endings.has(kind)) {
    const near = record.span.start - event.lastByte <= ENDING_BYTES && (record.sinceBootUs ?? 0) >= (event.lastUs ?? 0)
    return near && (endings.has(event.row.kind) || (event.fatal && kind === 'halt')) ? 'stage' : 'beside'
  }
  if (kind === 'oom-kill') {
    if (event.row.kind === 'oom-kill') return 'stage'
    return opening.row.line === true ? 'beside' : 'next'
  }
  if (kind === 'unknown') return 'part'
  // x86 says what trapped, then kernel/signal.c what the program gets for it
  if (kind === 'user-segfault')
    return event.row.kind === kind && !event.has(opening.row) && follows(record, event) && sameTask(opening, event)
      ? 'stage'
      : 'next'
  return event.row.kind === kind ? 'stage' : opening.row.line === true ? 'beside' : 'next'
}

const ends = new Set(['oops', 'bug', 'warning', 'stall', 'hardware', 'oom', 'panic'])
/** Panics that only come behind something else: an oops, a warning, a stall. */
const reaction =
  /Fatal exception|panic_on_|panic set|panic on oops|hung_task|softlockup|Hard LOCKUP|RCU Stall|Attempted to kill|Aiee|Machine halted|Fatal Machine|[Mm]achine check|Timeout: Not all CPUs|out of memory|Out of memory|deadlocked on memory|NMI:|Oops|kernel stack overflow|Unrecoverable|Unhandled|bad mode|Asynchronous SError|blocked tasks/

/** kernel/exit.c: the status as wait(2) has it; without a signal in its low bits, init ended by itself. */
const exited = /exitcode=0x0000[0-9a-f]{2}00/

/** Whether a panic is the end of this event rather than one of its own. */
export function panicBelongsTo(opening: Opening, event: Event, record: LogRecord, sameStream: boolean): boolean {
  if (!ends.has(event.row.severity)) return false
  const { row } = opening
  if (row.kind === 'stack-protector') return false
  const text = record.text
  if (/sysrq triggered crash/.test(text)) return false
  if (/Attempted to kill/.test(text)) return event.row.severity === 'oops' && sameStream && !exited.test(text)
  if (/panic_on_warn|panic set|panic_on_taint/.test(text)) return true
  if (reaction.test(text)) {
    if (/out of memory|Out of memory|deadlocked on memory/.test(text)) return event.row.kind === 'oom-kill'
    if (/hung_task|blocked tasks/.test(text)) return event.row.kind === 'hung-task'
    if (/softlockup/.test(text)) return event.row.kind === 'soft-lockup'
    if (/RCU Stall/.test(text)) return event.row.kind === 'rcu-stall'
    if (/Hard LOCKUP/.test(text)) return event.row.kind === 'hard-lockup'
    return event.row.severity !== 'warning' || sameStream
  }
  if (event.row.kind === 'machine-check' && sameStream && follows(record, event)) return true
  if (row.kind === 'stack-overflow') return event.row.kind === 'stack-overflow' && event.row !== row && sameStream
  const open = event.closed === undefined && !event.ended && event.unrelatedRun <= 3
  return sameStream && open && event.row.severity !== 'warning'
}

/** Lines of this event may still come when the other's header is not further from them than this. */
const TANGLE_DISTANCE = 4

/** Two reports without callers at the same time: whose line is whose is found out when both are there. */
export const tangles = (event: Event, opening: Opening, record: LogRecord): boolean =>
  event.rival === undefined &&
  record.caller === undefined &&
  !event.ended &&
  !event.bottomed &&
  event.unrelatedRun < TANGLE_DISTANCE &&
  record.span.start - event.lastByte < TANGLE_BYTES &&
  event.lines.length < MAX_TANGLE_LINES / 2 &&
  Math.abs((record.sinceBootUs ?? 0) - (event.lastUs ?? record.sinceBootUs ?? 0)) < TANGLE_US &&
  opening.row.line !== true

/** Lines that two CPUs print at once stand close together, in bytes of the log and in time. */
const TANGLE_BYTES = 4096
const TANGLE_US = 500_000
