import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Decoder } from '../decoder.ts'
import { readSymbolList } from '../formats/symbol-list.ts'
import type { Report } from '../model.ts'
import { mismatch, nameAddresses, type SymbolSource, shiftOf } from './name-addresses.ts'
import { SymbolTable } from './symbol-table.ts'

// arch/x86/kernel/dumpstack_32.c of v2.6.24, without CONFIG_KALLSYMS
const oops = `\
[    5.100000] Linux version 2.6.24 (root@host) (gcc version 4.2) #1 SMP
[    9.000001] BUG: unable to handle kernel NULL pointer dereference at virtual address 00000008
[    9.000002] printing eip: c0120010 *pde = 00000000
[    9.000003] Oops: 0000 [#1] SMP
[    9.000004] Modules linked in: nvram
[    9.000005] Pid: 1, comm: init Not tainted (2.6.24 #1)
[    9.000006] EIP: 0060:[<c0120010>] EFLAGS: 00010286 CPU: 0
[    9.000007] EIP is at 0xc0120010
[    9.000008] eax: 00000000   ebx: c0300010   ecx: 00000001   edx: 00000002
[    9.000009] esi: 00000003   edi: 00000004   ebp: c7829f90   esp: c7829f80
[    9.000010]  ds: 007b   es: 007b   fs: 00d8  gs: 0000  ss: 0068
[    9.000011] Process init (pid: 1, ti=c7828000 task=c7826000 task.ti=c7828000)
[    9.000012] Stack: c0121004 00000000 c0300010 00000005
[    9.000013] Call Trace:
[    9.000014]  [<c0121004>]
[    9.000015]  [<c0122000>]
[    9.000016]  =======================
[    9.000017] Code: 90 90 <8b> 40 08 c3
`

const map = `\
c0100000 T _stext
c0120000 T broken
c0121000 t caller
c0121800 t never_returns
c0122000 T next
c0123000 T _etext
c0300000 D device_list
c0301000 B _end
`

const reportOf = (text: string): Report => {
  const decoder = new Decoder()
  return [...decoder.push(new TextEncoder().encode(text)), ...decoder.finish()][0]!
}

const source = (text = map, more: Partial<SymbolSource> = {}): SymbolSource => ({
  file: 'System.map',
  table: new SymbolTable(readSymbolList('System.map', new TextEncoder().encode(text))),
  ...more,
})

test('bare addresses get names: program counter, frames, registers, words of the stack', () => {
  const report = reportOf(oops)
  assert.ok(nameAddresses(report, source()) > 0)
  assert.equal(report.pc?.symbol, 'broken')
  assert.equal(report.pc?.offset, 0x10)
  assert.deepEqual(
    report.traces?.[0]?.frames.map(({ symbol, offset, size }) => ({ symbol, offset, size })),
    [
      { symbol: 'caller', offset: 4, size: 0x800 },
      // The call was never_returns's last instruction.
      { symbol: 'never_returns', offset: 0x800, size: 0x800 },
    ],
  )
  assert.deepEqual(report.registerSets?.[0]?.decoded?.['ebx'], ['device_list+0x10/0x1000'])
  assert.match(report.stack?.words[0]?.meaning ?? '', /caller\+0x4\/0x800/)
})

test('a kernel that was moved: by a frame that has a name and an address', () => {
  const moved = oops.replaceAll(/c0(12[0-9a-f]{4})/g, 'c8$1').replace('[<c8121004>]', '[<c8121004>] caller+0x4/0x800')
  const report = reportOf(moved)
  assert.equal(shiftOf(report, source()), 0x8000000n)
  nameAddresses(report, source())
  assert.equal(report.pc?.symbol, 'broken')
})

test('… or as the log says; not for a list of the kernel as it ran', () => {
  const report = reportOf(oops)
  report.kernel = { ...report.kernel, kaslrOffset: '0x1000000' }
  assert.equal(shiftOf(report, source()), 0x1000000n)
  assert.equal(shiftOf(report, source(map, { running: true })), 0n)
})

test('symbols of another kernel are refused: by release, build ID, sizes of functions', () => {
  const report = reportOf(oops)
  assert.equal(mismatch(report, source()), undefined)
  assert.equal(mismatch(report, source(map, { release: '2.6.24' })), undefined)
  assert.match(
    mismatch(report, source(map, { release: '2.6.25' })) ?? '',
    /release is 2\.6\.25, that of the log 2\.6\.24/,
  )
  report.kernel = { ...report.kernel, buildId: '0123456789abcdef' }
  assert.match(mismatch(report, source(map, { buildId: 'ffff456789abcdef0000' })) ?? '', /build ID/)
  assert.equal(mismatch(report, source(map, { buildId: '0123456789abcdef0000' })), undefined)
  const named = reportOf(oops)
  named.traces = [
    {
      title: 'Call Trace',
      frames: ['broken', 'caller', 'next'].map(symbol => ({ symbol, offset: 1, size: 0x44, address: '0xc0120000' })),
    },
  ]
  assert.match(mismatch(named, source()) ?? '', /another build: 3 of 3 functions/)
})
