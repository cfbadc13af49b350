// The lines that both widths of SPARC print: arch/sparc/kernel/traps_32.c and traps_64.c, die_if_kernel() and
// instruction_dump(); mm/fault_32.c and fault_64.c, unhandled_fault().

import type { FaultInfo } from '../model.ts'
import { readCode } from './code.ts'
import type { LineForm } from './forms.ts'
import { hex, readSymbol } from './printed.ts'

/** TPC: <foo+0x1/0x2 [mod]> */
export function angledPlace(starts: string, side: 'pc' | 'link'): LineForm {
  return {
    starts,
    read(line, at) {
      const symbol = readSymbol(line, at)
      return symbol && { [side]: symbol.frame }
    },
  }
}

/** sh(812): Oops [#1]          die_if_kernel() */
export const dieTitle = /^[A-Z][\w ,-]{2,50} \[#\d{1,9}\]/

// Lines that tell nothing which the report has a place for, and are part of it all the same.
export const contextForms: LineForm[] = ['tsk->{mm,active_mm}->', 'I7: <'].map(starts => ({ starts, read: () => ({}) }))

// Instruction DUMP: 92100010  c25f6018  80a06000 <c2704000> 81c3e008  90102000
// The first row of 64-bit kernels ends with the title; the words follow on the same record.
export const sparcCode: LineForm = {
  starts: 'Instruction DUMP:',
  read(line, at) {
    const code = readCode(line, at)
    return code && { code }
  },
}

// Unable to handle kernel paging request at virtual address 0000000000000000
// Unable to handle kernel NULL pointer dereference                                     no address: below the first page
// OOPS: Fault was to vaddr[fffffffffffffff0]
/** `digits`: how many an address has. */
export function kernelFaultForms(digits: 8 | 16): LineForm[] {
  const paging = new RegExp(`^paging request at virtual address ([0-9a-f]{${digits}})\\s*$`)
  return [
    {
      starts: 'Unable to handle kernel ',
      read(line, at) {
        const match = paging.exec(line.slice(at, at + 70))
        if (!match) return undefined
        const fault: FaultInfo = { address: hex(match[1]!), mode: 'kernel' }
        return { fault }
      },
    },
    {
      starts: 'OOPS: Fault was to vaddr[',
      read(line, at) {
        const match = /^([0-9a-f]{1,16})\]/.exec(line.slice(at, at + 18))
        return match ? { fault: { address: hex(match[1]!), mode: 'kernel' } } : undefined
      },
    },
  ]
}
