// The kernel test robot's own expectations: ids of what its dmesg and kmsg readers found, and cut-out call traces.

import { z } from 'zod'
import type { KindName, Report } from '../../src/core/model.ts'
import { type Case, casesOf, textOf } from './cases.ts'
import { symbolsOf, titleNames } from './functions.ts'
import { briefly, exceptionsOf, messageOf, messagesOf, reportWith } from './lines.ts'
import { type Corpus, type Decode, judged, outOfScope, type Verdict } from './verdict.ts'

const expectationSchema = z.object({
  expected: z
    .object({ error_ids: z.record(z.string(), z.number()), messages: z.record(z.string(), z.string()) })
    .optional(),
  expected_crash_calltraces: z.array(z.string()).optional(),
})

type LkpCase = Case<z.infer<typeof expectationSchema>>

/** What an id says happened, by how it begins; the first that fits. */
const kindsOf: readonly (readonly [prefix: string, kinds: readonly KindName[]])[] = [
  ['WARNING:possible_', ['lockdep']],
  ['WARNING:at_', ['warning', 'refcount', 'list-corruption', 'fortify', 'slab-corruption', 'sleeping-in-atomic']],
  ['BUG:workqueue_lockup', ['workqueue-lockup']],
  ['BUG:workqueue_leaked', ['lockdep', 'sleeping-in-atomic', 'scheduling-while-atomic']],
  ['BUG:soft_lockup', ['soft-lockup']],
  ['BUG:unable_to_handle', ['null-dereference', 'page-fault']],
  ['BUG:sleeping_function', ['sleeping-in-atomic']],
  ['BUG:scheduling_while', ['scheduling-while-atomic']],
  ['BUG:looking_up_invalid_subclass', ['lockdep']],
  ['BUG:spinlock', ['spinlock']],
  ['BUG:KASAN', ['kasan']],
  ['BUG:KCSAN', ['kcsan']],
  ['BUG:Bad_page', ['bad-page']],
  ['INFO:rcu_', ['rcu-stall']],
  ['INFO:task_blocked', ['hung-task']],
  ['INFO:suspicious_RCU', ['lockdep']],
  ['UBSAN:', ['ubsan']],
  ['general_protection_fault', ['general-protection', 'null-dereference', 'kasan', 'page-fault']],
  ['related_general_protection_fault', ['general-protection', 'null-dereference']],
  ['invalid_opcode', ['illegal-instruction', 'bug-on', 'warning', 'sleeping-in-atomic']],
  ['kernel_BUG_at', ['bug-on']],
  ['CFI_failure', ['control-flow']],
  ['segfault_at', ['user-segfault']],
  ['irq#:nobody_cared', ['spurious-interrupt']],
]

/** Lines of an event that some other id opens. */
const stages = ['Oops:', 'Kernel_panic', 'arch/x86/include/asm/msr-trace.h']

/** Ids that are no kernel exception, with the reason. */
const foreign: readonly (readonly [prefix: string, reason: string])[] = [
  ['boot_failures', 'a sum made by the robot'],
  ['BUG:kernel_early-boot', 'made by the robot from where the log ends, not printed by the kernel'],
  ['BUG:kernel_test_hang', 'made by the robot from where the log ends, not printed by the kernel'],
  ['genirq:', 'an error message of a driver'],
  ['IP-Config:', 'an error message of a driver'],
  ['sysctl_', 'an error message of a test'],
  ['e1000', 'an error message of a driver'],
  ['WARNING:lkp_', 'a message of the robot'],
  ['LKP:', 'a message of the robot'],
  ['Kernel_tests', 'a message of the robot'],
  ['sanitizer.', 'a sanitizer in user space'],
]

/** Ids of kmsg are the first words of any line at level err and above; these lines state no exception. */
const anyErrorLine = 'any line at level err or above is an id there'

export const lkpTests: Corpus = {
  name: 'lkp-tests',
  *judge(decode) {
    for (const one of casesOf('lkp-tests', expectationSchema)) yield* judgeCase(one, decode)
  },
}

function* judgeCase(one: LkpCase, decode: Decode): Generator<Verdict> {
  const reports = decode(one.log)
  const { expected, expected_crash_calltraces } = one.expectation
  for (const [id, line] of Object.entries(expected?.messages ?? {})) {
    yield judgeId(`${one.name} ${id}`, id, line, reports)
  }
  // Ids of kmsg leave warnings out, so that only those of dmesg can say that there is nothing.
  if (
    expected &&
    one.name.startsWith('dmesg_') &&
    Object.keys(expected.error_ids).every(id => reasonFor(id) !== undefined)
  ) {
    const found = exceptionsOf(reports)
    yield judged('nothing found', one.name, found.length === 0, [], briefly(found))
  }
  if (expected_crash_calltraces) yield judgeBlocks(one, expected_crash_calltraces, exceptionsOf(reports))
}

function judgeId(name: string, id: string, line: string, reports: Report[]): Verdict {
  const reason = reasonFor(id)
  if (reason) return outOfScope('error id', name, id, reason)
  const [role, subject] = splitId(id)
  const report = reportWith(reports, line) ?? reportThatOpens(reports, line)
  if (report === undefined) return judged('error id', name, false, line, briefly(reports))
  if (role === 'pc') {
    const pcs = [report.pc?.symbol, ...(report.registerSets ?? []).map(set => set.pc?.symbol)]
    return judged('error id', name, pcs.includes(subject) || titleNames(report.title, subject), subject, pcs)
  }
  if (role === 'frame') {
    const traces = (report.traces ?? []).map(trace => symbolsOf(trace.frames))
    return judged(
      'error id',
      name,
      traces.some(symbols => symbols.includes(subject)),
      subject,
      traces,
    )
  }
  const kinds = kindsOf.find(([prefix]) => id.startsWith(prefix))?.[1]
  const fits = kinds === undefined || kinds.includes(report.kind)
  return judged('error id', name, fits, kinds ?? line, briefly([report]))
}

/** A report's first line may hold more than the quoted text, where lkp put several lines into one. */
function reportThatOpens(reports: Report[], line: string): Report | undefined {
  const wanted = messagesOf(line)[0] ?? ''
  return reports.find(report => messagesOf(report.text).some(text => text.length > 20 && wanted.startsWith(text)))
}

function reasonFor(id: string): string | undefined {
  const known = foreign.find(([prefix]) => id.startsWith(prefix))
  if (known) return known[1]
  if (kindsOf.some(([prefix]) => id.startsWith(prefix)) || stages.some(stage => id.startsWith(stage))) return undefined
  return splitId(id)[0] === 'header' ? anyErrorLine : undefined
}

function splitId(id: string): [role: 'pc' | 'frame' | 'header', subject: string] {
  const pc = /^(?:RIP:|EIP:|EIP_is_at_)(.+)$/.exec(id)
  if (pc) return ['pc', pc[1]!]
  const frame = /^calltrace:(.+)$/.exec(id)
  return frame ? ['frame', frame[1]!] : ['header', id]
}

/**
 * Each quoted block must lie in our reports, line for line. Left out of the comparison: disassembly that the robot
 * pasted after `Code:`, paths that it shortened, what another caller printed in between, and chatter of the boot.
 */
function judgeBlocks(one: LkpCase, blocks: string[], reports: Report[]): Verdict {
  const printed = new Set(messagesOf(textOf(one.log)))
  const reported = new Set(reports.flatMap(report => messagesOf(report.text)))
  for (const block of blocks) {
    const lines = block.split('\n').filter(line => /^\[ *\d/.test(line))
    const caller = callerOf(lines[0] ?? '')
    const quoted = lines.filter(line => callerOf(line) === caller).map(messageOf)
    const missing = quoted.filter(
      line => line !== '' && printed.has(line) && !reported.has(line) && !chatter.test(line),
    )
    if (missing.length > 0) {
      const wanted = `${blocks.length} blocks; of one are missing: ${missing.slice(0, 3).join(' | ')}`
      return judged('call traces', one.name, false, wanted, briefly(reports))
    }
  }
  return judged('call traces', one.name, reports.length >= blocks.length, `${blocks.length} blocks`, briefly(reports))
}

/** Between two events in one block of theirs. */
const chatter = /^(?:masked ExtINT on CPU#|smpboot: |x86: Booting SMP configuration|kvm-)/

function callerOf(line: string): string | undefined {
  return /^\[ *\d+\.\d+ *\]\[ *(\w+) *\]/.exec(line)?.[1]
}
