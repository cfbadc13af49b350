import assert from 'node:assert/strict'
import { test } from 'node:test'
import { areas } from '../arch/areas.ts'
import type { Report } from '../model.ts'
import { explain } from './index.ts'

const reportOf = (more: Partial<Report>): Report =>
  ({
    kind: 'page-fault',
    severity: 'oops',
    title: 'BUG: unable to handle kernel paging request in broken',
    altTitles: [],
    lines: { first: 7, last: 9 },
    text: 'BUG: unable to handle page fault\nCode: …',
    arch: 'x86_64',
    ...more,
  }) as Report
const said = (more: Partial<Report>): string | undefined => explain(reportOf(more))[0]?.what
const at = (address: string, decoded: string[] = []): Partial<Report> => ({
  fault: { address, access: 'read', mode: 'kernel', decoded },
})

test('areas ascend and do not overlap, but for those that KASLR shifts', () => {
  for (const [arch, list] of Object.entries(areas)) {
    for (const [index, { first, last }] of list.entries()) {
      assert.ok(first < last, arch)
      if (arch !== 'x86_64' && index > 0) assert.ok(first > list[index - 1]!.last, `${arch} ${first.toString(16)}`)
    }
  }
})

test('where a fault lies says what is missing there', () => {
  assert.match(said(at('0xffffc90000a1f000'))!, /vmalloc\(\) or ioremap\(\) was used where none is mapped/)
  assert.match(said(at('0xffffea0004000008'))!, /vmalloc|struct page/)
  assert.match(said(at('0xffff888216edd110'))!, /through the direct map/)
  assert.match(said(at('0xffffffffc0a01000'))!, /address of modules/)
  assert.match(said(at('0x1122334455667788'))!, /no address at all/)
  assert.match(said(at('0xffffffff81a00000', ['permissions violation']))!, /mapped not to be: the kernel image/)
  assert.match(said({ ...at('0xd0000000'), arch: 'arm' })!, /direct map/)
  // A tag of the hardware is no part of the address.
  assert.match(said({ ...at('0xf7ff000004a1b2c0'), arch: 'arm64' })!, /direct map/)
  // What another rule knows better stays so.
  assert.match(said(at('0x50'))!, /NULL pointer/)
  assert.equal(said({ ...at('0xffff888216edd110'), kind: 'kasan' }), undefined)
})

test('the stack pointer against the bounds of the stack', () => {
  const fault = at('0xffffc90000643ff8')
  const overflow = explain(reportOf({ ...fault, registers: { RSP: '0xffffc90000644010' } }))
  assert.match(overflow.map(({ what }) => what).join(), /guards the end of the stack/)
  const behind = explain(reportOf({ ...at('0xffffc90000648000'), registers: { RSP: '0xffffc90000647d98' } }))
  assert.match(behind.map(({ what }) => what).join(), /behind the beginning of the stack/)
  const limit = explain(
    reportOf({
      ...at('0xc0800000'),
      arch: 'arm',
      text: 'Process sh (pid: 85, stack limit = 0xc5f64000)',
      registers: { sp: '0xc5f63f10' },
    }),
  )
  assert.match(limit.find(({ what }) => what.includes('stack'))!.because, /240 bytes below the stack's limit/)
  const hashed = explain(
    reportOf({ arch: 'arm', text: 'Process sh (pid: 85, stack limit = 0x3e2cb9ed)', registers: { sp: '0xc5f63f10' } }),
  )
  assert.ok(!hashed.some(({ what }) => what.includes('stack')))
})

test('init memory that was freed', () => {
  const code = { bytes: new Array(24).fill('cc').join(' '), unitBytes: 1, faultIndex: 4 }
  assert.match(
    said({ code, pc: { symbol: 'setup_once', offset: 4 } })!,
    /__init was called after it was freed: setup_once/,
  )
  assert.equal(said({ code: { ...code, bytes: `90 ${code.bytes}`, faultIndex: 0 } }), undefined)
})

test('the shadow of a member of NULL, as older arm64 kernels place it', () => {
  assert.match(said({ ...at('0xdfffa00000000003'), arch: 'arm64' })!, /member at offset 0x18 to 0x1f/)
})
