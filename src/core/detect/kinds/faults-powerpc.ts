// Faults of 32- and 64-bit PowerPC (and microblaze, which took its words). arch/powerpc/kernel/traps.c die(),
// unrecoverable_exception(); the page faults' headers stand in page-faults.ts.

import type { KindRow } from '../row.ts'
import { badAccess, nullTitle, pagingTitle, pcThenTrace } from './fault.ts'

export const faultsPowerpc: readonly KindRow[] = [
  {
    // die(): "Oops: Kernel access of bad area, sig: 11 [#1]"; SIGBUS (7) is an access that no memory answers
    kind: 'bus-error',
    severity: 'oops',
    opens: /^Oops: [Kk]ernel access of bad area, sig: (?<signal>7)\b/,
    needles: ['ernel access of bad area'],
    title: pagingTitle,
    altTitles: badAccess,
    culprit: pcThenTrace,
    phase: 'die',
    example: 'Oops: Kernel access of bad area, sig: 7 [#1]',
  },
  {
    kind: 'page-fault',
    severity: 'oops',
    opens: /^Oops: (?:[Kk]ernel access of bad area|Weird page fault), sig: (?<signal>\d+)/,
    needles: ['ernel access of bad area', 'Weird page fault, '],
    title: pagingTitle,
    titleAtNull: nullTitle,
    altTitles: badAccess,
    culprit: pcThenTrace,
    phase: 'die',
    example: 'Oops: Kernel access of bad area, sig: 11 [#1]',
  },
  {
    kind: 'illegal-instruction',
    severity: 'oops',
    opens: /^Oops: Exception in kernel mode, sig: (?<signal>4)\b/,
    needles: ['Exception in kernel mode, '],
    title: 'illegal instruction in {function}',
    altTitles: ['Oops in {function}', 'invalid opcode in {function}'],
    culprit: pcThenTrace,
    phase: 'die',
    example: 'Oops: Exception in kernel mode, sig: 4 [#1]',
  },
  {
    // a trap instruction; behind "kernel BUG at" it is BUG()'s
    kind: 'debug-trap',
    severity: 'oops',
    opens: /^Oops: Exception in kernel mode, sig: (?<signal>5)\b/,
    needles: ['Exception in kernel mode, '],
    title: 'trap in {function}',
    altTitles: ['Oops in {function}', 'kernel BUG in {function}'],
    culprit: pcThenTrace,
    phase: 'die',
    example: 'Oops: Exception in kernel mode, sig: 5 [#1]',
  },
  {
    kind: 'machine-check',
    severity: 'oops',
    opens: /^(?:Oops: )?Machine check, sig: \d+/,
    needles: ['Machine check, sig: '],
    title: 'Machine check exception',
    altTitles: badAccess,
    phase: 'die',
    example: 'Oops: Machine check, sig: 7 [#1]',
  },
  {
    kind: 'oops',
    severity: 'oops',
    opens: /^Oops: (?<word>[A-Za-z][\w /-]{2,40}), sig: (?<signal>\d+)/,
    needles: [', sig: '],
    title: 'Oops in {function}',
    altTitles: ['{word} in {function}'],
    culprit: pcThenTrace,
    phase: 'die',
    example: 'Oops: Unrecoverable exception, sig: 6 [#1]',
  },
  {
    // unrecoverable_exception(), kernel_fp_unavailable_exception(), altivec_unavailable_exception()
    kind: 'oops',
    severity: 'oops',
    opens:
      /^Unrecoverable (?<word>[\w/ ]{0,40}?[eE]xception) (?<trap>[0-9a-f]{3,4}) at [0-9a-f]{8,16}|^Bad trap at PC: [0-9a-f]+, |^Bad kernel stack pointer [0-9a-f]+ at [0-9a-f]+/,
    needles: ['Unrecoverable ', 'Bad trap at PC: ', 'Bad kernel stack pointer '],
    title: 'Oops in {function}',
    culprit: pcThenTrace,
    example: 'Unrecoverable FP Unavailable Exception 800 at c000000000031d20',
  },
]
