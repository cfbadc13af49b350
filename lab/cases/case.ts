// A thing that is done to a kernel, and what Faultline must say of it.
//
// How to add a case: a file here with one Case (or a list of a family's), a line in index.ts. `npm run lab -- run NAME`
// shows what came of it, with the console's log in the folder it names.

import type { KindName, Report, SeverityName } from '../../src/core/model.ts'
import type { Guest } from '../guests/index.ts'
import type { ProgramName } from '../programs.ts'
import type { Evidence, RoadName } from '../roads/index.ts'

/** One report that must come out; what is not given is not judged. */
export interface Expected {
  kind: KindName | readonly KindName[]
  severity?: SeverityName
  title?: string | RegExp
  /** whom the report blames: the function of its title or of its pc, without the compiler's suffixes */
  function?: string | readonly string[]
  comm?: string | RegExp
  fatal?: boolean
  /** these functions in this order in the pc and the first trace; others may stand between, as arm64 leaves out the caller
   * of a function without a frame */
  chain?: readonly string[]
  /** these functions may not be among them: they left no frame */
  without?: readonly string[]
  /** module of the pc */
  module?: string
  /** the log may hold it more often, as one that repeats itself does */
  repeats?: true
}

export interface Case {
  name: string
  /** a sentence: what is done */
  does: string
  /** shell in the guest; runs as `sh`, whose comm the reports show */
  crash: string
  /** the shell is PID 1 itself */
  asInit?: true
  /** the kernel dies while it boots: nothing is run in the guest, and only roads that need nothing there see it */
  atBoot?: true
  /** the crash is done again after each reboot, this often in all */
  times?: number
  /** programs of lab/programs that the crash runs, as /lab/programs/NAME */
  programs?: readonly ProgramName[]
  /** what becomes of the machine */
  ends: 'lives' | 'reboots' | 'powers-off' | 'halts' | 'hangs'
  /** devices are shut down before the kernel's last line: its network card no longer sends that */
  orderly?: true
  /** kmsg_dump() was called for an oops or a panic: pstore has it */
  dumps?: 'oops' | 'panic' | undefined
  /** it dies in a work queue, and its worker with it: one processor's other work is not done any more */
  killsWorker?: true
  /** seconds that the phase may take on an idle machine; five times as much is waited */
  seconds?: number
  /** seconds to wait behind the phase, for what is printed late */
  settles?: number
  commandLine?: readonly string[]
  memoryMb?: number
  processors?: number
  /** none: the log must yield no report */
  expects: readonly Expected[]
  /** roads that are only taken by cases that ask for them */
  over?: readonly RoadName[]
  /** reports of these kinds may come besides */
  mayAlso?: readonly KindName[]
  /** runs on these guests alone, whether they are `full` or not */
  only?: readonly string[]
  /** runs on all guests otherwise; a guest's reason says why not */
  not?(guest: Guest): string | undefined
  /** where a guest's kernel says it otherwise */
  on?: Partial<Record<string, Partial<Omit<Case, 'name' | 'on'>>>>
  /** what else must be true of a road's evidence and the reports in it; what is not, a sentence each */
  check?(seen: Seen): string[]
  /** part of the reduced matrix, which runs with the tests and on guests that are not `full` */
  core?: true
  /** the reduced matrix sends it over all roads on the full guest; over one boot's roads otherwise */
  everyRoad?: true
}

/** What one road brought, for a case's own check. */
export interface Seen {
  road: string
  evidence: readonly Evidence[]
  reports: readonly Report[]
}

/** A fault of the lab's module, one that ends by itself after so many seconds. */
export const fault = (name: string, seconds?: number): string =>
  `insmod /lab/modules/fl.ko${seconds === undefined ? '' : ` seconds=${seconds}`}; echo ${name} >/sys/kernel/debug/fl`

/** A wrong that only kernels with their checks on complain of: lab/kernels/checks. */
export const check = (name: string): string =>
  `insmod /lab/modules/fl_checks.ko; echo ${name} >/sys/kernel/debug/fl_checks`

/** A crash of the kernel's own test module, Documentation/fault-injection/provoke-crashes.rst. */
export const lkdtm = (name: string): string =>
  `insmod /lab/modules/lkdtm.ko; echo ${name} >/sys/kernel/debug/provoke-crash/DIRECT`

/** The case as this guest runs it. */
export function caseOn(guest: Guest, each: Case): Case {
  const chosen = { ...each, ...each.on?.[guest.name], name: each.name }
  if (guest.complains) chosen.mayAlso = [...(chosen.mayAlso ?? []), ...guest.complains]
  if (guest.tracesNoModules) {
    chosen.expects = chosen.expects.map(({ chain, ...expected }) =>
      chain === undefined ? expected : { ...expected, chain: chain.filter(name => !name.startsWith('fl_')) },
    )
  }
  if (!guest.staysDown || chosen.ends !== 'reboots') return chosen
  if (chosen.dumps !== 'panic' || (chosen.times ?? 1) > 1) {
    return { ...chosen, not: () => 'its firmware does not start the machine again' }
  }
  return { ...chosen, ends: 'hangs', commandLine: ['panic=0', ...(chosen.commandLine ?? [])] }
}
