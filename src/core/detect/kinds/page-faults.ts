// Faults of the kernel's own memory accesses, in the words that the architectures share: "Unable to handle kernel …".
// arch/x86/mm/fault.c show_fault_oops(), arch/arm64/mm/fault.c die_kernel_fault(), arch/powerpc/mm/fault.c …

import type { KindRow } from '../row.ts'
import { badAccess, nullTitle, pagingTitle, pcThenTrace } from './fault.ts'

export const pageFaults: readonly KindRow[] = [
  {
    // x86 since 5.1 / before; powerpc since 5.0
    kind: 'null-dereference',
    severity: 'oops',
    opens:
      /^BUG: (?:unable to handle kernel NULL pointer dereference|[kK]ernel NULL pointer dereference|Unable to handle kernel instruction fetch \(NULL pointer\?\))(?:,? (?:on (?<access>read|write|execute) )?(?:at|address:)(?: virtual address)? (?:0x)?(?<address>[0-9a-f]{1,16}|\(null\)))?/,
    needles: ['NULL pointer dereference', 'fetch (NULL pointer?)'],
    title: nullTitle,
    altTitles: badAccess,
    culprit: pcThenTrace,
    anywhere: true,
    example: 'BUG: kernel NULL pointer dereference, address: 0000000000000050',
  },
  {
    // arch/powerpc/mm/fault.c __bad_page_fault(): case INTERRUPT_ALIGNMENT
    kind: 'unaligned',
    severity: 'oops',
    opens:
      /^(?:BUG: )?Unable to handle kernel (?:paging request for )?unaligned access at (?:address )?0x(?<address>[0-9a-f]{1,16})/,
    needles: ['unaligned access at '],
    title: 'unaligned access in {function}',
    altTitles: [pagingTitle],
    culprit: pcThenTrace,
    example: 'BUG: Unable to handle kernel unaligned access at 0xc0000000fe3a1b01',
  },
  {
    // powerpc: "BUG: Unable to handle kernel data access on write at 0x…"
    kind: 'page-fault',
    severity: 'oops',
    opens:
      /^BUG: (?:unable to handle kernel paging request|unable to handle page fault for address|Unable to handle kernel (?:data access|instruction fetch|paging request)|Unable to handle unknown paging fault|unable to handle kernel instruction fetch)(?: on (?<access>read|write))?(?: at(?: virtual address)?|:)?(?: (?:0x)?(?<address>[0-9a-f]{3,16})\b)?/,
    needles: ['nable to handle kernel ', 'nable to handle page fault', 'nable to handle unknown paging'],
    title: pagingTitle,
    titleAtNull: nullTitle,
    altTitles: badAccess,
    culprit: pcThenTrace,
    anywhere: true,
    example: 'BUG: unable to handle page fault for address: ffffed1021a14c00',
  },
  {
    // the second half of the header did not get through: two printk() calls before 5.1
    kind: 'page-fault',
    severity: 'oops',
    opens: /^BUG: [uU]nable to handle kernel/,
    needles: ['nable to handle kernel'],
    title: 'BUG: unable to handle kernel',
    headless: true,
    anywhere: true,
    example: 'BUG: unable to handle kernel',
  },
  {
    // arch/arm64/mm/fault.c, arch/arm/mm/fault.c, arch/riscv/mm/fault.c die_kernel_fault(), arch/sparc/mm/fault_64.c,
    // arch/mips/mm/fault.c behind "CPU 0 "; x86 before 2.6.19
    kind: 'null-dereference',
    severity: 'oops',
    opens:
      /^(?:CPU \d+ |\d+: )?[uU]nable to handle kernel NULL pointer (?:dereference|access)(?: at(?: virtual address)? (?:0x)?(?<address>[0-9a-f]{1,16})\b)?/,
    needles: ['nable to handle kernel '],
    title: nullTitle,
    altTitles: badAccess,
    culprit: pcThenTrace,
    anywhere: true,
    example: 'Unable to handle kernel NULL pointer dereference at virtual address 0000000000000050',
  },
  {
    kind: 'page-fault',
    severity: 'oops',
    opens:
      /^(?:CPU \d+ )?[uU]nable to handle kernel access to user memory(?: (?:outside|without) uaccess routines| with fs=KERNEL_DS)?(?: at virtual address (?:0x)?(?<address>[0-9a-f]{1,16})\b)?/,
    needles: ['access to user memory'],
    title: 'BUG: unable to handle kernel access to user memory in {function}',
    altTitles: badAccess,
    culprit: pcThenTrace,
    example:
      'Unable to handle kernel access to user memory outside uaccess routines at virtual address 00007fffd1a3b3f8',
  },
  {
    // all others: "paging request at virtual address …", "paging request for data at address 0x…" (powerpc), "read from
    // unreadable memory" (arm64), "execution of memory" (arm), "pointer dereference in virtual kernel address space" (s390),
    // "access at virtual address" (m68k); openrisc goes on in the next line
    kind: 'page-fault',
    severity: 'oops',
    opens:
      /^(?:CPU \d+ |Kernel )?[uU]nable to handle kernel (?:paging request|(?<access>read|write|execute) (?:from|to) \S+ memory|execution of (?:user )?memory|pointer dereference|access|data access|instruction fetch|tag check fault|unaligned access|NULL|page fault|vmalloc fault)(?:[\w -]{0,60}?\b(?:address|at) (?:0x)?(?<address>[0-9a-f]{3,16})\b)?/,
    needles: ['nable to handle kernel '],
    title: pagingTitle,
    titleAtNull: nullTitle,
    altTitles: badAccess,
    culprit: pcThenTrace,
    details: [/^at virtual address (?:0x)?(?<address>[0-9a-f]{3,16})\b/],
    anywhere: true,
    example: 'Unable to handle kernel paging request at virtual address ffff800011223344',
  },
  {
    // printed right before the header: arch/x86/mm/fault.c nx_warning, smep_warning; arch/powerpc/mm/fault.c
    // bad_kernel_fault()
    kind: 'page-fault',
    severity: 'oops',
    opens:
      /^(?:kernel tried to execute (?:NX-protected|exec-protected|user) page|unable to execute userspace code \(SMEP\?\)|Kernel attempted to (?:read|write|access|execute) user page)(?: \((?<address>[0-9a-f]{1,16})\))?/,
    needles: ['kernel tried to execute ', 'unable to execute userspace', 'Kernel attempted to '],
    title: pagingTitle,
    titleAtNull: nullTitle,
    altTitles: badAccess,
    culprit: pcThenTrace,
    phase: 'preamble',
    example: 'kernel tried to execute NX-protected page - exploit attempt? (uid: 0)',
  },
  {
    // arch/x86/mm/fault.c pgtable_bad(): the second line is its die line
    kind: 'page-fault',
    severity: 'oops',
    opens: /^(?:(?:Oops: )?Bad pagetable: [0-9a-f]{4} \[#|(?<comm>.{1,32}): Corrupted page table at address )/,
    needles: ['Bad pagetable: ', 'Corrupted page table at'],
    title: 'bad page table in {function}',
    culprit: { ways: [['pc', 'trace'], ['trace']] },
    phase: 'die',
    trace: 'maybe',
    example: 'Bad pagetable: 000d [#1] SMP',
  },
]
