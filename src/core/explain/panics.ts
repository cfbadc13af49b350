// Why the kernel gave up, where its last words are a code that wants reading.

import type { Finding } from '../model.ts'
import { say } from '../say.ts'
import type { Evidence, Found } from './evidence.ts'
import type { Rule } from './rule.ts'

/** Signals by number as nearly all architectures have them; mips, alpha, sparc and parisc differ above 6. include/uapi/asm-generic/signal.h */
const signals: Partial<Record<number, string>> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  4: 'SIGILL',
  5: 'SIGTRAP',
  6: 'SIGABRT',
  7: 'SIGBUS',
  8: 'SIGFPE',
  9: 'SIGKILL',
  11: 'SIGSEGV',
  13: 'SIGPIPE',
  15: 'SIGTERM',
  31: 'SIGSYS',
}

function signalName(number: number, { report }: Evidence): string {
  const differs = /^(?:alpha|mips|parisc|sparc)/.test(report.arch ?? '') && [7, 10, 12, 16, 17, 30, 31].includes(number)
  const name = differs ? undefined : signals[number]
  return name === undefined ? say`signal ${number}` : say`${name} (signal ${number})`
}

interface Panic {
  says: RegExp
  tell(found: Found, evidence: Evidence): Pick<Finding, 'what' | 'because' | 'next'> | undefined
}

const panics: readonly Panic[] = [
  {
    // kernel/exit.c, do_exit(): the wait status of process 1
    says: /Attempted to kill init! ?(?:exitcode=0x(?<code>[0-9a-f]{8}))?/,
    tell({ match }, evidence) {
      const code = Number.parseInt(match.groups?.['code'] ?? '', 16)
      if (Number.isNaN(code)) {
        return {
          what: say`Process 1 (init) came to its end, without which a system cannot be`,
          because: say`the kernel says so`,
          next: say`Look at what init printed last.`,
        }
      }
      const signal = code & 0x7f
      const oops = evidence.find(/Oops|Internal error|Unable to handle|kernel BUG at/)
      if (signal === 0) {
        return {
          what: say`Process 1 (init) exited with status ${code >> 8}`,
          because: say`exitcode 0x${match.groups?.['code']} is a wait status: ${code >> 8} in its second byte`,
          next: say`Look at what init printed last; with status 127 or 126 it could not run a program it needs.`,
        }
      }
      return {
        what: say`Process 1 (init) was killed by ${signalName(signal, evidence)}`,
        because: say`exitcode 0x${match.groups?.['code']} is a wait status with the signal in its low bits`,
        next:
          oops === undefined
            ? signal === 11 || signal === 7 || signal === 4
              ? say`init or one of its libraries is damaged, built for another processor, or the storage returns wrong data.`
              : say`Find out who sent the signal.`
            : say`The oops before it is the cause: it happened while init was in the kernel.`,
      }
    },
  },
  {
    // init/do_mounts.c, mount_block_root()
    says: /VFS: Unable to mount root fs(?: via \w{1,8})?(?: on (?<where>.{1,80}))?/,
    tell({ match }) {
      const where = match.groups?.['where'] ?? ''
      const none = /unknown-block\(0,0\)/.test(where)
      return {
        what: none
          ? say`The device of the root file system does not exist for this kernel`
          : say`The root file system could not be mounted from its device`,
        because: none
          ? say`block device 0,0 means that the name in root= led to no device`
          : say`the kernel tried ${where === '' ? say`all file systems it has` : where}`,
        next: none
          ? say`Check root= on the command line, and whether the driver of the disk is built in or in the initramfs; the list of partitions above says which disks were found.`
          : say`Check that the file system is built into the kernel or its module in the initramfs, and that rootfstype= and the device are right.`,
      }
    },
  },
  {
    says: /No working init found|No init found/,
    tell: () => ({
      what: say`No program was there to start as process 1`,
      because: say`none of init=, /sbin/init, /etc/init, /bin/init and /bin/sh could be executed`,
      next: say`Check the contents of the root file system or initramfs, that init is executable, for this processor, and that its interpreter and libraries are there.`,
    }),
  },
  {
    says: /Requested init \S{1,80} failed \(error -?(?<error>\d+)\)/,
    tell: ({ match }) => ({
      what: say`The program of init= could not be executed: error ${match.groups?.['error']}`,
      because: say`the kernel was told to start this one and no other`,
      next: say`Error 2: it is not there, or its interpreter is not; 8: it is no program of this architecture; 13: it may not be executed.`,
    }),
  },
  {
    says: /Out of memory and no killable processes|System is deadlocked on memory/,
    tell: () => ({
      what: say`Memory was used up and no process was left that could be killed`,
      because: say`the kernel says so`,
      next: say`The memory is held by the kernel itself or by tmpfs: look at the slab and shmem figures above; with little memory, the initramfs itself.`,
    }),
  },
  {
    says: /Fatal exception in interrupt/,
    tell: () => ({
      what: say`The fault happened in an interrupt: there was no process that could be stopped instead of the machine`,
      because: say`the kernel says so`,
      next: say`Explain the fault above; the interrupted process has nothing to do with it.`,
    }),
  },
  {
    says: /(?:: |- not syncing: )Fatal exception$/,
    tell: () => ({
      what: say`The machine was stopped because panic_on_oops is set`,
      because: say`a fault in a process ends only that process otherwise`,
      next: say`Explain the fault above.`,
    }),
  },
  {
    says: /panic_on_warn set/,
    tell: () => ({
      what: say`The machine was stopped because panic_on_warn is set`,
      because: say`a warning lets the kernel go on otherwise`,
      next: say`Explain the warning above.`,
    }),
  },
]

const anyPanic = /Kernel panic/

export const panicReason: Rule = {
  name: 'panic-reason',
  explain(evidence) {
    const panic = evidence.find(anyPanic)
    if (panic === undefined) return undefined
    for (const { says, tell } of panics) {
      const found = evidence.find(says)
      const told = found && tell(found, evidence)
      if (found && told) return { ...told, evidence: [found.line], confidence: 'certain' }
    }
    return undefined
  },
}
