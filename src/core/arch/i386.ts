import type { Arch, ArchLine } from './arch.ts'
import { formReader, type LineForm, pairForms } from './forms.ts'
import { endOfHex, hex, readSymbol, skipSpaces } from './printed.ts'
import { numbered, widths } from './registers.ts'
import { decodeX86 } from './x86-flags.ts'
import { modeOf, x86Forms } from './x86-lines.ts'

// arch/x86/kernel/process_32.c, __show_regs(); arch/i386/kernel/traps.c, show_registers() until 2.6.24 in small letters:
//   EAX: 00000000 EBX: c1c51c70 ECX: c1c51c70 EDX: d87f424d
//   DS: 007b ES: 007b FS: 00d8 GS: 0033 SS: 0068 EFLAGS: 00000246
//   CR0: 80050033 CR2: 00000048 CR3: 01392000 CR4: 000006b0
//   eax: 00000000   ebx: c1c51c70   ecx: c1c51c70   edx: d87f424d
//   ds: 0018   es: 0018   ss: 0018
const general = ['EAX', 'EBX', 'ECX', 'EDX', 'ESI', 'EDI', 'EBP', 'ESP']
const segments = ['CS', 'DS', 'ES', 'FS', 'GS', 'SS']
const known = new Map([
  ...widths(8, [...general, ...general.map(name => name.toLowerCase())]),
  ...widths(8, ['EFLAGS', 'eflags', 'CR0', 'CR2', 'CR3', 'CR4', 'PKRU']),
  ...widths(8, numbered('DR', 8)),
  ...widths(4, [...segments, ...segments.map(name => name.toLowerCase())]),
])

// EIP: foo+0x1/0x2 [mod]                          EIP: 0xb7f7e559                              4.10+
// EIP: 0060:[<c0123456>] EFLAGS: 00010246 CPU: 0                                              2.6.24 – 4.9
// EIP:    0060:[<c0123456>]    Not tainted VLI                                                 until 2.6.23
// EIP: [<c0123456>] foo+0x1/0x2 SS:ESP 0068:c1c51c5c        EIP: foo+0x1/0x2 SS:ESP: 0068:…     the last line of an oops
function readEip(line: string, at: number): ArchLine | undefined {
  let start = skipSpaces(line, at)
  const result: ArchLine = { begins: true }
  const registers: Record<string, string> = {}
  const selector = endOfHex(line, start)
  if (selector - start === 4 && line[selector] === ':') {
    result.mode = modeOf(line.slice(start, selector))
    start = selector + 1
  }
  const symbol = readSymbol(line, start)
  if (!symbol) return result.mode && result
  // "EIP: 0060:[<c0123456>] EFLAGS: …": the word behind it is no symbol; readSymbol() only takes one with an offset.
  result.pc = symbol.frame
  const address = symbol.frame.address
  if (address !== undefined) {
    registers['EIP'] = address
    // Without a selector a raw address is all there is: user space lies below PAGE_OFFSET, 3 GB unless configured lower.
    if (symbol.frame.symbol === undefined && result.mode === undefined) {
      result.mode = Number(address) > 0xfff && Number(address) < 0xc0000000 ? 'user' : 'kernel'
    }
  }
  if (symbol.frame.symbol !== undefined) result.mode ??= 'kernel'
  const rest = line.slice(symbol.end, symbol.end + 80)
  const stack = /^ SS:ESP:? [0-9a-f]{4}:([0-9a-f]{8})/.exec(rest)
  if (stack) registers['ESP'] = hex(stack[1]!)
  const flags = / EFLAGS: ([0-9a-f]{8})(?: CPU: (\d{1,5}))?/.exec(rest)
  if (flags) registers['EFLAGS'] = hex(flags[1]!)
  if (flags?.[2] !== undefined) result.task = { cpu: Number(flags[2]) }
  if (Object.keys(registers).length > 0) result.registers = registers
  return result
}

// >>EIP; c0123456 <foo+12/34>          ksymoops, for 2.4 logs
const ksymoops: LineForm = {
  starts: '>>EIP; ',
  read(line, at) {
    const end = endOfHex(line, at)
    if (end - at !== 8) return undefined
    const address = hex(line.slice(at, end))
    const open = line.indexOf('<', end)
    const symbol = open >= 0 ? readSymbol(line, open + 1) : undefined
    return { pc: { address, ...symbol?.frame } }
  },
}

const eipIsAt: LineForm = {
  starts: 'EIP is at ',
  read(line, at) {
    const symbol = readSymbol(line, at)
    return symbol && { pc: symbol.frame }
  },
}

// CR2: 00000048 and others behind "EFLAGS: 00010246   (2.6.9-5.EL)" fall to the pairs; a lone EFLAGS line as well.
const forms: readonly LineForm[] = [
  { starts: 'EIP:', read: readEip },
  eipIsAt,
  ksymoops,
  ...x86Forms,
  ...pairForms(known),
]

const read = formReader(forms)

export const i386: Arch = {
  name: 'i386',
  elfMachine: 3, // EM_386
  wordBytes: 4,
  byteOrder: 'little',
  roles: {
    programCounter: 'EIP',
    stackPointer: 'ESP',
    framePointer: 'EBP',
    faultAddress: 'CR2',
  },
  signatures: [
    /^\s*(?:EIP: |EIP:\t|eip = [0-9a-f]{8}, esp = |EIP is at |>>EIP; |E[A-D]X: [0-9a-f]{8} E|e[a-d]x: [0-9a-f]{8} |E[SD]I: [0-9a-f]{8} E|e[sd]i: [0-9a-f]{8} |CR0: [0-9a-f]{8} CR2|\*pdpt = |\*pde = |DS: [0-9a-f]{4} ES)/,
    /^[\s?]*(?:\[<[c-f][0-9a-f]{7}>\] )?(?:entry_SYSENTER_32|entry_INT80_32|sysenter_past_esp|syscall_call|startup_32_smp|i386_start_kernel|kernel_thread_helper)/,
  ],
  read,
  starts: read.starts,
  decodeRegister: decodeX86,
}
