// The die line alone, in the words of all architectures.

import type { KindRow } from '../row.ts'
import { badAccess, pcThenTrace } from './fault.ts'

export const dieLines: readonly KindRow[] = [
  {
    // arch/mips/kernel/traps.c do_bp(): "Kernel bug detected[#1]:"; riscv "Kernel BUG [#1]"; loongarch "Oops - BUG[#1]:"
    kind: 'bug-on',
    severity: 'oops',
    opens: /^(?:Kernel bug detected ?\[#\d+\]|Kernel BUG ?\[#\d+\]|Oops - BUG|[kK]ernel BUG (?!at )\S)/,
    needles: ['ernel bug detected', 'ernel BUG', 'Oops - BUG'],
    title: 'kernel BUG in {function}',
    culprit: { ways: [['pc', 'trace'], ['trace']], skip: /^skb_/ },
    phase: 'die',
    confirm: true,
    example: 'Kernel bug detected[#1]:',
  },
  {
    // "Oops: 0002 [#1] SMP", "Oops: Oops: 0000 [#1]", mips "Oops[#1]:", riscv "Oops [#1]", xtensa "Oops: sig: 11 [#1]",
    // openrisc "Oops#: 0000", 2.4 "Oops: 0002"
    kind: 'oops',
    severity: 'oops',
    opens:
      /^(?:Oops: (?:Oops: )?(?:sig: \d+|[0-9a-f]{1,16}|[A-Za-z][\w ,/-]{2,60})(?: ilc:\d)? ?(?:\[#\d+\]|$|[A-Z])|Oops(?: - [\w -]{3,60})? ?\[#\d+\]|Oops#: [0-9a-f]+|Oops: [0-9a-f]{1,8}\s*$)/,
    needles: ['Oops: ', 'Oops[#', 'Oops [#', 'Oops - ', 'Oops#: '],
    title: 'Oops in {function}',
    altTitles: badAccess,
    culprit: pcThenTrace,
    phase: 'die',
    trace: 'maybe',
    confirm: true,
    example: 'Oops: 0002 [#1] PREEMPT SMP NOPTI',
  },
]
