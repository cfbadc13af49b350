// Faults of the kernel's own memory accesses and instructions, in every architecture's words.

import type { Culprit, KindRow } from '../row.ts'

const pcThenTrace: Culprit = { ways: [['pc', 'trace']] }
const badAccess = ['bad-access in {function}']

const nullTitle = 'BUG: unable to handle kernel NULL pointer dereference in {function}'
const pagingTitle = 'BUG: unable to handle kernel paging request in {function}'

export const memoryAccess: readonly KindRow[] = [
  {
    // arch/x86/mm/fault.c show_fault_oops(): since 5.1 / before; arch/powerpc/mm/fault.c bad_page_fault() since 5.1
    kind: 'null-dereference',
    severity: 'oops',
    opens:
      /^BUG: (?:unable to handle kernel NULL pointer dereference|[kK]ernel NULL pointer dereference)(?:,? (?:on (?<access>read|write|execute) )?(?:at|address:)(?: virtual address)? (?:0x)?(?<address>[0-9a-f]{1,16}|\(null\)))?/,
    needles: ['NULL pointer dereference'],
    title: nullTitle,
    altTitles: badAccess,
    culprit: pcThenTrace,
    anywhere: true,
    example: 'BUG: kernel NULL pointer dereference, address: 0000000000000050',
  },
  {
    // arch/x86/mm/fault.c; arch/powerpc/mm/fault.c "BUG: Unable to handle kernel data access on write at 0x…"
    kind: 'page-fault',
    severity: 'oops',
    opens:
      /^BUG: (?:unable to handle kernel paging request|unable to handle page fault for address|Unable to handle kernel (?:data access|instruction fetch|paging request)|unable to handle kernel instruction fetch)(?: on (?<access>read|write))?(?: at(?: virtual address)?|:)?(?: \((?:exec|execute)\?\))?(?: (?:0x)?(?<address>[0-9a-f]{3,16}))?/,
    needles: ['nable to handle'],
    title: pagingTitle,
    altTitles: badAccess,
    culprit: pcThenTrace,
    anywhere: true,
    example: 'BUG: unable to handle page fault for address: ffffed1021a14c00',
  },
  {
    // the second half of the header did not get through: two printk() calls before 5.1
    kind: 'page-fault',
    severity: 'oops',
    opens: /^BUG: [uU]nable to handle kernel/,
    needles: ['nable to handle'],
    title: 'BUG: unable to handle kernel',
    headless: true,
    anywhere: true,
    example: 'BUG: unable to handle kernel',
  },
  {
    // arch/arm64/mm/fault.c die_kernel_fault(), arch/arm/mm/fault.c __do_kernel_fault(), arch/riscv/mm/fault.c,
    // arch/s390/mm/fault.c "pointer dereference in virtual kernel address space", arch/mips/mm/fault.c behind "CPU 0 "
    kind: 'null-dereference',
    severity: 'oops',
    opens:
      /^(?:CPU \d+ |\d+: )?[uU]nable to handle (?:kernel )?NULL pointer (?:dereference|access)(?: at virtual address (?:0x)?(?<address>[0-9a-f]{1,16}))?/,
    needles: ['nable to handle'],
    title: nullTitle,
    altTitles: badAccess,
    culprit: pcThenTrace,
    anywhere: true,
    example: 'Unable to handle kernel NULL pointer dereference at virtual address 0000000000000050',
  },
  {
    kind: 'page-fault',
    severity: 'oops',
    opens:
      /^(?:CPU \d+ )?[uU]nable to handle kernel access to user memory(?: outside uaccess routines)?(?: at virtual address (?:0x)?(?<address>[0-9a-f]{1,16}))?/,
    needles: ['nable to handle'],
    title: 'BUG: unable to handle kernel access to user memory in {function}',
    altTitles: badAccess,
    culprit: pcThenTrace,
    example:
      'Unable to handle kernel access to user memory outside uaccess routines at virtual address 00007fffd1a3b3f8',
  },
  {
    // all others: "paging request", "read from unreadable memory", "write to read-only memory", "execute from
    // non-executable memory", "paging request for data at address 0x…" (powerpc), "pointer dereference in virtual kernel
    // address space" (s390), "access at address" (m68k), "kernel unaligned access" stands elsewhere
    kind: 'page-fault',
    severity: 'oops',
    opens:
      /^(?:CPU \d+ |Kernel )?[uU]nable to handle (?:kernel )?(?:paging request|(?<access>read|write|execute) (?:from|to) \S+ memory|pointer dereference|access|data access|instruction fetch|unaligned access|NULL|page fault|vmalloc fault)(?:[\w -]{0,60}?(?:address|at) (?:0x)?(?<address>[0-9a-f]{3,16}))?/,
    needles: ['nable to handle'],
    title: pagingTitle,
    altTitles: badAccess,
    culprit: pcThenTrace,
    anywhere: true,
    example: 'Unable to handle kernel paging request at virtual address ffff800011223344',
  },
  {
    // arch/x86/kernel/traps.c exc_general_protection(); since 5.6 "probably for non-canonical address 0x…"
    kind: 'general-protection',
    severity: 'oops',
    opens:
      /^(?:Oops: )?general protection fault(?:,? (?:(?:probably|maybe) )?for (?:non-canonical address|address) (?:0x)?(?<address>[0-9a-f]+)|, [\w ,]{1,60})?: (?:[0-9a-f]{4}|\w+)\b(?! ip:)/,
    needles: ['general protection'],
    title: 'general protection fault in {function}',
    altTitles: badAccess,
    culprit: pcThenTrace,
    phase: 'die',
    anywhere: true,
    example:
      'general protection fault, probably for non-canonical address 0xdffffc0000000000: 0000 [#1] PREEMPT SMP KASAN',
  },
  {
    kind: 'stack-segment',
    severity: 'oops',
    opens: /^(?:Oops: )?stack segment: [0-9a-f]{4} \[#/,
    needles: ['stack segment: '],
    title: 'stack segment fault in {function}',
    culprit: pcThenTrace,
    phase: 'die',
    example: 'stack segment: 0000 [#1] PREEMPT SMP KASAN',
  },
  {
    kind: 'divide-error',
    severity: 'oops',
    opens: /^(?:Oops: )?divide[ _]error: [0-9a-f]{4} \[#/,
    needles: ['divide error', 'divide_error'],
    title: 'divide error in {function}',
    culprit: { ways: [['pc']] },
    phase: 'die',
    anywhere: true,
    example: 'divide error: 0000 [#1] PREEMPT SMP KASAN',
  },
  {
    kind: 'illegal-instruction',
    severity: 'oops',
    opens: /^(?:Oops: )?invalid opcode: [0-9a-f]{4} \[#/,
    needles: ['invalid opcode'],
    title: 'invalid opcode in {function}',
    culprit: { ways: [['pc']] },
    phase: 'die',
    anywhere: true,
    example: 'invalid opcode: 0000 [#1] SMP PTI',
  },
  {
    // arch/x86/kernel/traps.c do_int3(), exc_debug()
    kind: 'debug-trap',
    severity: 'oops',
    opens:
      /^(?:Oops: )?(?<word>int3|debug|bounds|alignment check|overflow|segment not present|invalid TSS|coprocessor segment overrun|coprocessor error|simd exception|bounds|iret exception|spurious interrupt bug): [0-9a-f]{4} \[#/,
    needles: [
      'int3: ',
      'debug: ',
      'bounds: ',
      'alignment check: ',
      'overflow: ',
      'segment not present: ',
      'invalid TSS: ',
      'coprocessor ',
      'simd exception: ',
      'iret exception: ',
      'spurious interrupt bug: ',
    ],
    title: '{word} in {function}',
    culprit: pcThenTrace,
    phase: 'die',
    example: 'int3: 0000 [#1] PREEMPT SMP KASAN',
  },
  {
    // arch/x86/kernel/traps.c exc_double_fault(), df_debug() "PANIC: double fault, error_code: 0x0"
    kind: 'double-fault',
    severity: 'panic',
    opens: /^(?:traps: )?PANIC: double fault/,
    needles: ['PANIC: double fault'],
    title: 'PANIC: double fault in {function}',
    culprit: { ways: [['pc']] },
    phase: 'die',
    fatal: true,
    anywhere: true,
    example: 'PANIC: double fault, error_code: 0x0',
  },
  {
    kind: 'double-fault',
    severity: 'oops',
    opens: /^(?:Oops: )?(?:double fault|doublefault): [0-9a-f]{4} \[#/,
    needles: ['double fault: ', 'doublefault: '],
    title: 'PANIC: double fault in {function}',
    culprit: { ways: [['pc', 'trace']] },
    phase: 'die',
    fatal: true,
    example: 'double fault: 0000 [#1] SMP',
  },
  {
    // arch/x86/kernel/cet.c do_user_cp_fault()/do_kernel_cp_fault(), arch/x86/kernel/traps.c
    kind: 'control-flow',
    severity: 'oops',
    opens: /^(?:traps: )?Missing ENDBR: |^(?:Oops: )?control protection fault: [0-9a-f]{4} \[#|^CFI failure (?:at|\()/,
    needles: ['Missing ENDBR', 'control protection', 'CFI failure'],
    title: 'CFI failure in {function}',
    culprit: { ways: [['pc', 'trace'], ['trace']], skip: /__cfi_slowpath|handle_cfi_failure|report_cfi/ },
    phase: 'die',
    example:
      'CFI failure at lkdtm_indirect_call+0x30/0x50 [lkdtm] (target: lkdtm_increment_int+0x0/0x20 [lkdtm]; expected type: 0x7e0c52a5)',
  },
  {
    // arch/arm/mm/fault.c do_DataAbort(): "Unhandled fault: alignment exception (0x221) at 0xb6f3e001"
    kind: 'bus-error',
    severity: 'oops',
    opens:
      /^Unhandled (?:fault|prefetch abort): (?<what>[\w /().-]{3,80}?) \(0x[0-9a-f]+\)(?: at (?:0x)?(?<address>[0-9a-f]{1,16}))?/,
    needles: ['Unhandled '],
    title: 'Unhandled fault in {function}',
    altTitles: badAccess,
    culprit: pcThenTrace,
    anywhere: true,
    confirm: true,
    example: 'Unhandled fault: page domain fault (0x01b) at 0x00000004',
  },
  {
    // arch/arm/mm/alignment.c do_alignment()
    kind: 'unaligned',
    severity: 'oops',
    opens: /^Alignment trap: (?:not handling instruction|\S)/,
    needles: ['Alignment trap: '],
    title: 'Alignment trap in {function}',
    culprit: pcThenTrace,
    confirm: true,
    example: 'Alignment trap: not handling instruction e1932f9f at [<c0213c94>]',
  },
  {
    // arch/arm64/kernel/traps.c die() and arch/arm/kernel/traps.c die(): "Internal error: Oops - BUG: 0 [#1] PREEMPT SMP"
    kind: 'bug-on',
    severity: 'oops',
    opens: /^Internal error: Oops - BUG: /,
    needles: ['Internal error: '],
    title: 'kernel BUG in {function}',
    altTitles: ['Internal error in {function}'],
    culprit: { ways: [['pc', 'trace']], skip: /^skb_/ },
    phase: 'die',
    example: 'Internal error: Oops - BUG: 00000000f2000800 [#1] PREEMPT SMP',
  },
  {
    kind: 'illegal-instruction',
    severity: 'oops',
    opens: /^Internal error: (?:Oops - )?(?:undefined instruction|Undefined instruction|Oops - undefined)/,
    needles: ['Internal error: '],
    title: 'Internal error in {function}',
    altTitles: ['bad-access in {function}'],
    culprit: pcThenTrace,
    phase: 'die',
    example: 'Internal error: Oops - undefined instruction: 0 [#1] SMP ARM',
  },
  {
    kind: 'bus-error',
    severity: 'oops',
    opens:
      /^Internal error: (?:synchronous |imprecise |asynchronous )?(?:external abort|SError|synchronous parity|level \d)/i,
    needles: ['Internal error: '],
    title: 'Internal error in {function}',
    altTitles: badAccess,
    culprit: pcThenTrace,
    phase: 'die',
    example: 'Internal error: synchronous external abort: 0000000096000210 [#1] PREEMPT SMP',
  },
  {
    kind: 'oops',
    severity: 'oops',
    opens: /^Internal error: /,
    needles: ['Internal error: '],
    title: 'Internal error in {function}',
    altTitles: badAccess,
    culprit: pcThenTrace,
    phase: 'die',
    anywhere: true,
    example: 'Internal error: Oops: 0000000096000005 [#1] PREEMPT SMP',
  },
  {
    // arch/arm64/kernel/traps.c bad_mode(), panic_unhandled(): "Unhandled 64-bit el1h sync exception on CPU0, ESR …"
    kind: 'oops',
    severity: 'panic',
    opens: /^(?:Bad mode in .{1,60} (?:detected on CPU|handler)|Unhandled \S+ el\S+ \w+ exception on CPU)/,
    needles: ['Bad mode in ', 'Unhandled '],
    title: 'kernel panic: bad mode',
    altTitles: ['bad mode in {function}'],
    culprit: pcThenTrace,
    trace: 'maybe',
    confirm: true,
    example: 'Bad mode in Error handler detected on CPU1, code 0xbf000000 -- SError',
  },
  {
    kind: 'bus-error',
    severity: 'oops',
    opens: /^SError Interrupt on CPU\d+, code (?:0x)?(?<code>[0-9a-f]+)/,
    needles: ['SError Interrupt on '],
    title: 'SError in {function}',
    altTitles: badAccess,
    culprit: pcThenTrace,
    example: 'SError Interrupt on CPU0, code 0x00000000bf000002 -- SError',
  },
  {
    // arch/arm64/kernel/traps.c handle_bad_stack(), arch/riscv/kernel/traps.c
    kind: 'stack-overflow',
    severity: 'panic',
    opens: /^Insufficient stack space to handle exception!/,
    needles: ['Insufficient stack space'],
    title: 'kernel stack overflow in {function}',
    altTitles: ['stack-overflow in {function}'],
    culprit: { ways: [['pc', 'trace']], choose: 'stall', skip: /bad_stack/ },
    example: 'Insufficient stack space to handle exception!',
  },
  {
    // arch/x86/mm/fault.c, arch/x86/kernel/dumpstack.c: handle_stack_overflow()
    kind: 'stack-overflow',
    severity: 'panic',
    opens: /^BUG: .{0,20}stack guard page was hit at/,
    needles: ['stack guard page was hit'],
    title: 'BUG: stack guard page was hit in {function}',
    altTitles: ['stack-overflow in {function}'],
    culprit: { ways: [['pc', 'trace']], choose: 'stall' },
    anywhere: true,
    example: 'BUG: TASK stack guard page was hit at 00000000d3b7d4b4 (stack is 000000003ba23eb8..000000006aaa8a9c)',
  },
  {
    kind: 'stack-overflow',
    severity: 'oops',
    opens:
      /^(?:Oops: )?(?:kernel stack overflow(?: \([\w-]+ ?\w*\))?: ?[0-9a-f]{1,4} \[#|stack overflow: \d+ \[#|[Kk]ernel stack overflow(?:\.| in process| detected)|Kernel stack overflow|do_IRQ: (?:\S+ )?(?:stack overflow|near stack overflow)|Thread overran stack|Stack overflow in )/,
    needles: ['stack overflow', 'Stack overflow in ', 'Thread overran stack'],
    title: 'kernel stack overflow in {function}',
    altTitles: ['stack-overflow in {function}'],
    culprit: { ways: [['pc', 'trace'], ['trace']], choose: 'first' },
    phase: 'die',
    trace: 'maybe',
    confirm: true,
    example: 'kernel stack overflow (page fault): 0000 [#1] PREEMPT SMP NOPTI',
  },
  {
    kind: 'page-fault',
    severity: 'oops',
    opens: /^(?:Bad pagetable: [0-9a-f]{4} \[#|\S{1,32}: Corrupted page table at address )/,
    needles: ['Bad pagetable', 'Corrupted page table'],
    title: 'bad page table in {function}',
    culprit: { ways: [['pc', 'trace'], ['trace']] },
    phase: 'die',
    trace: 'maybe',
    example: 'Bad pagetable: 000d [#1] SMP',
  },
  {
    // arch/powerpc/kernel/traps.c die(): "Oops: Kernel access of bad area, sig: 11 [#1]", "Oops: Exception in kernel mode,
    // sig: 5 [#1]"
    kind: 'page-fault',
    severity: 'oops',
    opens: /^Oops: [Kk]ernel access of bad area, sig: (?<signal>\d+) \[#/,
    needles: ['Oops'],
    title: pagingTitle,
    altTitles: badAccess,
    culprit: pcThenTrace,
    phase: 'die',
    example: 'Oops: Kernel access of bad area, sig: 11 [#1]',
  },
  {
    kind: 'illegal-instruction',
    severity: 'oops',
    opens:
      /^(?:Oops - (?:illegal|undefined) instruction|Reserved instruction in kernel code|Oops: (?:Illegal|illegal) instruction|illegal operation: [0-9a-f]{4} ilc|Illegal instruction in kernel|\*\*\* ILLEGAL INSTRUCTION \*\*\*|kernel mode illegal instruction|illegal instruction in kernel)/,
    needles: [
      'llegal instruction',
      'Reserved instruction in',
      'illegal operation: ',
      'ILLEGAL INSTRUCTION',
      'undefined instruction',
    ],
    title: 'illegal instruction in {function}',
    altTitles: ['invalid opcode in {function}'],
    culprit: pcThenTrace,
    phase: 'die',
    confirm: true,
    example: 'Oops - illegal instruction [#1]',
  },
  {
    // arch/mips/kernel/traps.c do_be(): "Data bus error, epc == 80012345, ra == 80012340"
    kind: 'bus-error',
    severity: 'oops',
    opens: /^(?:Data|Instruction) bus error, epc == |^(?:Oops: )?Machine check, sig: \d+ \[#/,
    needles: [' bus error, epc', 'Machine check, sig: '],
    title: 'bus error in {function}',
    altTitles: badAccess,
    culprit: pcThenTrace,
    phase: 'die',
    example: 'Data bus error, epc == 80321234, ra == 80321200',
  },
  {
    // arch/mips/kernel/unaligned.c, arch/loongarch, arch/xtensa "Unhandled unaligned exception in kernel", parisc, sparc
    kind: 'unaligned',
    severity: 'oops',
    opens:
      /^(?:Oops - )?(?:Unhandled (?:kernel )?unaligned (?:access|exception)|(?:load|store)(?:\/AMO)? address misaligned|Kernel unaligned access at|Kernel (?:mna|fp) unfixable|Misaligned r\/w from|Unaligned access in kernel)/,
    needles: ['naligned ', 'address misaligned', 'Misaligned r/w', 'unfixable'],
    title: 'unaligned access in {function}',
    culprit: pcThenTrace,
    phase: 'die',
    trace: 'maybe',
    confirm: true,
    example: 'Unhandled kernel unaligned access[#1]:',
  },
  {
    // arch/s390/kernel/dumpstack.c die(): "addressing exception: 0005 ilc:2 [#1] SMP", "Oops: 0004 ilc:2 [#1] SMP"
    kind: 'page-fault',
    severity: 'oops',
    opens:
      /^(?:Oops|addressing exception|protection exception|page translation exception|region-\w+ translation exception): (?<code>[0-9a-f]{4}) ilc:\d \[#/,
    needles: [' ilc:'],
    title: pagingTitle,
    altTitles: badAccess,
    culprit: pcThenTrace,
    phase: 'die',
    example: 'Oops: 0004 ilc:2 [#1] SMP',
  },
  {
    kind: 'oops',
    severity: 'oops',
    opens:
      /^(?<word>(?:specification|special operation|operand|data|transaction constraint|vector processing|execute|privileged operation|translation specification|space-switch event|fixed point (?:overflow|divide)|decimal (?:overflow|divide)|HFP \w+(?: \w+)?|monitor event|stack) ?(?:exception|event)?): [0-9a-f]{4} ilc:\d \[#/,
    needles: [' ilc:'],
    title: '{word} in {function}',
    culprit: pcThenTrace,
    phase: 'die',
    example: 'specification exception: 0006 ilc:3 [#1] SMP',
  },
  {
    // arch/parisc/kernel/traps.c die_if_kernel(), parisc_terminate(): "Kernel Fault: Code=26 (Data memory access rights trap)"
    kind: 'page-fault',
    severity: 'oops',
    opens:
      /^(?:Kernel Fault|Bad Address \(null pointer deref\?\)|Data TLB miss fault|.{3,40} trap): Code=(?<code>\d+)(?: \((?<what>[^)]{1,80})\))?(?: at addr (?<address>[0-9a-f]+))?|^(?:Kernel Fault): Code=/,
    needles: [': Code='],
    title: pagingTitle,
    altTitles: badAccess,
    culprit: pcThenTrace,
    confirm: true,
    example: 'Kernel Fault: Code=26 (Data memory access rights trap) at addr 0000000000000010',
  },
  {
    // arch/alpha/kernel/traps.c die_if_kernel(): "insmod(123): Oops 1"
    kind: 'oops',
    severity: 'oops',
    opens:
      /^.{1,32}\(\d+\): (?:Oops|Whee\.\. Swapped out or unreadable kernel stack|Kernel bug|Kernel illegal instruction|Arithmetic fault|gentrap) ?-?\d*(?: \[#\d+\])?\s*$/,
    needles: ['): Oops', '): Kernel ', '): Arithmetic fault', '): gentrap'],
    title: 'Oops in {function}',
    altTitles: badAccess,
    culprit: pcThenTrace,
    phase: 'die',
    example: 'insmod(1234): Oops 1',
  },
  {
    // arch/sparc: "\|/ ____ \|/" face, then "insmod(123): Oops [#1]"; arch/xtensa, arc, openrisc
    kind: 'oops',
    severity: 'oops',
    opens:
      /^(?:Caught unhandled exception in '|(?:Oops: )?Unhandled (?:exception|trap|address error|interrupt) (?:in kernel|at|0x)|Unexpected exception|Unhandled exception #|Address error exception|Kernel bad trap|Kernel mode (?:trap|fault)|\*{3} [A-Z -]{5,40} \*{3} +FORMAT=)/,
    needles: [
      'Caught unhandled exception',
      'Unhandled ',
      'Unexpected exception',
      'Kernel bad trap',
      'Kernel mode ',
      '   FORMAT=',
    ],
    title: 'Oops in {function}',
    altTitles: badAccess,
    culprit: pcThenTrace,
    phase: 'die',
    confirm: true,
    example: "Caught unhandled exception in 'insmod' (pid = 123, pc = 0xd0012345) - should not happen",
  },
  {
    // the die line alone, all architectures: "Oops: 0002 [#1] SMP", "Oops: Oops: 0000 [#1]", "Oops[#1]:", "Oops [#1]",
    // "Oops#: 0000", 2.4 "Oops: 0002"
    kind: 'oops',
    severity: 'oops',
    opens:
      /^(?:Oops: (?:Oops: )?(?:Exception in kernel mode, sig: \d+|[0-9a-f]{1,16}|[A-Za-z][\w ,/-]{2,60})(?: ilc:\d)? ?(?:\[#\d+\]|$|[A-Z])|Oops(?: - [\w ]{3,40})? ?\[#\d+\]|Oops#: [0-9a-f]+|Oops: [0-9a-f]{1,8}\s*$)/,
    needles: ['Oops'],
    title: 'Oops in {function}',
    altTitles: badAccess,
    culprit: pcThenTrace,
    phase: 'die',
    trace: 'maybe',
    confirm: true,
    example: 'Oops: 0002 [#1] PREEMPT SMP NOPTI',
  },
]
