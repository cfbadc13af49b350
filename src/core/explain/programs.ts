// Programs that the kernel stopped, and devices that failed: what the one or two lines say.

import { say } from '../say.ts'
import type { Rule } from './rule.ts'

const atNull = {
  jump: (who: string, offset: string) => say`${who} jumped to a NULL pointer${offset}`,
  write: (who: string, offset: string) => say`${who} wrote to a NULL pointer${offset}`,
  read: (who: string, offset: string) => say`${who} read from a NULL pointer${offset}`,
}
const refused = {
  jump: (who: string) => say`${who} jumped to memory that does not allow it`,
  write: (who: string) => say`${who} wrote to memory that does not allow it`,
  read: (who: string) => say`${who} read from memory that does not allow it`,
}
const nowhere = {
  jump: (who: string) => say`${who} jumped to an address where nothing is`,
  write: (who: string) => say`${who} wrote to an address where nothing is`,
  read: (who: string) => say`${who} read from an address where nothing is`,
}

/** arch/x86/mm/fault.c, show_signal_msg(): "app[812]: segfault at 8 ip 00007f… sp 00007f… error 4 in libfl.so[7f…+12000]" */
export const programFault: Rule = {
  name: 'program-fault',
  explain(evidence) {
    const { report } = evidence
    if (report.kind !== 'user-segfault') return undefined
    const found = evidence.find(
      /segfault at (?<address>[0-9a-f]{1,16}) ip (?<ip>[0-9a-f]{1,16}) sp (?<sp>[0-9a-f]{1,16}) error (?<error>[0-9a-f]{1,4})(?: in (?<file>[^[\n]{1,128})\[(?:(?<inFile>[0-9a-f]{1,16}),)?(?<base>[0-9a-f]{1,16})\+[0-9a-f]{1,16}\])?/,
    )
    const groups = found?.match.groups
    if (found === undefined || groups === undefined) return undefined
    const address = BigInt(`0x${groups['address']}`)
    const ip = BigInt(`0x${groups['ip']}`)
    const sp = BigInt(`0x${groups['sp']}`)
    const error = Number.parseInt(groups['error'] ?? '0', 16)
    const who = report.task?.comm ?? say`A program`
    const how = (error & 16) !== 0 ? 'jump' : (error & 2) !== 0 ? 'write' : 'read'
    const near = sp > address ? sp - address : address - sp
    const what =
      ip === address
        ? address < 4096n
          ? say`${who} called a NULL function pointer`
          : say`${who} jumped to an address without code`
        : address < 4096n
          ? atNull[how](who, address === 0n ? '' : say`, at offset 0x${address.toString(16)}`)
          : near < 65536n && (error & 4) !== 0
            ? say`${who} ran out of stack, or uses a pointer into a stack that is gone`
            : (error & 1) !== 0
              ? refused[how](who)
              : nowhere[how](who)
    const file = groups['file']
    // 6.? prints the offset into the file itself; before, it is counted from where the file is mapped.
    const offset =
      groups['inFile'] ?? (groups['base'] === undefined ? undefined : (ip - BigInt(`0x${groups['base']}`)).toString(16))
    return {
      what,
      because: say`the fault address is 0x${groups['address']} and the error code ${groups['error']}`,
      evidence: [found.line],
      confidence: 'certain',
      next:
        file === undefined || offset === undefined
          ? say`Have a core dump written (coredumpctl, ulimit -c) and open it with gdb.`
          : say`Look up 0x${offset} in ${file}: addr2line -fie ${file} 0x${offset}, with the segment's file offset added for a mapping that is not the first.`,
    }
  },
}
