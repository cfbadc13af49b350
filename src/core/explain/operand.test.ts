import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { decodeBytes } from '../decoder.ts'
import type { Report } from '../model.ts'
import { explainOperand, memoryOperand } from './operand.ts'

const kinds = join(import.meta.dirname, '..', '..', '..', 'fixtures', 'kinds')

/** The first report of a fixture, with what a disassembler says of the instruction that failed. */
function reportWith(name: string, text: string): Report {
  const [report] = decodeBytes(readFileSync(join(kinds, name, 'input.log')))
  assert.ok(report)
  return { ...report, code: { bytes: '', unitBytes: 1, instructions: [{ bytes: '', text, fault: true }] } }
}

test('the register that held the pointer, on machines of each form of operand', () => {
  const said: [string, string, RegExp][] = [
    [
      'null-dereference/x86_64-6.1-read-in-module',
      'mov 0x50(%rax),%rax',
      /^RAX \+ 0x50 is 0x50, where the fault is: RAX = 0x0$/,
    ],
    ['null-dereference/arm64-6.1-read', 'ldr x0, [x0, #0x50]', /^x0 \+ 0x50 is 0x50, where the fault is/],
    ['null-dereference/arm-6.1-domain-fault-in-kthread', 'str r2, [r3]', /^r3 is 0x0, where the fault is/],
    ['null-dereference/mips64-6.1-read', 'ld $v0, 0x50($v0)', /^\$2 \+ 0x50 is 0x50/],
    ['null-dereference/s390x-6.1-write', 'mvhi 0(%r1), 0x1234', /^GPR1 is 0x0, where/],
    ['general-protection/x86_64-6.12-poison', 'mov 0x8(%rbx),%rax', /RBX = 0x6b6b6b6b6b6b6b6b$/],
  ]
  for (const [name, text, because] of said) {
    const finding = explainOperand(reportWith(name, text))
    assert.match(finding?.because ?? 'nothing', because, name)
    assert.equal(finding?.confidence, 'certain')
    assert.ok(finding.evidence.length > 0)
  }
})

test('nothing is said where operand and address do not agree, or the operand is none', () => {
  const name = 'null-dereference/x86_64-6.1-read-in-module'
  for (const text of [
    'mov 0x58(%rsi),%rax',
    'mov %gs:0x50(%rax),%rax',
    'ud2',
    'call 0xffffffff81000000',
    'nopl 0x50(%rax)',
    'mov 0x50(%rip),%rax',
  ]) {
    assert.equal(explainOperand(reportWith(name, text)), undefined, text)
  }
  assert.equal(explainOperand({ ...reportWith(name, 'mov 0x50(%rax),%rax'), registers: {} }), undefined)
})

test('operands as the disassemblers write them', () => {
  const operand = (arch: string, text: string) => memoryOperand(arch, text)
  assert.deepEqual(operand('x86_64', 'movzbl -0x10(%r8,%rcx,4),%eax'), {
    base: 'r8',
    index: 'rcx',
    scale: 4n,
    displacement: -16n,
  })
  assert.deepEqual(operand('x86_64', 'cmpb $0x0,(%rdx,%rax,1)'), {
    base: 'rdx',
    index: 'rax',
    scale: 1n,
    displacement: 0n,
  })
  assert.deepEqual(operand('arm64', 'ldr x1, [x2, x3, lsl #3]'), {
    base: 'x2',
    index: 'x3',
    scale: 8n,
    displacement: 0n,
  })
  assert.deepEqual(operand('powerpc', 'lwz r3, 0x3c(r9)'), { base: 'r9', scale: 1n, displacement: 60n })
  assert.deepEqual(operand('s390x', 'lg %r1, 80(%r2,%r3)'), { base: 'r2', index: 'r3', scale: 1n, displacement: 80n })
  assert.equal(operand('arm64', 'ldr x0, [x1], #8'), undefined)
  assert.equal(operand('arm64', 'ldr x0, [x1, #8]!'), undefined)
  assert.equal(operand('x86_64', 'lea 0x8(%rax),%rbx'), undefined)
  assert.equal(operand('alpha', 'ldq t0,8(a0)'), undefined)
})
