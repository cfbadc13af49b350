import type { Arch } from './arch.ts'
import { decodeMips, describeFault, kindOfTrap } from './mips-flags.ts'
import { mipsReader } from './mips-lines.ts'

const read = mipsReader(8)

export const mips: Arch = {
  name: 'mips',
  elfMachine: 8, // EM_MIPS
  wordBytes: 4,
  byteOrder: 'either',
  roles: {
    programCounter: 'epc',
    stackPointer: '$29',
    returnAddress: 'ra',
    framePointer: '$30',
    faultAddress: 'BadVA',
  },
  signatures: [
    /^\s*(?:\$ ?\d{1,2} {0,4}: [0-9a-f]{8} (?:[0-9a-f]{8}| |$)|epc {3}: [0-9a-f]{8} |ra {4}: [0-9a-f]{8} |(?:Hi|Lo) {4}: [0-9a-f]{8}\s*$|Status: [0-9a-f]{8}\s|Cause : [0-9a-f]{8}|BadVA : [0-9a-f]{8}\s*$|PrId {2}: [0-9a-f]{8}|CPU \d+ Unable to handle kernel paging request at virtual address [0-9a-f]{8}, epc == |\[<8[0-9a-f]{7}>\] (?:syscall_common|handle_sys\w*|stack_done|ret_from_kernel_thread|except_vec_vi_end|r4k_wait)\+0x|do_page_fault\(\).{4,60} access (?:from|to)\s+[0-9a-f]{8}\s*$|epc = [0-9a-f]{8} in)/,
  ],
  read,
  starts: read.starts,
  decodeRegister: decodeMips,
  describeFault,
  kindOfTrap,
}
