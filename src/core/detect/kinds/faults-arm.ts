// Faults of 32- and 64-bit ARM. arch/arm/mm/fault.c, alignment.c, arch/arm/kernel/traps.c; arch/arm64/mm/fault.c,
// arch/arm64/kernel/traps.c.

import type { Culprit, KindRow } from '../row.ts'
import { badAccess, pcThenTrace } from './fault.ts'

const faultTitle = 'Unhandled fault in {function}'
/** An exception without an address tells nothing of who called. */
const pcOrTrace: Culprit = { ways: [['pc', 'trace']] }
const dieTitle = 'Internal error in {function}'

export const faultsArm: readonly KindRow[] = [
  {
    // __div0(): the library's division says so, shows the stack and goes on with 0.
    kind: 'divide-error',
    severity: 'warning',
    opens: /^Division by zero in kernel\.$/,
    needles: ['Division by zero in kernel.'],
    title: 'divide error in {function}',
    culprit: { ways: [['trace']], skip: /^(?:__div0|Ldiv0(?:_64)?|__aeabi_u?[il]div(?:mod)?|__u?divsi3|__u?modsi3)$/ },
    example: 'Division by zero in kernel.',
  },
  {
    // do_DataAbort(), do_mem_abort(): "Unhandled fault: alignment exception (0x221) at 0xb6f3e001"
    kind: 'unaligned',
    severity: 'oops',
    opens:
      /^Unhandled (?:fault|prefetch abort): alignment (?:exception|fault)(?: \(0x[0-9a-f]+\) at (?:0x)?(?<address>[0-9a-f]{1,16})\b)?/,
    needles: ['Unhandled fault: ', 'Unhandled prefetch abort: '],
    title: faultTitle,
    altTitles: badAccess,
    culprit: pcThenTrace,
    anywhere: true,
    confirm: true,
    example: 'Unhandled fault: alignment exception (0x001) at 0xc7a3f00e',
  },
  {
    kind: 'page-fault',
    severity: 'oops',
    opens:
      /^Unhandled (?:fault|prefetch abort): (?<what>(?:(?:page|section|level \d) )?(?:domain|translation|permission|access flag) fault|page table fault) \(0x[0-9a-f]+\)(?: at (?:0x)?(?<address>[0-9a-f]{1,16})\b)?/,
    needles: ['Unhandled fault: ', 'Unhandled prefetch abort: '],
    title: faultTitle,
    altTitles: badAccess,
    culprit: pcThenTrace,
    anywhere: true,
    confirm: true,
    example: 'Unhandled fault: page domain fault (0x01b) at 0x00000004',
  },
  {
    kind: 'debug-trap',
    severity: 'oops',
    opens: /^Unhandled prefetch abort: breakpoint debug exception \(0x[0-9a-f]+\)/,
    needles: ['Unhandled prefetch abort: '],
    title: faultTitle,
    culprit: pcThenTrace,
    confirm: true,
    example: 'Unhandled prefetch abort: breakpoint debug exception (0x002) at 0x00000000',
  },
  {
    // external aborts and unknown reasons; arm64 4.17 "Synchronous External Abort: …", since 4.20 "Unhandled fault at 0x…"
    kind: 'bus-error',
    severity: 'oops',
    opens:
      /^(?:Unhandled (?:fault|prefetch abort)|Synchronous External Abort): (?<what>[\w /().-]{3,80}?) \(0x[0-9a-f]+\)(?: at (?:0x)?(?<address>[0-9a-f]{1,16})\b)?|^Unhandled fault at 0x(?<at>[0-9a-f]{8,16})\b/,
    needles: ['Unhandled fault', 'Unhandled prefetch abort: ', 'Synchronous External Abort: '],
    title: faultTitle,
    altTitles: badAccess,
    culprit: pcThenTrace,
    anywhere: true,
    confirm: true,
    example: 'Unhandled fault: external abort on non-linefetch (0x1008) at 0xf0a00000',
  },
  {
    // alignment.c do_alignment(): a user's access is mended and told of
    kind: 'unaligned',
    severity: 'user',
    opens:
      /^Alignment trap: (?<comm>.{1,64}?) \((?<pid>\d+)\) PC=0x(?<pc>[0-9a-f]+) Instr=0x[0-9a-f]+ Address=0x(?<address>[0-9a-f]+)/,
    needles: ['Alignment trap: '],
    title: 'Alignment trap in {comm}',
    trace: 'never',
    line: true,
    example: 'Alignment trap: fault (1234) PC=0x000083f4 Instr=0xe5913000 Address=0x00010a02 FSR 0x001',
  },
  {
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
    // __die(): "Internal error: Oops - BUG: 0 [#1] PREEMPT SMP"
    kind: 'bug-on',
    severity: 'oops',
    opens: /^Internal error: Oops - BUG: /,
    needles: ['Internal error: '],
    title: 'kernel BUG in {function}',
    altTitles: [dieTitle],
    culprit: { ways: [['pc', 'trace']], skip: /^skb_/ },
    phase: 'die',
    example: 'Internal error: Oops - BUG: 00000000f2000800 [#1] PREEMPT SMP',
  },
  {
    kind: 'illegal-instruction',
    severity: 'oops',
    opens: /^Internal error: (?:Oops - )?[uU]ndefined instruction/,
    needles: ['Internal error: '],
    title: dieTitle,
    altTitles: badAccess,
    culprit: pcOrTrace,
    phase: 'die',
    example: 'Internal error: Oops - undefined instruction: 0 [#1] SMP ARM',
  },
  {
    kind: 'control-flow',
    severity: 'oops',
    opens: /^Internal error: Oops - (?:BTI|FPAC|CFI|GCS|MOPS): /,
    needles: ['Internal error: '],
    title: 'CFI failure in {function}',
    altTitles: [dieTitle],
    culprit: pcOrTrace,
    phase: 'die',
    example: 'Internal error: Oops - BTI: 0000000034000003 [#1] PREEMPT SMP',
  },
  {
    // software tags: the brk that the compiler puts before each access
    kind: 'kasan',
    severity: 'oops',
    opens: /^Internal error: Oops - KASAN: /,
    needles: ['Internal error: '],
    title: dieTitle,
    altTitles: badAccess,
    culprit: pcOrTrace,
    phase: 'die',
    example: 'Internal error: Oops - KASAN: 00000000f2000904 [#1] PREEMPT SMP',
  },
  {
    kind: 'unaligned',
    severity: 'oops',
    opens: /^Internal error: (?:Oops - )?(?:SP\/PC alignment exception|alignment (?:fault|exception)): /,
    needles: ['Internal error: '],
    title: dieTitle,
    altTitles: badAccess,
    culprit: pcOrTrace,
    phase: 'die',
    example: 'Internal error: alignment fault: 0000000096000021 [#1] PREEMPT SMP',
  },
  {
    // 4.6 to 4.19
    kind: 'page-fault',
    severity: 'oops',
    opens: /^Internal error: (?:Accessing user space memory|Attempting to execute userspace memory)/,
    needles: ['Internal error: '],
    title: dieTitle,
    altTitles: badAccess,
    culprit: pcOrTrace,
    phase: 'die',
    example: 'Internal error: Accessing user space memory with fs=KERNEL_DS: 96000004 [#1] SMP',
  },
  {
    // arch/arm64/kernel/debug-monitors.c brk_handler(), single_step_handler()
    kind: 'debug-trap',
    severity: 'oops',
    opens: /^Unexpected kernel (?:BRK|single-step) exception at EL1/,
    needles: ['Unexpected kernel '],
    title: dieTitle,
    culprit: pcOrTrace,
    confirm: true,
    example: 'Unexpected kernel BRK exception at EL1',
  },
  {
    kind: 'debug-trap',
    severity: 'oops',
    opens: /^Internal error: (?:BRK handler|aarch64 BRK|ptrace BRK handler|Unexpected kernel BRK exception at EL1): /,
    needles: ['Internal error: '],
    title: dieTitle,
    culprit: pcOrTrace,
    phase: 'die',
    example: 'Internal error: BRK handler: 00000000f2000800 [#1] PREEMPT SMP',
  },
  {
    // (an external abort without a name is an empty one: "Internal error: : 1008 [#1] SMP ARM")
    kind: 'bus-error',
    severity: 'oops',
    opens:
      /^Internal error: (?:: [0-9a-f]+ \[#|(?:synchronous |imprecise |asynchronous )?(?:external abort|SError|synchronous parity|level \d))/i,
    needles: ['Internal error: '],
    title: dieTitle,
    altTitles: badAccess,
    culprit: pcOrTrace,
    phase: 'die',
    example: 'Internal error: synchronous external abort: 0000000096000210 [#1] PREEMPT SMP',
  },
  {
    // programs have internal errors too: the kernel's are an Oops, or counted
    kind: 'oops',
    severity: 'oops',
    opens: /^Internal error: (?:Oops\b|\S.{0,120}? \[#\d+\])/,
    needles: ['Internal error: '],
    title: dieTitle,
    altTitles: badAccess,
    culprit: pcOrTrace,
    phase: 'die',
    anywhere: true,
    example: 'Internal error: Oops: 0000000096000005 [#1] PREEMPT SMP',
  },
  {
    // bad_mode(), __panic_unhandled(): "Unhandled 64-bit el1h sync exception on CPU0, ESR …"
    kind: 'oops',
    severity: 'panic',
    opens: /^(?:Bad mode in .{1,60} (?:detected on CPU|handler)|Unhandled \S+ el\S+ \w+ exception on CPU)/,
    needles: ['Bad mode in ', 'exception on CPU'],
    title: 'kernel panic: bad mode',
    altTitles: ['bad mode in {function}'],
    culprit: pcOrTrace,
    trace: 'maybe',
    confirm: true,
    example: 'Bad mode in Error handler detected on CPU1, code 0xbf000000 -- SError',
  },
  {
    // arm64_serror_panic()
    kind: 'bus-error',
    severity: 'oops',
    opens: /^SError Interrupt on CPU\d+, code (?:0x)?(?<code>[0-9a-f]+)/,
    needles: ['SError Interrupt on '],
    title: 'SError in {function}',
    altTitles: badAccess,
    culprit: pcOrTrace,
    example: 'SError Interrupt on CPU0, code 0x00000000bf000002 -- SError',
  },
]
