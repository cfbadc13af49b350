import { type Case, type Expected, fault } from './case.ts'

const expected: Expected = {
  kind: 'null-dereference',
  title: 'BUG: unable to handle kernel NULL pointer dereference in fl_null_read',
  function: 'fl_null_read',
  module: 'fl',
  comm: 'sh',
  fatal: false,
  chain: ['fl_null_read', 'fl_happen', 'fl_write', 'vfs_write'],
}

/** RISC-V has a sentence of its own for all of user space. */
const userMemory: Expected = {
  ...expected,
  title: 'BUG: unable to handle kernel access to user memory in fl_null_read',
}

/** KASAN tells of the access before it is made and faults: one report of both. */
const foretold: Expected = {
  kind: 'kasan',
  title: 'KASAN: null-ptr-deref Read in fl_null_read',
  function: 'fl_null_read',
  module: 'fl',
  comm: 'sh',
  fatal: false,
  chain: ['fl_null_read', 'fl_happen', 'fl_write', 'vfs_write'],
}

export const nullRead: Case = {
  name: 'null-read',
  does: 'reads a member of a NULL struct, one call deep',
  crash: fault('null_read'),
  ends: 'lives',
  dumps: 'oops',
  expects: [expected],
  not: guest => (guest.arch === 's390x' ? 'address 0 can be read there: the lowcore' : undefined),
  on: {
    // ARM keeps the kernel out of user pages by domains, and says so before it looks at the address.
    armhf: { expects: [{ ...expected, title: 'Unhandled fault in fl_null_read' }] },
    riscv64: { expects: [userMemory] },
    'x86_64-debug': { expects: [foretold] },
    'riscv64-6.12': { expects: [userMemory] },
    // Each fault of the kernel ends in parisc_terminate(), which panics.
    parisc: { ends: 'reboots', dumps: 'panic', expects: [{ ...expected, fatal: true }] },
    // It shows the code from before the module's first page on, and fails once more by that.
    sparc64: { mayAlso: ['page-fault'] },
  },
  core: true,
  everyRoad: true,
}
