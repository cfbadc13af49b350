import assert from 'node:assert/strict'
import { test } from 'node:test'
import { circularLocking, nullDereference, outOfMemory } from '../../../tests/samples/reports.ts'
import { addressWords, why } from './headline.ts'
import { renderSummary } from './summary.ts'
import { renderTerminal } from './terminal.ts'
import { clip, kibibytes, sinceBoot } from './wording.ts'

const plain = { colour: false, width: 100, verbose: false }

test('a NULL dereference as a person reads it', () => {
  assert.equal(
    renderTerminal(nullDereference, plain),
    `\
[OOPS] BUG: unable to handle kernel NULL pointer dereference in fl_null_read
  read of NULL+0x50 in kernel mode: not-present page, code 0x0000

  at        fl_null_read.isra.0+0xc/0x20 [fltrig]
  by        sh, pid 135, uid 0 on CPU 0
  kernel    6.1.0-56-amd64 x86_64  #1 Debian 6.1.192-2 · PREEMPT SMP
  taint     D died before · O out-of-tree module
  on        QEMU Standard PC (Q35 + ICH9, 2009), BIOS 1.16.2-debian-1.16.2-1 04/01/2014
  when      2026-08-20T11:02:03Z  9.231914 s after boot
  log       logs/oops.log:12-15  lab1 · printk

  Damaged
    the log ends before the report does  line 75

  Why
    member at offset 0x50 of a NULL pointer
      likely: CR2 is 0x50  line 12

  Call Trace
    ── hard interrupt ────────────────────────
    list_del                      include/linux/list.h:88  inlined
  ▸ fl_null_read.isra.0+0xc/0x20  [fltrig]  src/fltrig.c:120
    fl_run+0x138/0x51a            [fltrig]
  ? handle_mm_fault+0xdb/0x2d0
    ── task ────────────────────────
    vfs_write+0xc7/0x3f0
    entry_SYSCALL_64_after_hwframe+0x6e/0xd8

  Then
    Oops: 0000 [#2] PREEMPT SMP NOPTI  line 13
    Kernel panic - not syncing: Fatal exception  line 74

  Source
    fltrig.c:98
    96  static noinline int fl_null_read(void)
    97  {
  ▸ 98          return READ_ONCE(node->value);
    99  }

  Code
    00 00 48 8b 05 74 23 00 00 <48> 8b 40 50 c3 cc

  4 more with --verbose: registers, stack, modules, other titles
`,
  )
})

test('verbose leaves nothing out', () => {
  const text = renderTerminal(nullDereference, { ...plain, verbose: true })
  assert.match(text, /^ {4}RAX 0000000000000000 {3}RBX ffffc90000637b78 {3}EFLAGS 00000246 {3}CR2 0000000000000050$/m)
  assert.match(text, /^ {4}EFLAGS {2}PF · ZF · IF$/m)
  assert.match(text, /ffffffffc0202395 {2}fl_run\+0x138\/0x51a \[fltrig\]/)
  assert.match(text, /fltrig\(OE\) virtio_net/)
  assert.match(text, /last unloaded: lkdtm/)
  assert.match(text, /BUG: unable to handle kernel paging request in fl_null_read/)
  assert.match(text, /fingerprint 4f7d0c2a91b3/)
  assert.doesNotMatch(text, /more with --verbose/)
})

test('raw lines carry the numbers of the log where each is one of it', () => {
  const text = renderTerminal(nullDereference, { ...plain, raw: true })
  assert.match(text, /^ {2}12 │ BUG: kernel NULL/m)
  const uneven = { ...nullDereference, lines: { first: 12, last: 75 } }
  assert.match(renderTerminal(uneven, { ...plain, raw: true }), /^ {2}│ BUG: kernel NULL/m)
})

test('out of memory: victim, limit, biggest tasks, zones below their mark', () => {
  const text = renderTerminal(outOfMemory, plain)
  assert.match(text, /killed {4}stress, pid 512 {2}uid 0, total vm 1 GiB, anon rss 352 MiB/)
  assert.match(text, /why {7}a memory cgroup reached its limit/)
  assert.match(text, /▸ 512 {2}stress {6}90000/)
  assert.match(text, /▸ {4}0 {2}DMA32 {3}900 KiB {2}1 MiB/)
})

test('locks: the chain and who holds what', () => {
  const text = renderTerminal(circularLocking, plain)
  assert.match(text, /^\[WARNING\] possible deadlock in b_then_a \(fatal\)$/m)
  assert.match(text, /lock_a {2}\{3:3\} {2}a_then_b\+0x10\/0x40/)
  assert.match(text, /lock_b {2}sh\/77 {4}0xffff888012345678/)
})

test('a narrow terminal continues values under their start', () => {
  const lines = renderTerminal(nullDereference, { ...plain, width: 60 }).split('\n')
  const at = lines.findIndex(line => line.startsWith('  on '))
  assert.match(lines[at + 1] ?? '', /^ {12}\S/)
})

test('addresses in words', () => {
  assert.equal(addressWords('0x0000000000000000'), 'NULL')
  assert.equal(addressWords('0x00000050'), 'NULL+0x50')
  assert.equal(addressWords('0xffffffea'), '0xffffffea (-22)')
  assert.equal(addressWords('0xffffffffffffffea'), '0xffffffffffffffea (-22)')
  assert.equal(addressWords('0xdead000000000100'), '0xdead000000000100')
  assert.equal(addressWords('garbage'), 'garbage')
})

test('why: the access where there was one, else the kernel’s first words, never the title again', () => {
  assert.equal(why(nullDereference), 'read of NULL+0x50 in kernel mode: not-present page, code 0x0000')
  assert.equal(why(circularLocking), 'WARNING: possible circular locking dependency detected')
  assert.equal(why({ ...circularLocking, title: 'x', text: '---[ cut here ]---\n\nx\n' }), undefined)
})

test('a summary is one line', () => {
  assert.equal(
    renderSummary(nullDereference, { colour: false }),
    'oops      BUG: unable to handle kernel NULL pointer dereference in fl_null_read  sh[135]  6.1.0-56-amd64  logs/oops.log:12-15',
  )
})

test('units', () => {
  assert.equal(kibibytes(812), '812 KiB')
  assert.equal(kibibytes(1_468_006), '1.4 GiB')
  assert.equal(sinceBoot(9_231_914), '9.231914 s after boot')
  assert.equal(sinceBoot(273_906_120_000), '273906.120000 s after boot (3 d 04:05:06)')
  assert.equal(clip('abcdef', 4), 'abc…')
  assert.equal(clip('中文字', 4), '中…')
})
