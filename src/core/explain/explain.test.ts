// Findings on whole reports: what must be seen in which, and what must hold for all.

import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { decodeBytes } from '../decoder.ts'
import { specialValue } from '../localise/special-values.ts'
import type { Report } from '../model.ts'
import { errnoName } from './errno.ts'
import { explain } from './index.ts'

const kinds = join(dirname(dirname(dirname(import.meta.dirname))), 'fixtures', 'kinds')
const reportsOf = (name: string): Report[] => decodeBytes(readFileSync(join(kinds, name, 'input.log')))
const findingsOf = (name: string): string[] =>
  reportsOf(name).flatMap(report => (report.findings ?? []).map(each => each.what))

/** Fixture → words of a finding that it must have. */
const seen: Record<string, RegExp> = {
  'null-dereference/x86_64-6.1-read-in-module': /NULL pointer was used: the member at offset 0x50 was to be read/,
  'null-dereference/x86_64-6.12-write-second-oops': /not the first failure/,
  'null-dereference/x86_64-2.6.32-sysrq-crash': /asked for this crash/,
  'general-protection/x86_64-6.12-poison': /freed before is used: slab fills/,
  'general-protection/x86_64-5.10-kasan-null': /offset 0x18 to 0x1f/,
  'page-fault/x86_64-6.1-execute-user-code': /Code of a program was to be executed by the kernel/,
  'page-fault/x86_64-6.1-execute-data': /no code was to be executed/,
  'page-fault/mips-2.6-32-bit': /slab fills freed objects with 0x6b/,
  'stack-segment/x86_64-6.6': /slab fills freed objects with 0x6b/,
  'kasan/x86_64-6.6-slab-use-after-free':
    /fl_chan_close uses an object that fl_chan_timeout had freed, allocated in fl_chan_create/,
  'refcount/x86_64-6.6-underflow': /More references were given back than taken/,
  'refcount/x86_64-6.1-increment-on-zero': /last one was given back/,
  'list-corruption/x86_64-6.1-add': /neighbour on the list was zeroed/,
  'stack-protector/x86_64-6.1': /lkdtm_CORRUPT_STACK wrote beyond the end/,
  'stack-overflow/x86_64-6.12-guard-page': /fl_recurse calls itself/,
  'hung-task/arm-6.1-mutex-twice': /fl_hung waits for a mutex for more than 4 s/,
  'soft-lockup/x86_64-6.1-twice': /lkdtm_SOFTLOCKUP does not let the CPU go/,
  'sleeping-in-atomic/x86_64-6.6': /a spinlock is held or preemption is off/,
  'scheduling-while-atomic/x86_64-6.1': /preemption off 2 deep/,
  'oom-kill/x86_64-6.1-memory-cgroup': /limit of the memory cgroup \/web was reached.*php-fpm was killed/,
  'oom-kill/x86_64-6.1-global': /whole machine was out of memory; leaky_daemon was killed/,
  'page-allocation/x86_64-6.1-order-10': /No 1024 pages in one piece/,
  'panic/x86_64-6.1-no-root': /device of the root file system does not exist/,
  'panic/i386-2.4-no-root': /root file system could not be mounted/,
  'panic/x86_64-6.1-init-exits': /init\) exited with status 3/,
  'panic/arm64-6.1-no-init': /No program was there to start/,
  'lockdep/x86_64-6.6-circular': /Two orders of locks: here &chan->lock is taken under fl_mutex/,
  'lockdep/i386-2.6.18-recursive': /&s->s_lock is taken while one of the same kind/,
  'lockdep/x86_64-5.15-inconsistent-state': /in a soft interrupt and, elsewhere, with soft interrupts on/,
  'lockdep/x86_64-6.1-held-lock-freed': /freed with a lock in it/,
  'kcsan/x86_64-6.6-two-functions': /write in fl_stat_inc by interrupt on CPU 1 and read in fl_stat_read by task 3121/,
  'kcsan/x86_64-5.10-race-at-unknown-origin': /one that was not seen/,
  'kmsan/x86_64-6.6-uninit-value': /never written: it was allocated in netlink_sendmsg/,
  'kmsan/x86_64-6.8-kernel-infoleak': /the local variable info/,
  'user-segfault/x86_64-6.12-with-likely-cpu': /app-null wrote to a NULL pointer/,
  'divide-error/x86_64-6.1': /divides by zero/,
  'bug-on/x86_64-6.19-oops-word': /took for impossible came true at fs\/btrfs\/extent-tree\.c:3254/,
  'pcie-aer/x86_64-6.1-corrected': /error that it corrected/,
  'pcie-aer/x86_64-5.4-uncorrected-fatal': /no bug of the kernel/,
}

for (const [name, words] of Object.entries(seen)) {
  test(`${name}: ${words.source}`, () => {
    const findings = findingsOf(name)
    assert.ok(
      findings.some(what => words.test(what)),
      findings.join('\n') || 'no finding',
    )
  })
}

test('a restart and a power-off are explained by nothing', () => {
  for (const kind of ['restart', 'power-off']) {
    for (const file of globSync('*/input.log', { cwd: join(kinds, kind) })) {
      const all = reportsOf(join(kind, dirname(file))).filter(report => report.kind === kind)
      assert.deepEqual(
        all.flatMap(report => report.findings ?? []),
        [],
        `${kind}/${file}`,
      )
    }
  }
})

test('in every fixture: evidence lies in the report, words are whole sentences without a line break', () => {
  let count = 0
  for (const file of globSync('*/*/input.log', { cwd: kinds }).sort()) {
    for (const report of reportsOf(dirname(file))) {
      for (const { what, because, evidence, next } of report.findings ?? []) {
        count++
        for (const line of evidence) {
          assert.ok(line >= report.lines.first && line <= report.lines.last, `${file}: ${what}: line ${line}`)
        }
        for (const text of [what, because, next ?? '']) assert.doesNotMatch(text, /\n|undefined/, `${file}: ${text}`)
      }
    }
  }
  assert.ok(count > 100, `${count} findings`)
})

test('a report torn anywhere is explained or not, and never in the way', () => {
  for (const name of [
    'general-protection/x86_64-6.12-poison',
    'oom-kill/x86_64-6.1-memory-cgroup',
    'hung-task/x86_64-2.6.32',
  ]) {
    for (const report of reportsOf(name)) {
      for (const key of Object.keys(report)) {
        const torn = { ...report } as Record<string, unknown>
        if (!['text', 'title', 'lines', 'kind', 'severity'].includes(key)) delete torn[key]
        explain(torn as unknown as Report)
      }
      explain({ ...report, text: '' })
    }
  }
})

test('an error pointer by the register that holds it, and by the address alone', () => {
  const [report] = reportsOf('null-dereference/x86_64-6.1-read-in-module')
  assert.ok(report)
  const registers = {
    ...report.registers,
    RAX: '0xfffffffffffffff4',
    RDX: '0xffff888012345678',
    R08: '0x1',
    RDI: '0x2',
  }
  const held = explain({
    ...report,
    registers,
    fault: { ...report.fault, address: '0x000000000000000c' },
  })
  assert.match(held[0]?.what ?? '', /An error was used as a pointer: -12, ENOMEM/)
  assert.equal(held[0]?.confidence, 'certain')
  const alone = explain({
    ...report,
    kind: 'page-fault',
    registers: {},
    fault: { ...report.fault, address: '0xffffffffffffffea' },
  })
  assert.match(alone[0]?.what ?? '', /-22, EINVAL/)
})

test('text in a pointer, one wrong bit', () => {
  const [report] = reportsOf('general-protection/x86_64-6.12-poison')
  assert.ok(report)
  const at = (address: string): string | undefined =>
    explain({ ...report, fault: { ...report.fault, address }, registers: {} })[0]?.what
  assert.equal(at('0x2f6c61636f6c2f72'), 'A pointer was overwritten by text: "r/local/"')
  assert.equal(at('0xffef888012345678'), 'One bit of a kernel pointer is wrong: bit 52')
})

test('one wrong bit on arm64: above the bits of an address, and not in a tag', () => {
  const [report] = reportsOf('page-fault/arm64-6.1-wild-read')
  assert.ok(report)
  const at = (address: string): string[] =>
    explain({
      ...report,
      kind: 'page-fault',
      fault: { ...report.fault, access: 'read', address },
      registers: {},
    }).map(({ what }) => what)
  const wrong = (bit: number): string => `One bit of a kernel pointer is wrong: bit ${bit}`
  assert.ok(at('0xffef800008123456').includes(wrong(52)))
  assert.ok(at('0xfffe800008123456').includes(wrong(48)))
  // A tag, the shadow of a KASAN kernel, two bits, none.
  for (const address of ['0xfdff800008123456', '0xdfff800000000003', '0xffe7800008123456', '0xffff800008123456']) {
    assert.ok(!at(address).some(what => what.startsWith('One bit')), address)
  }
})

test('special values', () => {
  const name = (address: bigint, bits: 32 | 64): string | undefined => specialValue(address, bits)?.value.name
  assert.equal(name(0xdead000000000100n, 64), 'LIST_POISON1')
  assert.equal(name(0xdead000000000122n, 64), 'LIST_POISON2')
  assert.equal(specialValue(0xdead000000000128n, 64)?.offset, 6n)
  assert.equal(name(0x5deadbeef0000100n, 64), 'LIST_POISON1')
  assert.equal(name(0x6b6b6b6b6b6b6b9bn, 64), 'POISON_FREE')
  assert.equal(name(0x6b6b6b6bn, 32), 'POISON_FREE')
  assert.equal(name(0x00100100n, 32), 'LIST_POISON1')
  assert.equal(name(0x100n, 32), 'LIST_POISON1')
  assert.equal(name(0x104n, 32), undefined)
  assert.equal(name(0xffff888012345678n, 64), undefined)
})

test('numbers of errors', () => {
  assert.equal(errnoName(12, 'x86_64'), 'ENOMEM')
  assert.equal(errnoName(110, 'arm64'), 'ETIMEDOUT')
  assert.equal(errnoName(110, 'mips64'), undefined)
  assert.equal(errnoName(517, 'mips64'), 'EPROBE_DEFER')
  assert.equal(errnoName(4000, 'x86_64'), undefined)
})
