// What looks like an exception and fits no row above: reported as such, never dropped.

import type { KindRow } from '../row.ts'

export const unknown: readonly KindRow[] = [
  {
    // the end of a report whose beginning the ring buffer has overwritten; kernel/panic.c print_oops_end_marker()
    kind: 'oops',
    severity: 'oops',
    opens: /^-{2,}\[ end trace [0-9a-f]+ \]/,
    needles: ['[ end trace '],
    title: 'Oops in {function}',
    altTitles: ['bad-access in {function}'],
    culprit: { ways: [['pc', 'trace'], ['trace'], ['frames']] },
    phase: 'remains',
    trace: 'maybe',
    headless: true,
    example: '---[ end trace 0000000000000000 ]---',
  },
  {
    kind: 'unknown',
    severity: 'bug',
    opens: /^(?:\[ )?BUG: ?(?<rest>\S.{2,200}?)(?: \])?$/,
    needles: ['BUG: '],
    title: 'BUG: {rest}',
    trace: 'maybe',
    confirm: true,
    example: 'BUG: a wording that no kernel has printed yet',
  },
  {
    kind: 'unknown',
    severity: 'bug',
    opens: /^(?:\[ )?WARNING: ?(?<rest>\S.{2,200}?)(?: \])?$/,
    needles: ['WARNING: '],
    title: 'WARNING: {rest}',
    trace: 'maybe',
    confirm: true,
    example: 'WARNING: a wording that no kernel has printed yet',
  },
  {
    kind: 'unknown',
    severity: 'bug',
    opens: /^INFO: (?<rest>(?:Freed|Allocated) in .{2,200})$/,
    needles: ['INFO: Freed', 'INFO: Allocated'],
    title: 'INFO: {rest}',
    headless: true,
    trace: 'maybe',
    phase: 'aftermath',
    example: 'INFO: Freed in fasync_free_rcu+0x15/0x20 age=163 cpu=0 pid=3233',
    also: ['INFO: Allocated in fasync_insert_entry+0x25/0x40 age=163 cpu=0 pid=3233'],
  },
  {
    // the header was torn off: "BUG:" or "WARNING:" and nothing more
    kind: 'unknown',
    severity: 'bug',
    opens: /^(?<word>BUG|WARNING|INFO):\s*$/,
    needles: ['BUG:', 'WARNING:', 'INFO:'],
    title: '{word}: corrupted',
    headless: true,
    trace: 'maybe',
    confirm: true,
    example: 'BUG:',
  },
]
