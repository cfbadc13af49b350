// What the registers alone say of a fault, and which kind the trap stands for.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ArchName } from '../model.ts'
import { archByName, arches, readUserFault } from './index.ts'

const described = (arch: ArchName, registers: Record<string, string>) => archByName(arch)!.describeFault?.(registers)
const kind = (arch: ArchName, registers: Record<string, string>) => archByName(arch)!.kindOfTrap?.(registers)

test('x86 names no cause: its dump holds neither the vector nor the error code', () => {
  assert.equal(described('x86_64', { CR2: '0x0000000000000010', RIP: '0xffffffff81000000' }), undefined)
})

test('powerpc: a data access has its address in DAR, an instruction access in NIP', () => {
  assert.deepEqual(
    described('powerpc64', {
      TRAP: '0x0300',
      DAR: '0x0000000000000008',
      DSISR: '0x42000000',
      MSR: '0x8000000000009033',
    }),
    {
      code: '0x0300',
      mode: 'kernel',
      address: '0x0000000000000008',
      access: 'write',
      decoded: ['data access', 'page not present', 'store'],
    },
  )
  assert.equal(described('powerpc64', { TRAP: '0x0400', NIP: '0x0000000000000000' })?.access, 'execute')
  assert.equal(described('powerpc', { TRAP: '0x0300', DEAR: '0xc0000000', ESR: '0x00800000' })?.access, 'write')
})

test('powerpc: the reason of a program check stands in MSR', () => {
  assert.equal(kind('powerpc64', { TRAP: '0x0700', MSR: '0x8000000000029033' }), 'bug-on')
  assert.equal(kind('powerpc64', { TRAP: '0x0700', MSR: '0x8000000000089033' }), 'illegal-instruction')
  assert.equal(kind('powerpc64', { TRAP: '0x0600' }), 'unaligned')
  assert.equal(kind('powerpc64', { TRAP: '0x0901' }), undefined)
})

test('mips: BadVA counts for the codes that set it, and a fetch is known by epc', () => {
  assert.equal(described('mips64', { Cause: '0x10800008', BadVA: '0x0000000000000050' })?.access, 'read')
  assert.equal(described('mips64', { Cause: '0x10800024', BadVA: '0x0000000000000050' })?.address, undefined)
  const fetch = { Cause: '0x10800008', BadVA: '0x0000000000000000', epc: '0x0000000000000000' }
  assert.equal(described('mips64', fetch)?.access, 'execute')
  assert.equal(kind('mips64', { Cause: '0x10800028' }), 'illegal-instruction')
})

test('riscv: an interrupt is no fault, and badaddr may hold an instruction', () => {
  assert.equal(described('riscv64', { cause: '0x8000000000000005' }), undefined)
  assert.equal(described('riscv64', { cause: '0x0000000000000002', badaddr: '0x0000000000001234' })?.address, undefined)
  assert.equal(kind('riscv64', { cause: '0x0000000000000003' }), 'bug-on')
})

test('no architecture describes a fault from nothing, or from rubbish', () => {
  const rubbish: Record<string, string> = {}
  for (const name of ['TRAP', 'Cause', 'cause', 'ESR', 'FSR', 'ECR', 'esr', 'ESTAT', 'PSW mask', 'SR', 'TSTATE']) {
    rubbish[name] = '0x'
  }
  for (const arch of arches) {
    assert.equal(arch.describeFault?.({}), undefined, arch.name)
    assert.equal(arch.kindOfTrap?.({}), undefined, arch.name)
    assert.equal(arch.describeFault?.(rubbish), undefined, arch.name)
  }
})

const user: [string, unknown][] = [
  [
    'app-null[90]: segfault at 10 ip 0000000000401824 sp 00007ffd6f36a610 error 6 in app-null[401000+79000]',
    {
      task: { comm: 'app-null', pid: 90 },
      fault: {
        mode: 'user',
        access: 'write',
        decoded: ['write in user mode', 'page not present'],
        code: '0x6',
        address: '0x10',
      },
      pc: { address: '0x0000000000401824' },
      stackPointer: '0x00007ffd6f36a610',
    },
  ],
  [
    'traps: app-ill[94] trap invalid opcode ip:401824 sp:7ffd6f36a610 error:0 in app-ill[401000+79000]',
    {
      task: { comm: 'app-ill', pid: 94 },
      fault: { mode: 'user', decoded: ['invalid opcode'], code: '0x0' },
      pc: { address: '0x401824' },
      stackPointer: '0x7ffd6f36a610',
    },
  ],
  [
    'app-exec[91]: unhandled exception: IABT (lower EL), ESR 0x0000000082000007, level 3 translation fault',
    {
      task: { comm: 'app-exec', pid: 91 },
      fault: {
        mode: 'user',
        access: 'execute',
        code: '0x0000000082000007',
        decoded: ['instruction abort (lower EL)', 'instruction fetch', 'level 3 translation fault'],
      },
    },
  ],
  [
    'sh: unhandled page fault (11) at 0x00000000, code 0x817',
    {
      task: { comm: 'sh' },
      fault: {
        mode: 'user',
        access: 'write',
        decoded: ['page translation fault', 'write', 'domain 1'],
        code: '0x817',
        address: '0x00000000',
      },
    },
  ],
  [
    'app-ill[169]: unhandled trap (5) at 10000d84 nip 10000d84 lr 10000d04 code 1 in flseg[10000000+d0000]',
    {
      task: { comm: 'app-ill', pid: 169 },
      fault: { mode: 'user', decoded: ['unhandled trap (5)'], address: '0x10000d84' },
      pc: { address: '0x10000d84' },
    },
  ],
  [
    'sh[88]: unhandled signal 11 code 0x1 at 0x0000000000000000 in sh[10000+b4000]',
    { task: { comm: 'sh', pid: 88 }, fault: { mode: 'user', address: '0x0000000000000000' } },
  ],
]

for (const [line, expected] of user) {
  test(`user program: ${line.slice(0, 40)}`, () => assert.deepEqual(readUserFault(line), expected))
}

test('no user fault in other lines', () => {
  for (const line of ['', 'sh[90]: hello', 'systemd[1]: segfault', '] ip', ': unhandled ']) {
    assert.equal(readUserFault(line), undefined)
  }
})
