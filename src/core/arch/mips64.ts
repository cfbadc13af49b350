import type { Arch } from './arch.ts'
import { decodeMips, describeFault, kindOfTrap } from './mips-flags.ts'
import { mipsReader } from './mips-lines.ts'

const read = mipsReader(16)

export const mips64: Arch = {
  name: 'mips64',
  elfMachine: 8, // EM_MIPS, class 64
  wordBytes: 8,
  byteOrder: 'either',
  roles: {
    programCounter: 'epc',
    stackPointer: '$29',
    returnAddress: 'ra',
    framePointer: '$30',
    faultAddress: 'BadVA',
  },
  signatures: [
    /^\s*(?:\$ ?\d{1,2} {0,4}: [0-9a-f]{16}|epc {3}: [0-9a-f]{16} |ra {4}: [0-9a-f]{16} |(?:Hi|Lo) {4}: [0-9a-f]{16}|Status: [0-9a-f]{8}\s|Cause : [0-9a-f]{8}|BadVA : [0-9a-f]{16}|PrId {2}: [0-9a-f]{8}|CPU \d+ Unable to handle kernel paging request at virtual address [0-9a-f]{16}, epc == |\[<ffffffff8[0-9a-f]{7}>\] (?:syscall_common|handle_sys\w*|ret_from_kernel_thread|except_vec_vi_end|r4k_wait)\+0x|do_page_fault\(\).{4,60} access (?:from|to)\s+[0-9a-f]{16}|epc = [0-9a-f]{16} in)/,
  ],
  read,
  starts: read.starts,
  decodeRegister: decodeMips,
  describeFault,
  kindOfTrap,
}
