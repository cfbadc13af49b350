// The one line that a kernel prints when a user program fails. It starts with the program's name, so that every
// architecture's form is here, and none of them in the tables by first character.

import type { FaultInfo, Frame } from '../model.ts'
import { decodeFsr, fsrAccess } from './arm-flags.ts'
import { decodeEsr, esrAccess } from './arm64-flags.ts'
import { hex } from './printed.ts'
import { describePageFault, describeSelector, pageFaultAccess } from './x86-flags.ts'

export interface UserFault {
  task: { comm: string; pid?: number }
  fault: FaultInfo
  /** the instruction, in the program */
  pc?: Frame
  stackPointer?: string
}

interface UserForm {
  /** named groups comm, pid, address, ip, sp, code */
  pattern: RegExp
  describe(code: bigint, what: string): Pick<FaultInfo, 'access' | 'decoded'>
}

const nothing = (): Pick<FaultInfo, 'access'> => ({})

const forms: readonly UserForm[] = [
  {
    // sh[90]: segfault at 0 ip 0000000000401824 sp 00007ffd6f36a610 error 4 in sh[400000+79000] likely on CPU 0 (core 0, …)
    // sh[90]: segfault at 0000000000000000 rip 0000000000401824 rsp 00007fff6f36a610 error 4          x86_64 until 2.6.22
    pattern:
      /^(?:traps: )?(?<comm>.{1,16})\[(?<pid>\d{1,10})\]: (?<what>segfault) at (?<address>[0-9a-f]{1,16}) (?:[re]?ip) (?<ip>[0-9a-f]{8,16}) (?:[re]?sp) (?<sp>[0-9a-f]{8,16}) error (?<code>[0-9a-f]{1,8})/,
    describe: code => ({ access: pageFaultAccess(code), decoded: describePageFault(code) }),
  },
  {
    // traps: sh[94] trap invalid opcode ip:401824 sp:7ffd6f36a610 error:0 in sh[401000+79000]
    // traps: sh[94] general protection fault ip:7f0011223344 sp:7ffd6f36a610 error:0 in libc.so.6[…]
    pattern:
      /^(?:traps: )?(?<comm>.{1,16})\[(?<pid>\d{1,10})\] (?:trap )?(?<what>[a-z][\w ]{2,40}) ip:(?<ip>[0-9a-f]{1,16}) sp:(?<sp>[0-9a-f]{1,16}) error:(?<code>[0-9a-f]{1,8})/,
    describe: (code, what) => ({
      decoded: [what, ...(what.endsWith('fault') || what.startsWith('stack segment') ? describeSelector(code) : [])],
    }),
  },
  {
    // sh[91]: unhandled exception: DABT (lower EL), ESR 0x0000000092000007, level 3 translation fault in sh[400000+8f000]
    // sh[91]: unhandled level 2 translation fault (11) at 0x00000000, esr 0x92000006, in sh[400000+8f000]    4.10 – 4.17
    pattern:
      /^(?<comm>.{1,16})\[(?<pid>\d{1,10})\]: unhandled (?:exception: [\w ()-]{2,40}, ESR (?<code>0x[0-9a-f]{8,16})|[\w ]{5,40} \(\d{1,2}\) at (?<address>0x[0-9a-f]{8,16}), esr (?<code2>0x[0-9a-f]{8,16}))/,
    describe: code => {
      const access = esrAccess(code)
      return { decoded: decodeEsr(code), ...(access !== undefined && { access }) }
    },
  },
  {
    // sh: unhandled page fault (11) at 0x00000000, code 0x817                arm with user_debug
    pattern:
      /^(?<comm>.{1,16}): unhandled page fault \(\d{1,2}\) at (?<address>0x[0-9a-f]{8}), code (?<code>0x[0-9a-f]{3,8})/,
    describe: code => ({ access: fsrAccess(code), decoded: decodeFsr(code) }),
  },
  {
    // sh[169]: unhandled trap (5) at 10000d84 nip 10000d84 lr 10000d04 code 1 in sh[10000000+d0000]        powerpc 4.16+
    // sh[169]: segfault (11) at 0 nip 10000d84 lr 10000d04 code 1 in sh[10000000+d0000]
    // sh[169]: unhandled signal 11 at 0000000000000000 nip 0000000010000d84 lr 0000000010000d04 code 30001
    pattern:
      /^(?<comm>.{1,16})\[(?<pid>\d{1,10})\]: (?<what>[\w ]{3,40}? \(?\d{1,2}\)?) at (?<address>[0-9a-f]{1,16}) nip (?<ip>[0-9a-f]{1,16}) lr [0-9a-f]{1,16} code [0-9a-f]{1,8}/,
    describe: (_code, what) => ({ decoded: [what] }),
  },
  {
    // sh[88]: unhandled signal 11 code 0x1 at 0x0000000000000000 in sh[10000+b4000]                        riscv, csky
    pattern:
      /^(?<comm>.{1,16})\[(?<pid>\d{1,10})\]: unhandled signal \d{1,2} code 0x[0-9a-f]{1,5} at (?<address>0x[0-9a-f]{8,16})/,
    describe: nothing,
  },
]

/** No form is longer up to the part that is read. */
const longestForm = 200

/** Reads such a line; undefined when it is none. Time is bounded by the part of the line that is looked at. */
export function readUserFault(line: string): UserFault | undefined {
  if (!line.includes(']') && !line.includes(': unhandled ')) return undefined
  const head = line.slice(0, longestForm)
  for (const form of forms) {
    const groups = form.pattern.exec(head)?.groups
    if (!groups) continue
    const printed = groups['code'] ?? groups['code2']
    const code = BigInt(printed === undefined ? 0 : printed.startsWith('0x') ? printed : `0x${printed}`)
    const fault: FaultInfo = { mode: 'user', ...form.describe(code, groups['what'] ?? '') }
    if (printed !== undefined) fault.code = address(printed)
    if (groups['address'] !== undefined) fault.address = address(groups['address'])
    const task: UserFault['task'] = { comm: groups['comm']! }
    if (groups['pid'] !== undefined) task.pid = Number(groups['pid'])
    const found: UserFault = { task, fault }
    if (groups['ip'] !== undefined) found.pc = { address: hex(groups['ip']) }
    if (groups['sp'] !== undefined) found.stackPointer = hex(groups['sp'])
    return found
  }
  return undefined
}

function address(printed: string): string {
  return printed.startsWith('0x') ? printed : hex(printed)
}
