// User-space programs that the kernel stopped, and programs whose own dying words reached the console.

import type { KindRow } from '../row.ts'

/** The task line of the registers behind the header. */
const whoRan = /^CPU: \d+ (?:UID: \d+ )?PID: (?<pid>\d+) Comm: (?<comm>.{1,64}?) (?:Not t|T)ainted/
/** runtime/traceback.go */
const goroutines =
  /^(?:goroutine \d|\/\S+\.(?:go|s):\d|[\w./*()-]{1,200}\(.{0,200}\)$|created by |\[signal |runtime[: ]|exit status)/

export const user: readonly KindRow[] = [
  {
    // arch/x86/mm/fault.c show_signal_msg(): "sh[12]: segfault at 0 ip 00007f… sp 00007f… error 4 in libc.so[7f…+1000]"
    // arch/powerpc/kernel/traps.c: "a.out[12]: segfault (11) at 0 nip … lr … code 1 in a.out[…]"
    kind: 'user-segfault',
    severity: 'user',
    opens:
      /^(?:traps: )?(?<comm>.{1,64}?)\[(?<pid>\d+)\]:? (?<what>segfault|bus error|trap(?: [\w ]{1,40}?)?|general protection fault|bad frame|unhandled (?:signal|trap)|illegal instruction|floating point exception|(?:[\w ]{1,30}) exception) ?(?:\((?<signal>\d+)\) )?(?:at (?<address>[0-9a-f]+) |code (?:0x)?(?<code>[0-9a-f]+) |\d+ )?.{0,8}?(?:ip|nip|rip|eip|epc|sp|error)[: ](?:0x)?[0-9a-f]+/,
    needles: ['segfault at ', 'segfault (', '] trap ', '] general protection', ' nip ', 'unhandled signal'],
    title: 'segfault in {comm}',
    trace: 'never',
    more: /^Code: |^likely on CPU|^\S+\[\d+\]: code: /,
    line: true,
    example:
      'sh[95]: segfault at 0 ip 0000000000401136 sp 00007ffd3a1b2c30 error 6 in crash[401000+1000] likely on CPU 0 (core 0, socket 0)',
  },
  {
    // arch/x86 2.4 to 2.6: "a.out[1234] general protection rip:400534 rsp:7fff error:0", "traps: sh[1] trap invalid opcode ip:…"
    kind: 'user-segfault',
    severity: 'user',
    opens:
      /^(?:traps: )?(?<comm>.{1,64}?)\[(?<pid>\d+)\]:? (?:trap |general protection|control protection|segfault at )[\w :]{0,60}(?:rip|ip)[: ](?<address>[0-9a-f]+)/,
    needles: ['] trap ', '] general protection', '] control protection', 'segfault at '],
    title: 'segfault in {comm}',
    trace: 'never',
    more: /^Code: /,
    line: true,
    example: 'traps: crash[1234] trap invalid opcode ip:401136 sp:7ffd3a1b2c30 error:0 in crash[401000+1000]',
  },
  {
    // arch/*/kernel/signal.c: the frame that sigreturn() should restore is no frame. x86 "crash[812] bad frame in rt_sigreturn
    // frame:… ip:…", arm64 "…: pc=… sp=…", powerpc "… in sys_rt_sigreturn: … nip … lr …"
    kind: 'user-segfault',
    severity: 'user',
    opens:
      /^(?:traps: )?(?<comm>.{1,64}?)\[(?<pid>\d+)\]:? bad frame in \w{3,40}:? ?(?:frame:|pc=|(?:0x)?[0-9a-f]{8,16} nip )/,
    needles: [' bad frame in '],
    title: 'segfault in {comm}',
    trace: 'never',
    line: true,
    example: 'sigtest[77]: bad frame in rt_sigreturn: pc=0000ffff9a2f1e58 sp=0000ffffd1e3c0a0',
  },
  {
    // arch/arm/mm/fault.c __do_user_fault(): "sh: unhandled page fault (11) at 0x00000000, code 0x017"; arm64
    // arm64_show_signal(): "sh[12]: unhandled exception: DABT (lower EL), ESR 0x…", riscv "sh[12]: unhandled signal 11 code 0x1 at 0x…"
    kind: 'user-segfault',
    severity: 'user',
    opens:
      /^(?<comm>.{1,64}?)(?: ?[[(](?<pid>\d+)[\])])?: (?:unhandled (?:exception: (?:.{2,60}, ESR 0x|.{2,80} in \S{1,64}\[)|signal \d+ (?:code 0x|at [0-9a-f])|[\w /-]{3,60} \(\d+\) at 0x)|undefined instruction: pc=)/,
    needles: [': unhandled ', 'undefined instruction: pc'],
    title: 'segfault in {comm}',
    trace: 'never',
    example:
      'sh[95]: unhandled exception: DABT (lower EL), ESR 0x0000000092000046, level 2 translation fault in crash[400000+1000]',
    also: ['app[93]: unhandled exception: User debug trap in app[400000+7e000]'],
  },
  {
    // kernel/signal.c print_fatal_signal(): since 3.16 the task stands in the lines behind it
    kind: 'user-segfault',
    severity: 'user',
    opens: /^(?:(?<comm>.{1,64}?)\/(?<pid>\d+): )?potentially unexpected fatal signal (?<fatal>\d+)/,
    needles: ['potentially unexpected fatal signal'],
    title: ['segfault in {comm}', 'segfault in user process'],
    phase: 'aftermath',
    details: [whoRan],
    trace: 'never',
    example: 'potentially unexpected fatal signal 11.',
  },
  {
    // arch/xtensa/kernel/traps.c: "Illegal Instruction in 'crash' (pid = 71, pc = 0x3f8012a4)"
    kind: 'user-segfault',
    severity: 'user',
    opens:
      /^(?:Illegal Instruction|Unaligned memory access to [0-9a-f]{8}|Caught unhandled exception|FP exception|Coprocessor \d exception) in '(?<comm>[^']{1,64})' \(pid = (?<pid>\d+), pc = 0x(?<pc>[0-9a-f]+)\)/,
    needles: ["' (pid = "],
    title: 'segfault in {comm}',
    trace: 'never',
    line: true,
    example: "Illegal Instruction in 'crash' (pid = 71, pc = 0x3f8012a4)",
  },
  {
    // arch/parisc/mm/fault.c show_signal_msg()
    kind: 'user-segfault',
    severity: 'user',
    opens: /^do_page_fault\(\) command='(?<comm>[^']{1,64})' type=\d+ address=0x(?<address>[0-9a-f]+)/,
    needles: ['do_page_fault() command='],
    title: 'segfault in {comm}',
    trace: 'never',
    example: "do_page_fault() command='crash' type=15 address=0x00000008 in crash[10000+1000]",
  },
  {
    // arch/s390/mm/fault.c report_user_fault()
    kind: 'user-segfault',
    severity: 'user',
    opens: /^User process fault: interruption code /,
    needles: ['User process fault'],
    title: ['segfault in {comm}', 'segfault in user process'],
    details: [whoRan],
    trace: 'maybe',
    example: 'User process fault: interruption code 0011 ilc:3 in crash[2aa00000000+1000]',
  },
  {
    // arch/mips/mm/fault.c, arch/loongarch/mm/fault.c
    kind: 'user-segfault',
    severity: 'user',
    opens:
      /^(?:do_page_fault\(\): |do_page_fault\(\) #\d+: )?sending SIG\w+ to (?<comm>.{1,64}?) for invalid (?:read|write|\w+)/,
    needles: ['sending SIG'],
    title: 'segfault in {comm}',
    trace: 'maybe',
    more: /^(?:epc|ra|era|pc) {0,3}[=:] /,
    line: true,
    example: 'do_page_fault(): sending SIGSEGV to crash for invalid write access to 0000000000000000',
  },
  {
    // A Go program on the console dies like this; it is no kernel exception, and is told apart as such.
    kind: 'user-panic',
    severity: 'user',
    opens: /^panic: (?<reason>\S.*)$/,
    needles: ['panic: '],
    title: 'panic: {reason}',
    trace: 'maybe',
    confirm: true,
    more: goroutines,
    confirmedBy: /^goroutine \d+ /,
    example: 'panic: runtime error: index out of range [5] with length 3',
  },
  {
    kind: 'user-panic',
    severity: 'user',
    opens: /^fatal error: (?!.{0,200}(?:ALSA|cannot create timer))/,
    needles: ['fatal error: '],
    title: 'go runtime error',
    trace: 'maybe',
    confirm: true,
    more: goroutines,
    confirmedBy: /^goroutine \d+ /,
    example: 'fatal error: all goroutines are asleep - deadlock!',
  },
  {
    // syz-executor's and syz-manager's own word for a failed fuzzing machine
    kind: 'user-panic',
    severity: 'user',
    opens: /^(?<what>SYZFAIL|SYZFATAL):(?<reason>.*)$/,
    needles: ['SYZFAIL:', 'SYZFATAL:'],
    also: ['SYZFATAL: BUG: program exited with status 67'],
    title: '{what}:{reason}',
    trace: 'never',
    line: true,
    anywhere: true,
    example: 'SYZFAIL: negative running',
  },
  {
    // the TEE's console, forwarded by drivers/trusty: "trusty: panic (caller 0x…): ASSERT FAILED at (file:line): cond"
    kind: 'user-panic',
    severity: 'panic',
    // (its lines come in pieces: "trusty: panic (caller " and "trusty: 0x…): ASSERT FAILED at …")
    opens: /^trusty: (?:panic \([^)]{0,80}|0x[0-9a-f]+)\):(?: DEBUG)? ASSERT FAILED at \([^)]{0,200}\): (?<reason>.+)$/,
    needles: ['trusty: panic', 'ASSERT FAILED'],
    title: 'trusty: ASSERT FAILED: {reason}',
    trace: 'never',
    example:
      'trusty: panic (caller 0xffffffffe000fbb8): ASSERT FAILED at (trusty/kernel/lib/trusty/ipc.c:472): !list_in_list(&chan->node)',
  },
  {
    kind: 'user-panic',
    severity: 'panic',
    opens: /^trusty: panic \([^)]{0,80}\): (?<reason>.+)$/,
    needles: ['trusty: panic'],
    title: 'trusty: panic: {reason}',
    trace: 'never',
    example: 'trusty: panic (caller 0xffffffffe00148c0): failed(-22) to start app 0',
  },
]
