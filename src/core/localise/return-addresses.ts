// Which addresses of a trace are return addresses. One points behind its call, often to another line or function, so it
// is looked up a byte before; a program counter, or the interrupted one behind an exception's entry, is exact.

import type { ArchName, Frame, Report, Trace } from '../model.ts'

/**
 * Functions whose caller in a trace is where the exception struck.
 *
 * arch/arm64/kernel/entry.S: el1h_64_sync, el1t_64_irq …, el1_sync, el1_irq before 5.11; arch/arm/kernel/entry-armv.S:
 * __irq_svc, __dabt_svc …; arch/riscv/kernel/entry.S: handle_exception, ret_from_exception; arch/mips/kernel/genex.S:
 * handle_adel, handle_int …, each with a name of its own, as handle_mm_fault is none of them; arch/s390/kernel/entry.S:
 * pgm_check_handler, ext_int_handler, io_int_handler, mcck_int_handler; arch/loongarch/kernel/genex.S: handle_ade …; arch/powerpc prints "--- interrupt" and a NIP of its own.
 * x86 prints the interrupted one as "RIP:", not as a frame.
 */
const mipsEntry =
  /^(?:ret_from_(?:exception|irq)|(?:rollback_)?handle_(?:int|adel|ades|ibe|dbe|bp|ri|ri_rdhwr\w*|cpu|ov|tr|msa\w*|ftlb|fpe|tlb[lsm]|mdmx|watch|mcheck|mt|dsp|reserved)(?:_int)?|except_vec\w+)$/
const riscvEntry = /^(?:handle_exception|ret_from_exception|_save_context)$/

const exceptionEntries: Partial<Record<ArchName, RegExp>> = {
  arm64: /^el[01][ht]?_(?:64_|32_)?(?:sync|irq|fiq|error|dbg|da|ia|undef|sp_pc|inv|svc)\w*$/,
  arm: /^__(?:irq|fiq|dabt|pabt|und)_(?:svc|usr|invalid)$/,
  riscv64: riscvEntry,
  riscv32: riscvEntry,
  mips: mipsEntry,
  mips64: mipsEntry,
  s390x: /^(?:pgm_check_handler|(?:ext|io|mcck)_int_handler)$/,
  loongarch64:
    /^(?:handle_(?:vint|ade|ale|bce|bp|fpe|fpu|lsx|lasx|lbt|ri|watch|reserved|sys|syscall|tlb_(?:load|store|modify|protect)(?:_ptw)?)|except_vec\w+)$/,
}

/** Whether the function is an exception entry of any architecture: for logs that do not say which one they are of. */
export const isExceptionEntry = (symbol: string): boolean =>
  Object.values(exceptionEntries).some(pattern => pattern.test(symbol))

/** For each frame of a trace whether its address is a return address. */
export function returnAddresses(trace: Trace, report: Report): boolean[] {
  const entries = report.arch && exceptionEntries[report.arch]
  return trace.frames.map((frame, index) => {
    // An address at a function's start was not pushed by a call in it.
    if (frame.offset === 0 || frame.programCounter === true) return false
    if (index === 0 && isProgramCounter(frame, report)) return false
    const callee = trace.frames[index - 1]?.symbol
    return callee === undefined || entries?.test(callee) !== true
  })
}

/** Whether the frame is that of a program counter printed with the registers: some kernels begin the trace with it. */
function isProgramCounter({ symbol, offset, address }: Frame, { pc, registerSets = [] }: Report): boolean {
  return [pc, ...registerSets.map(set => set.pc)].some(each => {
    if (each === undefined) return false
    if (symbol === undefined) return address !== undefined && each.address === address
    return each.symbol === symbol && each.offset === offset
  })
}
