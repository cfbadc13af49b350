import type { Arch, ArchLine } from './arch.ts'
import { formReader, type LineForm, pairForms } from './forms.ts'
import { endOfHex, hex, readSymbol, skipSpaces } from './printed.ts'
import { numbered, widths } from './registers.ts'
import { decodeX86 } from './x86-flags.ts'
import { modeOf, x86Forms } from './x86-lines.ts'

// arch/x86/kernel/process_64.c, __show_regs() (arch/x86_64/kernel/process.c until 2.6.24):
//   RSP: 0018:ffffc90000593c38 EFLAGS: 00000246 ORIG_RAX: ffffffffffffffff
//   RAX: 0000000000000000 RBX: ffffc90000593c50 RCX: c0000000ffffefff
//   FS:  00000000145473c0(0000) GS:ffff888017400000(0000) knlGS:0000000000000000
//   CS:  0010 DS: 0000 ES: 0000 CR0: 0000000080050033
//   DR0: 0000000000000000 DR1: 0000000000000000 DR2: 0000000000000000
//   PKRU: 55555554
const known = new Map([
  ...widths(16, [
    'RAX',
    'RBX',
    'RCX',
    'RDX',
    'RSI',
    'RDI',
    'RBP',
    'RSP',
    ...numbered('R', 10),
    ...numbered('R', 22, 10),
  ]),
  ...widths(16, ['R08', 'R09', 'ORIG_RAX', 'FS', 'GS', 'knlGS', 'CR0', 'CR2', 'CR3', 'CR4', 'CR8']),
  ...widths(16, numbered('DR', 8)),
  ...widths(8, ['EFLAGS', 'PKRU']),
  ...widths(4, ['CS', 'DS', 'ES', 'SS']),
])

// RIP: 0010:foo+0x1/0x2 [mod]                                           4.10+
// RIP: 0010:[<ffffffff81234567>]  [<ffffffff81234567>] foo+0x1/0x2       until 4.9
// RIP: 0010:[<ffffffff80123456>] <ffffffff80123456>{:ext3:foo+12}        until 2.6.17
// RIP: 0033:0x7f0123456789     RIP: 0010:0x0
// RIP  [<ffffffff81234567>] foo+0x1/0x2        RIP <ffffffff80123456>{foo+12} RSP <00000101…>       the last lines of an oops
function readRip(line: string, at: number): ArchLine | undefined {
  let start = line[at] === ':' ? skipSpaces(line, at + 1) : skipSpaces(line, at)
  if (start === at) return undefined
  const result: ArchLine = {}
  const selector = endOfHex(line, start)
  if (selector - start === 4 && line[selector] === ':') {
    result.mode = modeOf(line.slice(start, selector))
    result.begins = true
    start = selector + 1
  }
  const symbol = readSymbol(line, start)
  if (!symbol) return result.mode && result
  result.pc = symbol.frame
  const registers: Record<string, string> = {}
  if (symbol.frame.address !== undefined) registers['RIP'] = symbol.frame.address
  // 2.6 puts the stack pointer behind it, with or without a bracket
  const tail = / {1,4}RSP(?:: [0-9a-f]{4}:| <)([0-9a-f]{16})/y
  tail.lastIndex = symbol.end
  const stack = tail.exec(line)
  if (stack) registers['RSP'] = hex(stack[1]!)
  if (Object.keys(registers).length > 0) result.registers = registers
  return result
}

// Behind the trace of an oops until 4.x:  RSP <ffff88001e5b3d58>
const lastStackPointer: LineForm = {
  starts: 'RSP <',
  read(line, at) {
    const end = endOfHex(line, at)
    return end - at === 16 && line[end] === '>' ? { registers: { RSP: hex(line.slice(at, end)) } } : undefined
  },
}

const forms: readonly LineForm[] = [
  { starts: 'RIP', read: readRip },
  lastStackPointer,
  ...x86Forms,
  // A row that starts with a data segment is i386's.
  ...pairForms(known).filter(form => !/^[DES]S:?$/.test(form.starts)),
]

const read = formReader(forms)

export const x86_64: Arch = {
  name: 'x86_64',
  elfMachine: 62, // EM_X86_64
  wordBytes: 8,
  byteOrder: 'little',
  roles: {
    programCounter: 'RIP',
    stackPointer: 'RSP',
    framePointer: 'RBP',
    faultAddress: 'CR2',
  },
  signatures: [
    /^\s*(?:R[A-D]X: [0-9a-f]{16} R|R[SD]I: [0-9a-f]{16}|R1[0-5]: [0-9a-f]{16} R1|RIP: ?[0-9a-f]{4}:|RIP +\[?<|RSP: [0-9a-f]{4}:|FS: +[0-9a-f]{16}\(|CS: +[0-9a-f]{4} DS: [0-9a-f]{4} ES: [0-9a-f]{4} CR0: [0-9a-f]{16}|PGD [0-9a-f]+ P|CR2: [0-9a-f]{16} CR3)/,
    /^[\s?]*(?:\[<ffff[0-9a-f]{12}>\] )?(?:entry_SYSCALL_64|do_syscall_64|system_call_fastpath|x64_sys_call|__x64_sys_|secondary_startup_64|x86_64_start_|entry_SYSENTER_compat|system_call_after_swapgs|tracesys|int_ret_from_sys_call)/,
  ],
  read,
  starts: read.starts,
  decodeRegister: decodeX86,
}
