// Faults of MIPS, and of LoongArch, whose reports grew from the same code. arch/mips/kernel/traps.c, unaligned.c;
// arch/loongarch/kernel/traps.c. die() puts its count behind the words: "Reserved instruction in kernel code[#1]:".

import type { KindRow } from '../row.ts'
import { badAccess, pcThenTrace } from './fault.ts'

export const faultsMips: readonly KindRow[] = [
  {
    kind: 'debug-trap',
    severity: 'oops',
    opens: /^(?<word>Break|Trap) instruction in kernel code ?\[#\d+\]/,
    needles: ['instruction in kernel code'],
    title: 'trap in {function}',
    altTitles: ['kernel BUG in {function}'],
    culprit: pcThenTrace,
    phase: 'die',
    example: 'Break instruction in kernel code[#1]:',
  },
  {
    kind: 'illegal-instruction',
    severity: 'oops',
    opens: /^Reserved instruction in kernel code ?\[#\d+\]/,
    needles: ['instruction in kernel code'],
    title: 'illegal instruction in {function}',
    altTitles: ['invalid opcode in {function}'],
    culprit: pcThenTrace,
    phase: 'die',
    example: 'Reserved instruction in kernel code[#1]:',
  },
  {
    // (a coprocessor's instructions where the kernel must not use it)
    kind: 'oops',
    severity: 'oops',
    opens:
      /^(?<word>do_(?:cpu|msa|fpu|lsx|lasx|lbt)\w* invoked from kernel context!|FP exception in kernel code|Unexpected DSP exception|NMI) ?\[#\d+\]/,
    needles: ['kernel context![#', 'FP exception in kernel', 'Unexpected DSP ', 'NMI[#'],
    title: 'Oops in {function}',
    altTitles: badAccess,
    culprit: pcThenTrace,
    phase: 'die',
    example: 'do_cpu invoked from kernel context![#1]:',
  },
  {
    // do_be(): "Data bus error, epc == 80012345, ra == 80012340"
    kind: 'bus-error',
    severity: 'oops',
    opens: /^(?:Data|Instruction) bus error, epc == /,
    needles: [' bus error, epc'],
    title: 'bus error in {function}',
    altTitles: badAccess,
    culprit: pcThenTrace,
    example: 'Data bus error, epc == 80321234, ra == 80321200',
  },
  {
    // LoongArch do_ade(): address error
    kind: 'bus-error',
    severity: 'oops',
    opens: /^Kernel ade access ?\[#\d+\]/,
    needles: ['Kernel ade access'],
    title: 'address error in {function}',
    altTitles: badAccess,
    culprit: pcThenTrace,
    phase: 'die',
    example: 'Kernel ade access[#1]:',
  },
  {
    // LoongArch do_bce(): a bound check that failed
    kind: 'page-fault',
    severity: 'oops',
    opens: /^Kernel bce access ?\[#\d+\]/,
    needles: ['Kernel bce access'],
    title: 'bound check error in {function}',
    altTitles: badAccess,
    culprit: pcThenTrace,
    phase: 'die',
    example: 'Kernel bce access[#1]:',
  },
  {
    // unaligned.c emulate_load_store_insn(), LoongArch do_ale()
    kind: 'unaligned',
    severity: 'oops',
    opens: /^(?:Unhandled kernel unaligned access|Kernel unaligned instruction access|Kernel ale access) ?\[#\d+\]/,
    needles: ['kernel unaligned access[', 'Kernel unaligned instruction', 'Kernel ale access'],
    title: 'unaligned access in {function}',
    culprit: pcThenTrace,
    phase: 'die',
    trace: 'maybe',
    example: 'Unhandled kernel unaligned access[#1]:',
  },
]
