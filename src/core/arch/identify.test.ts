import assert from 'node:assert/strict'
import { test } from 'node:test'
import { identifyArch } from './index.ts'

test('registers decide, whatever the kernel is called', () => {
  const head = 'CPU: 0 PID: 96 Comm: sh Not tainted 6.1.0-686-pae #1'
  assert.equal(identifyArch([head, 'RAX: ffffffffc02014a0 RBX: 000000000000000a RCX: c0000000ffffefff']), 'x86_64')
})

test('a trace decides by the names of system call entries', () => {
  assert.equal(identifyArch([' do_syscall_64+0x5d/0xb0', ' entry_SYSCALL_64_after_hwframe+0x6e/0xd8']), 'x86_64')
  assert.equal(identifyArch([' el0_svc+0x34/0xdc', ' el0t_64_sync+0x18c/0x190']), 'arm64')
  assert.equal(identifyArch([' ksys_write from ret_fast_syscall+0x0/0x1c']), 'arm')
  assert.equal(identifyArch(['[c0000000037af8e0] [c00800000033044c] fl_write+0xa4/0x110 [fltrig]']), 'powerpc64')
  assert.equal(identifyArch(['[c04519f0] [c00514c8] generic_file_buffered_write+0x198/0x8d0']), 'powerpc')
  assert.equal(identifyArch([' [<0000000000a225ee>] __do_syscall+0x1f6/0x220 ']), 's390x')
  assert.equal(identifyArch(['[<ffffffff8146c474>] syscall_common+0x34/0x58']), 'mips64')
  assert.equal(identifyArch([' entry_SYSENTER_32+0x98/0xfb']), 'i386')
})

test('else the name of the kernel', () => {
  const named = (release: string) => identifyArch([`CPU: 0 PID: 1 Comm: init Not tainted ${release} #1`])
  assert.equal(named('6.1.0-56-amd64'), 'x86_64')
  assert.equal(named('3.10.0-54.0.1.el7.s390x'), 's390x')
  assert.equal(named('6.1.0-50-686-pae'), 'i386')
  assert.equal(named('3.17.8-300.fc21.armv7hl'), 'arm')
  assert.equal(named('6.1.0-50-powerpc64le'), 'powerpc64')
  assert.equal(named('6.1.0-50-5kc-malta'), 'mips64')
  assert.equal(named('6.12.9'), undefined)
})

test('else the marks that only x86 puts into a trace', () => {
  const trace = [' <TASK>', ' ? kthread+0x10/0x20', 'RSI 0']
  assert.equal(identifyArch(trace), undefined)
  assert.equal(identifyArch([...trace, ' ffff888012345678 0000000000000000']), 'x86_64')
  assert.equal(identifyArch([' [<c0123456>] ? kthread+0x10/0x20']), 'i386')
})

test('a system call of a 32-bit program does not make a 64-bit kernel one of 32', () => {
  assert.equal(
    identifyArch([' do_fast_syscall_32+0x2f/0x80', ' entry_SYSENTER_compat+0x50/0x5f', 'RIP: 0023:0xf7facc79']),
    'x86_64',
  )
})

test('nothing is made of nothing', () => {
  assert.equal(identifyArch([]), undefined)
  assert.equal(identifyArch(['', 'hello', 'WARNING: at kernel/foo.c:1']), undefined)
})
