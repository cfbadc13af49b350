import assert from 'node:assert/strict'
import { test } from 'node:test'
import { foldedAtSpaces, wrapped80, wrappedSoft } from '../../../tests/transports.ts'
import { readRecords } from './index.ts'

// Stamped as a console prints it; written after the kernel's formats.
const stamped = `
[   43.123456] BUG: kernel NULL pointer dereference, address: 0000000000000008
[   43.123460] Oops: 0000 [#1] PREEMPT SMP NOPTI
[   43.123461] CPU: 1 PID: 412 Comm: kworker/u8:3 Tainted: G           OE      6.1.0-18-amd64 #1  Debian 6.1.76-1
[   43.123463] Hardware name: QEMU Standard PC (Q35 + ICH9, 2009), BIOS 1.16.2-debian-1.16.2-1 04/01/2014
[   43.123465] RIP: 0010:demo_worker_function+0x1c/0x40 [demo]
[   43.123470] Code: 00 00 0f 1f 44 00 00 53 48 89 fb 48 8b 47 08 48 8b 40 10 <8b> 40 08 89 43 20 5b c3 cc cc cc cc 66 90 0f 1f 44
[   43.123473] RSP: 0018:ffffa0b3c0d2fe60 EFLAGS: 00010246
[   43.123475] RAX: 0000000000000000 RBX: ffff8d5b01a2c000 RCX: 0000000000000000
[   43.123490] Call Trace:
[   43.123491]  <TASK>
[   43.123495]  process_one_work+0x1c7/0x380
[   43.123500] Modules linked in: demo(OE) nls_ascii nls_cp437 vfat fat intel_rapl_msr intel_rapl_common kvm_intel kvm irqbypass
`.trimStart()

const unstamped = stamped.replace(/^\[ *\d+\.\d+\] /gm, '')
const texts = (bytes: Uint8Array) => readRecords(bytes).map(record => record.text)
const bytesOf = (text: string) => new TextEncoder().encode(text)

test('lines that a terminal broke at 80 columns are whole again', () => {
  assert.deepEqual(texts(wrapped80(stamped)), texts(bytesOf(stamped)))
  assert.deepEqual(texts(wrapped80(unstamped)), texts(bytesOf(unstamped)))
})

test('lines that a mail program broke at spaces are whole again', () => {
  assert.deepEqual(texts(wrappedSoft(stamped)), texts(bytesOf(stamped)))
  assert.deepEqual(texts(wrappedSoft(unstamped)), texts(bytesOf(unstamped)))
})

test('lines that fold broke at spaces, which it leaves, are whole again', () => {
  assert.deepEqual(texts(foldedAtSpaces(stamped)), texts(bytesOf(stamped)))
  assert.deepEqual(texts(foldedAtSpaces(unstamped)), texts(bytesOf(unstamped)))
})

test('a program that writes between the lines, and a line without a space, hide no breaks', () => {
  const log = (text: string) => [
    ...text.split('\n').slice(0, 6),
    'fl-agent: listening',
    `[   43.123471] flags: 0x${'f'.repeat(70)}`,
    ...text.split('\n').slice(6),
  ]
  const joined = texts(wrappedSoft(log(stamped).join('\n')))
  assert.deepEqual(joined, texts(bytesOf(log(stamped).join('\n'))))
})

test('one break is enough behind a word that ends no message', () => {
  const held = '[   19.079733]  #0: 00000000a3b01fa0 (&fl->mutex){+.+.}, at:'
  assert.deepEqual(
    texts(
      bytesOf(
        `[   19.076969] fl-ctl/896 is leaving the kernel with locks still held!\n${held}\nfl_lock_inode+0xaf/0xe0\n`,
      ),
    ),
    [
      'fl-ctl/896 is leaving the kernel with locks still held!',
      ' #0: 00000000a3b01fa0 (&fl->mutex){+.+.}, at: fl_lock_inode+0xaf/0xe0',
    ],
  )
})

test('dump rows and registers of an unwrapped log stay lines', () => {
  const rows = [
    'Unable to handle kernel paging request at virtual address fc14ef08 when read',
    'pc : [<8015df40>]    lr : [<801559ec>]    psr: 60000093',
    '7e00: 9ecb0000 80a72400 00000004 80b0b008 a0000013 801559ec 9ecb0000 9ecb0444',
    '7e20: 80a72400 00000004 97f07e64 80155eb8 00000001 9ecb0218 9ff99a20 00000000',
    'RAX: 0000000000000000 RBX: ffff8d5b01a2c000 RCX: 0000000000000000',
    'RDX: 0000000000000000 RSI: ffff8d5b01a2c000 RDI: 0000000000000000',
    'Memory state around the buggy address:',
    ' ffff8881d92ca700: fb fb fb fb fb fb fb fb fb fb fb fb fb fb fb fb',
    '>ffff8881d92ca780: fb fb fb fb fb fb fb fb fb fb fb fb fb fb fb fb',
    'audit: type=1326 audit(1750305980.320:67)',
  ]
  assert.deepEqual(texts(bytesOf(rows.join('\n'))), rows)
})

test('a joined record says so and covers all its lines', () => {
  const records = readRecords(wrapped80(stamped))
  const cpu = records.find(record => record.text.startsWith('CPU: 1'))!
  assert.deepEqual([cpu.line, cpu.lastLine, cpu.damage], [3, 4, ['wrapped']])
  assert.equal(
    new TextDecoder().decode(wrapped80(stamped).subarray(cpu.span.start, cpu.span.end)).split('\n').length,
    2,
  )
})

test('program output between kernel lines is not joined to them', () => {
  const filler = stamped + 'Segmentation fault\n'
  const full = '[   43.200000] x2 : 0000000000000003 x1 : 0000000000001000 x0 : 0000ffff8406c000\nSegmentation fault\n'
  assert.deepEqual(texts(bytesOf(filler + full)).slice(-2), [
    'x2 : 0000000000000003 x1 : 0000000000001000 x0 : 0000ffff8406c000',
    'Segmentation fault',
  ])
})

test('a wrapped log goes on over windows of lines', () => {
  const long = stamped.repeat(60)
  assert.deepEqual(texts(wrapped80(long)), texts(bytesOf(long)))
})

test('what goes on behind a line without a record is not put to the line before it', () => {
  const lines = new TextDecoder().decode(wrapped80(stamped)).split('\n')
  const at = lines.findIndex(line => line.includes('Comm: kworker'))
  assert.equal(lines[at]?.length, 80)
  // A field of a journal entry, as wide as the lines that were broken.
  const torn = [...lines.slice(0, at), '__CURSOR='.padEnd(80, 'x'), ...lines.slice(at + 1)].join('\n')
  const before = texts(bytesOf(torn)).find(text => text.includes('Oops: 0000'))
  assert.equal(before, 'Oops: 0000 [#1] PREEMPT SMP NOPTI')
})
