// Kernel stacks that ran over, outside x86's guard pages. arch/arm64/kernel/traps.c panic_bad_stack(),
// arch/powerpc/kernel/process.c, arch/s390/kernel/traps.c kernel_stack_overflow(), mm/fault.c, the stack checks in do_IRQ().

import type { KindRow } from '../row.ts'

export const stackOverflows: readonly KindRow[] = [
  {
    // arm64 and riscv panic right behind it, arm only kills the task
    kind: 'stack-overflow',
    severity: 'oops',
    opens: /^Insufficient stack space to handle exception!/,
    needles: ['Insufficient stack space'],
    title: 'kernel stack overflow in {function}',
    altTitles: ['stack-overflow in {function}'],
    culprit: { ways: [['pc', 'trace']], choose: 'recursion', skip: /bad_stack/ },
    example: 'Insufficient stack space to handle exception!',
  },
  {
    kind: 'stack-overflow',
    severity: 'oops',
    opens: /^Internal error: kernel stack overflow: /,
    needles: ['Internal error: '],
    title: 'kernel stack overflow in {function}',
    altTitles: ['stack-overflow in {function}'],
    culprit: { ways: [['pc', 'trace']], choose: 'recursion', skip: /bad_stack/ },
    phase: 'die',
    example: 'Internal error: kernel stack overflow: 0 [#1] PREEMPT SMP ARM',
  },
  {
    // WARN_ONCE of arch/x86/kernel/irq_64.c stack_overflow_check()
    kind: 'stack-overflow',
    severity: 'bug',
    opens: /^do_IRQ\(\): (?<comm>.{1,64}) has overflown the kernel stack/,
    needles: ['has overflown the kernel stack'],
    title: 'kernel stack overflow in {function}',
    altTitles: ['stack-overflow in {function}'],
    culprit: { ways: [['trace']] },
    phase: 'preamble',
    trace: 'maybe',
    example: 'do_IRQ(): swapper has overflown the kernel stack (cur:ffff880036c00000,sp:ffff88003fc03e88)',
  },
  {
    kind: 'stack-overflow',
    severity: 'oops',
    opens:
      /^(?:Oops: )?(?:kernel stack overflow(?: \([\w-]{1,32} ?\w{0,32}\))?: ?[0-9a-f]{1,4} (?:ilc:\d )?\[#|[Kk]ernel stack overflow(?:\.| in process| detected|, sig: )|do_IRQ: (?:\S+ )?(?:stack overflow|near stack overflow)|Thread overran stack)/,
    needles: ['stack overflow', 'Thread overran stack'],
    title: 'kernel stack overflow in {function}',
    altTitles: ['stack-overflow in {function}'],
    culprit: { ways: [['pc', 'trace'], ['trace']], choose: 'first' },
    phase: 'die',
    trace: 'maybe',
    confirm: true,
    example: 'kernel stack overflow (page fault): 0000 [#1] PREEMPT SMP NOPTI',
  },
]
