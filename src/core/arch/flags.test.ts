// The flags of each architecture in words, against values whose meaning is known from the manual or from the kernel that
// printed them.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ArchName } from '../model.ts'
import { archByName } from './index.ts'

interface Row {
  arch: ArchName
  register: string
  value: bigint
  words: string[]
}

const rows: Row[] = [
  { arch: 'x86_64', register: 'EFLAGS', value: 0x246n, words: ['parity (PF)', 'zero (ZF)', 'interrupts on (IF)'] },
  { arch: 'x86_64', register: 'EFLAGS', value: 0x2n, words: ['interrupts off'] },
  { arch: 'x86_64', register: 'error_code', value: 0x0n, words: ['read in kernel mode', 'page not present'] },
  { arch: 'x86_64', register: 'error_code', value: 0x3n, words: ['write in kernel mode', 'protection violation'] },
  { arch: 'x86_64', register: 'error_code', value: 0x4n, words: ['read in user mode', 'page not present'] },
  {
    arch: 'x86_64',
    register: 'error_code',
    value: 0x11n,
    words: ['instruction fetch in kernel mode', 'protection violation'],
  },
  {
    arch: 'x86_64',
    register: 'error_code',
    value: 0x9n,
    words: ['read in kernel mode', 'protection violation', 'reserved bit set in a page-table entry'],
  },
  { arch: 'x86_64', register: 'DR6', value: 0xfffe0ff0n, words: [] },
  { arch: 'x86_64', register: 'DR6', value: 0xffff4ff0n, words: ['single step'] },
  { arch: 'x86_64', register: 'DR7', value: 0x400n, words: [] },
  { arch: 'x86_64', register: 'DR7', value: 0xd0402n, words: ['breakpoint 0 on write of 4 bytes'] },
  { arch: 'x86_64', register: 'PKRU', value: 0x55555554n, words: ['open keys: 0'] },
  {
    arch: 'x86_64',
    register: 'CR4',
    value: 0x750ef0n,
    words: ['PSE', 'PAE', 'MCE', 'PGE', 'OSFXSR', 'OSXMMEXCPT', 'UMIP', 'FSGSBASE', 'OSXSAVE', 'SMEP', 'SMAP', 'PKE'],
  },
  // "Flags: NzCv  IRQs on  FIQs on  Mode SVC_32  ISA ARM" was printed for it
  {
    arch: 'arm',
    register: 'psr',
    value: 0xa0010013n,
    words: ['negative (N)', 'carry (C)', 'IRQs on', 'FIQs on', 'ARM instructions', 'mode SVC_32'],
  },
  { arch: 'arm', register: 'FSR', value: 0x817n, words: ['page translation fault', 'write', 'domain 1'] },
  { arch: 'arm', register: 'FSR', value: 0x5n, words: ['section translation fault', 'read'] },
  { arch: 'arm', register: 'FSR', value: 0x80000005n, words: ['section translation fault', 'instruction fetch'] },
  { arch: 'arm', register: 'FSR', value: 0xa07n, words: ['level 3 translation fault', 'write'] },
  { arch: 'arm', register: 'FSR', value: 0x1n, words: ['alignment exception', 'read'] },
  { arch: 'arm', register: 'FSR', value: 0x406n, words: ['imprecise external abort', 'read'] },
  // "pstate: 200000c5 (nzCv daIF -PAN …)"
  {
    arch: 'arm64',
    register: 'pstate',
    value: 0x200000c5n,
    words: ['carry (C)', 'IRQs off (I)', 'FIQs off (F)', 'EL1h'],
  },
  {
    arch: 'arm64',
    register: 'pstate',
    value: 0x60400005n,
    words: ['zero (Z)', 'carry (C)', 'no user access (PAN)', 'IRQs on', 'FIQs on', 'EL1h'],
  },
  // "EC = 0x25: DABT (current EL)", "FSC = 0x06: level 2 translation fault", "WnR = 1"
  {
    arch: 'arm64',
    register: 'ESR',
    value: 0x96000046n,
    words: ['data abort (current EL)', 'write', 'level 2 translation fault'],
  },
  {
    arch: 'arm64',
    register: 'ESR',
    value: 0x86000006n,
    words: ['instruction abort (current EL)', 'instruction fetch', 'level 2 translation fault'],
  },
  {
    arch: 'arm64',
    register: 'ESR',
    value: 0x96000210n,
    words: ['data abort (current EL)', 'read', 'synchronous external abort', 'external'],
  },
  { arch: 'arm64', register: 'ESR', value: 0x96000021n, words: ['data abort (current EL)', 'read', 'alignment fault'] },
  { arch: 'arm64', register: 'ESR', value: 0xf2000800n, words: ['BRK (AArch64)', 'BRK 0x800: BUG or WARN'] },
  { arch: 'arm64', register: 'ESR', value: 0x2000000n, words: ['unknown or undefined instruction'] },
  { arch: 'arm64', register: 'ESR', value: 0xbf000002n, words: ['SError'] },
  // "MSR:  8000000000009033 <SF,EE,ME,IR,DR,RI,LE>"
  {
    arch: 'powerpc64',
    register: 'MSR',
    value: 0x8000000000009033n,
    words: [
      '64-bit (SF)',
      'interrupts on (EE)',
      'kernel mode',
      'machine checks on (ME)',
      'instruction relocation (IR)',
      'data relocation (DR)',
      'recoverable (RI)',
      'little-endian (LE)',
    ],
  },
  { arch: 'powerpc64', register: 'TRAP', value: 0x300n, words: ['data access'] },
  { arch: 'powerpc64', register: 'TRAP', value: 0x380n, words: ['data segment'] },
  { arch: 'powerpc64', register: 'TRAP', value: 0x501n, words: ['external interrupt'] },
  { arch: 'powerpc64', register: 'TRAP', value: 0x700n, words: ['program check'] },
  { arch: 'powerpc64', register: 'TRAP', value: 0x901n, words: ['decrementer'] },
  { arch: 'powerpc64', register: 'TRAP', value: 0xc00n, words: ['system call'] },
  { arch: 'powerpc64', register: 'TRAP', value: 0xe40n, words: ['hypervisor emulation assistance'] },
  { arch: 'powerpc64', register: 'TRAP', value: 0xf60n, words: ['facility unavailable'] },
  { arch: 'powerpc64', register: 'TRAP', value: 0x3000n, words: ['system call vectored'] },
  { arch: 'powerpc64', register: 'DSISR', value: 0x42000000n, words: ['page not present', 'store'] },
  { arch: 'powerpc64', register: 'DSISR', value: 0x8000000n, words: ['protection violation', 'load'] },
  { arch: 'powerpc', register: 'ESR', value: 0x800000n, words: ['store (ST)'] },
  // "R:0 T:1 IO:1 EX:1 Key:0 M:1 W:0 P:0 AS:3 CC:0 PM:0 RI:0 EA:3"
  {
    arch: 's390x',
    register: 'PSW mask',
    value: 0x0704c00180000000n,
    words: [
      'DAT on',
      'I/O interrupts on',
      'external interrupts on',
      'machine checks on',
      'kernel mode',
      'home space',
      'condition code 0',
      '64-bit addresses',
    ],
  },
  { arch: 's390x', register: 'PIC', value: 0x4n, words: ['protection exception'] },
  { arch: 's390x', register: 'PIC', value: 0x40n, words: ['monitor event'] },
  { arch: 's390x', register: 'PIC', value: 0x210n, words: ['segment translation exception', 'transaction aborted'] },
  { arch: 's390x', register: 'TEID', value: 0x483n, words: ['store', 'home space'] },
  { arch: 's390x', register: 'TEID', value: 0x884n, words: ['fetch', 'primary space'] },
  // "Status: 3400a4e3	KX SX UX KERNEL EXL IE", "Cause : 10800008 (ExcCode 02)"
  { arch: 'mips64', register: 'Cause', value: 0x10800008n, words: ['TLB miss on load or fetch'] },
  { arch: 'mips64', register: 'Cause', value: 0x80800024n, words: ['breakpoint', 'in a branch delay slot (BD)'] },
  {
    arch: 'mips64',
    register: 'Status',
    value: 0x3400a4e3n,
    words: [
      'interrupts on (IE)',
      'exception level (EXL)',
      'kernel mode',
      '64-bit user addresses (UX)',
      '64-bit supervisor addresses (SX)',
      '64-bit kernel addresses (KX)',
      'coprocessor 0 for users (CU0)',
      'floating point (CU1)',
    ],
  },
  { arch: 'riscv64', register: 'cause', value: 0xfn, words: ['store page fault'] },
  { arch: 'riscv64', register: 'cause', value: 0x8000000000000005n, words: ['timer interrupt'] },
  { arch: 'riscv32', register: 'cause', value: 0x80000009n, words: ['external interrupt'] },
  { arch: 'riscv64', register: 'cause', value: 0x2n, words: ['illegal instruction'] },
  { arch: 'loongarch64', register: 'ESTAT', value: 0x10000n, words: ['page invalid on load (PIL)'] },
  { arch: 'loongarch64', register: 'ESTAT', value: 0x480000n, words: ['address error (ADE)', 'on access'] },
  {
    arch: 'sparc64',
    register: 'TSTATE',
    value: 0x4411001603n,
    words: ['zero (Z)', 'floating point (PEF)', 'privileged (PRIV)', 'interrupts on (IE)'],
  },
  { arch: 'arc', register: 'ECR', value: 0x50200n, words: ['data TLB miss'] },
  { arch: 'arc', register: 'ECR', value: 0x220200n, words: ['data TLB miss'] },
]

for (const row of rows) {
  test(`${row.arch} ${row.register} 0x${row.value.toString(16)}`, () => {
    assert.deepEqual(archByName(row.arch)!.decodeRegister!(row.register, row.value), row.words)
  })
}

test('a register without flags has none', () => {
  assert.equal(archByName('x86_64')!.decodeRegister!('RAX', 1n), undefined)
  assert.equal(archByName('powerpc64')!.decodeRegister!('GPR3', 1n), undefined)
})
