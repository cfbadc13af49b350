// Program checks of s390. arch/s390/kernel/traps.c DO_ERROR_INFO(), dumpstack.c die(): the words, the code, and since 3.x
// the instruction length: "addressing exception: 0005 ilc:2 [#1] SMP".

import type { KindRow } from '../row.ts'
import { badAccess, nullTitle, pagingTitle, pcThenTrace } from './fault.ts'

const tail = String.raw`: (?<code>[0-9a-f]{4}) (?:ilc:\d )?\[#`
const check = (words: string): RegExp => new RegExp(`^(?<word>${words})${tail}`)

export const faultsS390: readonly KindRow[] = [
  {
    kind: 'page-fault',
    severity: 'oops',
    opens: check(
      String.raw`Oops(?=: \w{4} ilc)|addressing exception|Low-address protection|page translation exception|region-\w+ translation exception`,
    ),
    needles: [' ilc:', 'addressing exception: ', 'Low-address protection: '],
    title: pagingTitle,
    titleAtNull: nullTitle,
    altTitles: badAccess,
    culprit: pcThenTrace,
    phase: 'die',
    example: 'Oops: 0004 ilc:2 [#1] SMP',
  },
  {
    kind: 'divide-error',
    severity: 'oops',
    opens: check('(?:fixpoint|fixed point|decimal|HFP) divide(?: exception)?'),
    needles: [' divide exception: ', ' ilc:'],
    title: 'divide error in {function}',
    altTitles: ['{word} in {function}'],
    culprit: pcThenTrace,
    phase: 'die',
    example: 'fixpoint divide exception: 0009 ilc:2 [#1] SMP',
  },
  {
    // (BUG() before 5.5 was an illegal operation; "kernel BUG at" stands before it)
    kind: 'illegal-instruction',
    severity: 'oops',
    opens: check('illegal operation|privileged operation(?: exception)?|execute exception|special operation exception'),
    needles: ['illegal operation: ', 'privileged operation', 'execute exception: ', 'special operation exception'],
    title: 'illegal instruction in {function}',
    altTitles: ['invalid opcode in {function}'],
    culprit: pcThenTrace,
    phase: 'die',
    example: 'illegal operation: 0001 ilc:1 [#1] SMP',
  },
  {
    // monitor_event_exception(): BUG() since 5.5
    kind: 'bug-on',
    severity: 'oops',
    opens: check('monitor event'),
    needles: ['monitor event: '],
    title: 'kernel BUG in {function}',
    culprit: { ways: [['pc', 'trace']], skip: /^skb_/ },
    phase: 'die',
    example: 'monitor event: 0040 ilc:2 [#1] SMP',
  },
  {
    kind: 'oops',
    severity: 'oops',
    opens: check(
      String.raw`(?:specification|operand|data|transaction constraint|vector processing|translation specification|space-switch event|fix(?:ed )?point overflow|decimal overflow|HFP \w+(?: \w+)?|stack) ?(?:exception|event)?`,
    ),
    needles: [' ilc:', 'specification exception: ', 'operand exception: ', 'data exception: ', ' overflow exception: '],
    title: '{word} in {function}',
    culprit: pcThenTrace,
    phase: 'die',
    example: 'specification exception: 0006 ilc:3 [#1] SMP',
  },
]
