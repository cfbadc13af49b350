// Single lines in the wordings that the dumps under fixtures/arch do not have, and lines that must not be taken.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ArchName } from '../model.ts'
import type { ArchLine } from './arch.ts'
import { archByName, arches, readAny, reportReader } from './index.ts'

const rows: [ArchName, string, ArchLine][] = [
  ['x86_64', 'RIP: 0010:0x0', { mode: 'kernel', begins: true, pc: { address: '0x0' }, registers: { RIP: '0x0' } }],
  [
    'x86_64',
    'RIP: 0033:0x7f1e2c8d4000',
    {
      mode: 'user',
      begins: true,
      pc: { address: '0x7f1e2c8d4000' },
      registers: { RIP: '0x7f1e2c8d4000' },
    },
  ],
  [
    'x86_64',
    'RIP: e030:[<ffffffff810013aa>]  [<ffffffff810013aa>] xen_hypercall_sched_op+0xa/0x20',
    {
      mode: 'kernel',
      begins: true,
      pc: { address: '0xffffffff810013aa', symbol: 'xen_hypercall_sched_op', offset: 10, size: 32 },
      registers: { RIP: '0xffffffff810013aa' },
    },
  ],
  ['x86_64', 'IP: [<          (null)>]           (null)', { pc: { address: '0x0' } }],
  ['x86_64', '#PF: supervisor instruction fetch in kernel mode', { fault: { access: 'execute', mode: 'kernel' } }],
  [
    'x86_64',
    '#PF: error_code(0x0010) - not-present page',
    {
      fault: { code: '0x0010', access: 'execute', decoded: ['instruction fetch in kernel mode', 'page not present'] },
    },
  ],
  ['x86_64', '#PF error: [normal kernel read fault]', { fault: { access: 'read', mode: 'kernel' } }],
  [
    'x86_64',
    '#PF error: [PROT] [WRITE]',
    { fault: { access: 'write', decoded: ['write in kernel mode', 'protection violation'] } },
  ],
  [
    'arm64',
    'Internal error: Oops - SP/PC alignment exception: 8a000000 [#1] PREEMPT SMP',
    { fault: { code: '0x8a000000', decoded: ['PC alignment'] } },
  ],
  [
    'x86_64',
    'Oops: Oops: 0002 [#1] PREEMPT SMP KASAN NOPTI',
    {
      fault: { code: '0x0002', access: 'write', decoded: ['write in kernel mode', 'page not present'] },
    },
  ],
  ['x86_64', 'Oops: divide error: 0000 [#3] SMP PTI', { fault: { code: '0x0000', decoded: ['divide error'] } }],
  [
    'x86_64',
    'general protection fault: 0030 [#1] SMP',
    {
      fault: { code: '0x0030', decoded: ['general protection fault', 'GDT entry 6'] },
    },
  ],
  [
    'x86_64',
    'general protection fault, maybe for address 0xffff888012345678: 0000 [#1] PREEMPT SMP',
    {
      fault: { code: '0x0000', address: '0xffff888012345678', decoded: ['general protection fault'] },
    },
  ],
  [
    'x86_64',
    'BUG: unable to handle page fault for address: ffffc90000593c38',
    {
      fault: { address: '0xffffc90000593c38', mode: 'kernel' },
    },
  ],
  [
    'x86_64',
    'CR2: 0000000000000050',
    {
      registers: { CR2: '0x0000000000000050' },
      fault: { address: '0x0000000000000050' },
    },
  ],
  ['x86_64', 'PKRU: 55555554', { registers: { PKRU: '0x55555554' } }],
  ['x86_64', 'Code:  Bad RIP value.', { code: { units: [], unitBytes: 1, raw: 'Bad RIP value.' } }],
  [
    'i386',
    'EIP: 0xb7f7e559',
    {
      begins: true,
      mode: 'user',
      pc: { address: '0xb7f7e559' },
      registers: { EIP: '0xb7f7e559' },
    },
  ],
  [
    'i386',
    ' DS: 007b ES: 007b FS: 00d8 GS: 0033 SS: 0068',
    {
      registers: { DS: '0x007b', ES: '0x007b', FS: '0x00d8', GS: '0x0033', SS: '0x0068' },
    },
  ],
  ['i386', 'ds: 0018   es: 0018   ss: 0018', { registers: { ds: '0x0018', es: '0x0018', ss: '0x0018' } }],
  [
    'arm',
    'Internal error: Oops: 80000005 [#1] PREEMPT SMP ARM',
    {
      fault: { code: '0x80000005', access: 'execute', decoded: ['section translation fault', 'instruction fetch'] },
    },
  ],
  [
    'arm',
    'Unable to handle kernel NULL pointer dereference at virtual address 00000008 when write',
    {
      fault: { address: '0x00000008', mode: 'kernel', access: 'write' },
    },
  ],
  [
    'arm',
    'Unhandled prefetch abort: breakpoint debug exception (0x002) at 0xc0123456',
    {
      fault: {
        address: '0xc0123456',
        code: '0x002',
        access: 'execute',
        decoded: ['terminal exception', 'instruction fetch'],
      },
    },
  ],
  [
    'arm',
    'pc : [<c0123456>]    lr : [<c0123450>]    psr: 60000093',
    {
      registers: { pc: '0xc0123456', lr: '0xc0123450', psr: '0x60000093' },
      pc: { address: '0xc0123456' },
      mode: 'kernel',
    },
  ],
  ['arm', 'xPSR: 61000000', { registers: { xPSR: '0x61000000' } }],
  [
    'arm64',
    'pc : 0000aaaab1234568',
    {
      registers: { pc: '0x0000aaaab1234568' },
      pc: { address: '0x0000aaaab1234568' },
    },
  ],
  ['arm64', 'EC = 0x25: DABT (current EL), IL = 32 bits', { fault: { decoded: ['data abort (current EL)'] } }],
  ['arm64', 'CM = 0, WnR = 1, TnD = 0, TagAccess = 0', { fault: { access: 'write' } }],
  ['arm64', 'Mem abort info:', {}],
  ['arm64', 'pmr: 000000e0', { registers: { pmr: '0x000000e0' } }],
  ['powerpc', "TASK = c0304b30[1] 'swapper' THREAD: c04a2000 CPU: 1", { task: { comm: 'swapper', pid: 1, cpu: 1 } }],
  ['powerpc64', 'IRQMASK: 0 ', { registers: { IRQMASK: '0x0' } }],
  ['powerpc64', 'SOFTE: 1 ', { registers: { SOFTE: '0x1' } }],
  [
    'powerpc64',
    'DAR: 0000000000000000, DSISR: 0000000040000000',
    {
      registers: { DAR: '0x0000000000000000', DSISR: '0x0000000040000000' },
    },
  ],
  [
    's390x',
    'Failing address: 0000000000000000 TEID: 0000000000000483',
    {
      fault: { address: '0x0000000000000000', access: 'write', decoded: ['store', 'home space'] },
    },
  ],
  [
    's390x',
    '           #000003ff7fd02836: af000000\t\tmc\t0,0',
    {
      code: { units: ['af00', '0000'], unitBytes: 2, address: '0x000003ff7fd02836', previous: true, text: 'mc 0,0' },
    },
  ],
  [
    'mips',
    'Data bus error, epc == 80123456, ra == 80123400',
    {
      pc: { address: '0x80123456' },
      fault: { decoded: ['data bus error'] },
    },
  ],
  [
    'parisc',
    'r00-03  0004ff0f 10455010 10254cd4 1dc58e00',
    {
      registers: { r00: '0x0004ff0f', r01: '0x10455010', r02: '0x10254cd4', r03: '0x1dc58e00' },
    },
  ],
  [
    'sparc64',
    'OOPS: Fault was to vaddr[fffffffffffffff0]',
    {
      fault: { address: '0xfffffffffffffff0', mode: 'kernel' },
    },
  ],
]

for (const [name, line, expected] of rows) {
  test(`${name}: ${line.trim()}`, () => {
    assert.deepEqual(archByName(name)!.read(line), expected)
    assert.deepEqual(readAny(line), expected)
  })
}

test('the same line of two architectures is told apart by what only one can have printed', () => {
  const armOops = 'Internal error: Oops: 817 [#1] PREEMPT SMP ARM'
  assert.deepEqual(readAny(armOops), archByName('arm')!.read(armOops))
  const arm64Oops = 'Internal error: Oops: 96000046 [#1] PREEMPT SMP'
  assert.deepEqual(readAny(arm64Oops), archByName('arm64')!.read(arm64Oops))
  const openrisc = 'GPR00: 00000000 GPR01: c1a4fe40 GPR02: c1a4fe90 GPR03: 00000000'
  assert.deepEqual(readAny(openrisc), archByName('openrisc')!.read(openrisc))
})

test('s390: rows without a name continue the registers above, and only there', () => {
  const read = reportReader(archByName('s390x')!)
  const row = '           000003ff7fd03208 0000037ffff577d8 000000000278d480 0000037ffff57c10'
  assert.equal(read(row), undefined)
  read('Krnl GPRS: 0000000000000000 0000000000000000 0000037ffff57a78 0000000000e63e38')
  assert.deepEqual(Object.keys(read(row)!.registers!), ['GPR4', 'GPR5', 'GPR6', 'GPR7'])
  assert.deepEqual(Object.keys(read(row)!.registers!), ['GPR8', 'GPR9', 'GPR10', 'GPR11'])
  assert.deepEqual(Object.keys(read(row)!.registers!), ['GPR12', 'GPR13', 'GPR14', 'GPR15'])
  assert.equal(read(row), undefined)
})

test('functions that a symboliser found inlined belong to the program counter below them', () => {
  const read = reportReader(archByName('x86_64')!)
  const inline = 'RIP: 0010:virt_to_cache mm/slab.c:400 [inline]'
  const place = { file: 'mm/slab.c', line: 400, function: 'virt_to_cache' }
  assert.deepEqual(readAny(inline), { mode: 'kernel', inlined: place })
  assert.deepEqual(read(inline), { mode: 'kernel', inlined: place })
  assert.deepEqual(read('RIP: 0010:kfree+0xb2/0x250 mm/slab.c:3802'), {
    mode: 'kernel',
    begins: true,
    pc: { symbol: 'kfree', offset: 178, size: 592, place: { file: 'mm/slab.c', line: 3802 }, inlines: [place] },
  })
  assert.deepEqual(archByName('arm64')!.read('pc : _compound_head include/linux/page-flags.h:253 [inline]'), {
    inlined: { file: 'include/linux/page-flags.h', line: 253, function: '_compound_head' },
  })
})

test('a row of numbers is not taken for code or registers where the architecture is unknown', () => {
  const row = ' c1c51c70 00000000 f6b0ff9c 0804a008 f6b0ff9c f6b0ff8c c10b1234 00000000'
  assert.deepEqual(readAny(row), { continues: row.trim().split(' ') })
})

const others = [
  '',
  ' ',
  'Linux version 6.1.0-56-amd64 (debian-kernel@lists.debian.org)',
  'Command line: BOOT_IMAGE=/vmlinuz root=/dev/vda1 ro quiet',
  'Modules linked in: fltrig(OE)',
  'Hardware name: QEMU Standard PC (Q35 + ICH9, 2009), BIOS 1.16.2-debian-1.16.2-1 04/01/2014',
  'CPU: 0 PID: 96 Comm: sh Tainted: G        W  OE      6.1.0-56-amd64 #1  Debian 6.1.192-2',
  'Call Trace:',
  ' fl_run+0x30/0x51a [fltrig]',
  ' [<ffffffff81234567>] vfs_write+0xb7/0x1b0',
  'usb 1-1: new high-speed USB device number 2 using xhci_hcd',
  'EXT4-fs (vda1): mounted filesystem with ordered data mode',
  'CPU features: detected: Spectre-v2',
  'pci 0000:00:01.0: [8086:7000] type 00 class 0x060100',
  'Memory: 2024064K/2096628K available (14336K kernel code)',
  'a0: link becomes ready',
  'sp: ttyS0 is busy',
  'Code of conduct',
  'Process accounting resumed',
  'Oops, wrong number',
  'lr : nothing here',
  'pc is a computer',
]

test('ordinary lines belong to no dump', () => {
  for (const line of others) {
    assert.equal(readAny(line), undefined, line)
    for (const arch of arches) assert.equal(arch.read(line), undefined, `${arch.name}: ${line}`)
  }
})
