import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Decoder } from '../decoder.ts'

function titleOf(log: string): string | undefined {
  const decoder = new Decoder({ source: {} })
  const reports = [...decoder.push(new TextEncoder().encode(log)), ...decoder.finish()]
  return reports[0]?.title
}

const warning = (frames: readonly string[]): string =>
  [
    '[    0.521484] ------------[ cut here ]------------',
    '[    0.521484] WARNING: CPU: 0 PID: 26 at drivers/pump/house.c:166 pump_start+0x4c/0x60 [pump]',
    '[    0.523437] CPU: 0 PID: 26 Comm: sh Tainted: G           O       6.1.192 #1 ',
    '[    0.523437] Trace:',
    ...frames.map((frame, at) => `[    0.523437] [<fffffc000126bb${(0x2c + 4 * at).toString(16)}>] ${frame}`),
    '[    0.541991] ---[ end trace 0000000000000000 ]---',
    '',
  ].join('\n')

const above = ['__warn+0xd8/0x150', 'warn_slowpath_fmt+0x88/0xe4']

test('a trace without the function that warned: the header names it', () => {
  assert.equal(titleOf(warning([...above, 'strim+0x20/0xd0', 'vfs_write+0xbc/0x380'])), 'WARNING in pump_start')
})

test('a trace that has the function, or does not show the warning, is believed', () => {
  const inside = [...above, 'check_pump.isra.0+0x20/0xd0', 'pump_start+0x4c/0x60 [pump]']
  assert.equal(titleOf(warning(inside)), 'WARNING in check_pump')
  assert.equal(titleOf(warning(above)), 'WARNING in corrupted')
  assert.equal(titleOf(warning(['house_fill+0x20/0xd0', 'vfs_write+0xbc/0x380'])), 'WARNING in house_fill')
})

const m68k = (offset: string): string =>
  [
    '[    0.580000] kernel BUG at drivers/pump/house.c:161!',
    '[    0.580000] *** TRAP #7 ***   FORMAT=0',
    '[    0.580000] BAD KERNEL TRAP: 00000000',
    '[    0.580000] Modules linked in: pump(O)',
    `[    0.580000] PC: [<1004f4b4>] pump_stop+${offset}/0x30 [pump]`,
    '[    0.580000] SR: 2000  SP: 00935ea0  a2: 008ece40',
    '[    0.580000] d0: 00000022    d1: 00000000    d2: 0000000a    d3: 00935edc',
    '[    0.580000] d4: 800f7710    d5: 00000000    a0: 00935e18    a1: 00206e84',
    '[    0.580000] Process sh (pid: 26, task=008ece40)',
    '[    0.580000] Frame format=0 ',
    '[    0.580000] Stack from 00935ea8:',
    '[    0.580000]         1004f896 1004f84f 000000a1 1004f1ce 00000007 00c11680 00935edc 00935fac',
    '[    0.580000] Call Trace: [<1004f1ce>] pump_write+0x3a/0x82 [pump]',
    '[    0.580000]  [<000aa56a>] vfs_write+0x82/0x28a',
    '',
  ].join('\n')

test('a trap as the last instruction: not the function behind it is named, but the line', () => {
  assert.equal(titleOf(m68k('0x0')), 'kernel BUG at drivers/pump/house.c:LINE')
  assert.equal(titleOf(m68k('0x12')), 'kernel BUG in pump_stop')
})

test('s390 knows the last jump before it', () => {
  const log = [
    '[   11.762006] kernel BUG at drivers/pump/house.c:161!',
    '[   11.762221] monitor event: 0040 ilc:2 [#1] SMP ',
    '[   11.762497] CPU: 0 PID: 84 Comm: sh Not tainted 6.1.0-50-s390x #1',
    '[   11.762664] Krnl PSW : 0704c00180000000 000003ff7fd02f00 (pump_stop+0x0/0x10 [pump])',
    '[   11.763065]            R:0 T:1 IO:1 EX:1 Key:0 M:1 W:0 P:0 AS:3 CC:0 PM:0 RI:0 EA:3',
    '[   11.763097] Krnl GPRS: 0000000000000000 0000000000000000 0000037ffff57ab8 000003ff7fd04340',
    '[   11.763813] Call Trace:',
    '[   11.764020]  [<000003ff7fd02f00>] pump_stop+0x0/0x10 [pump] ',
    '[   11.764135]  [<000003ff7fd02a7c>] pump_write+0x74/0xa8 [pump] ',
    '[   11.764491] Last Breaking-Event-Address:',
    '[   11.764500]  [<000003ff7fd02ef4>] pump_start+0xc/0x18 [pump]',
    '[   11.764642] ---[ end trace 0000000000000000 ]---',
    '',
  ].join('\n')
  assert.equal(titleOf(log), 'kernel BUG in pump_start')
})

test('where the program counter stays at the trap, a function may begin with it', () => {
  const log = [
    '[    1.000000] kernel BUG at drivers/pump/house.c:161!',
    '[    1.000001] Internal error: Oops - BUG: 00000000f2000800 [#1] SMP',
    '[    1.000002] CPU: 0 PID: 84 Comm: sh Not tainted 6.1.0 #1',
    '[    1.000003] pc : pump_stop+0x0/0x10 [pump]',
    '[    1.000004] lr : pump_write+0x74/0xa8 [pump]',
    '[    1.000005] sp : ffff80000a3f3b60',
    '[    1.000006] x29: ffff80000a3f3b60 x28: ffff00000514d940 x27: 0000000000000000',
    '[    1.000007] Call trace:',
    '[    1.000008]  pump_stop+0x0/0x10 [pump]',
    '[    1.000009]  pump_write+0x74/0xa8 [pump]',
    '[    1.000010] ---[ end trace 0000000000000000 ]---',
    '',
  ].join('\n')
  assert.equal(titleOf(log), 'kernel BUG in pump_stop')
})
