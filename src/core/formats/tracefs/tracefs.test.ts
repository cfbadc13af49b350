import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { fieldReader, parseEventFormat } from './event-format.ts'
import { parseHeaderPage, readRingPage } from './ring-page.ts'

const headerPage = `	field: u64 timestamp;	offset:0;	size:8;	signed:0;
	field: local_t commit;	offset:8;	size:8;	signed:1;
	field: int overwrite;	offset:8;	size:1;	signed:1;
	field: char data;	offset:16;	size:4080;	signed:0;
`
const little = parseHeaderPage(headerPage, 'little')!
const big = parseHeaderPage(headerPage, 'big')!

test('header_page tells where the page has its fields, of 32-bit kernels too', () => {
  assert.deepEqual(little, { commit: { offset: 8, bytes: 8 }, dataOffset: 16, pageBytes: 4096, order: 'little' })
  const narrow = headerPage
    .replace('size:8;	signed:1', 'size:4;	signed:1')
    .replace('offset:16;	size:4080', 'offset:12;	size:4084')
  assert.deepEqual(parseHeaderPage(narrow, 'big'), {
    ...{ commit: { offset: 8, bytes: 4 }, dataOffset: 12, pageBytes: 4096, order: 'big' },
  })
  assert.equal(parseHeaderPage('no such thing', 'big'), undefined)
})

const format = `name: mark_victim
ID: 609
format:
	field:unsigned short common_type;	offset:0;	size:2;	signed:0;
	field:int common_pid;	offset:4;	size:4;	signed:1;

	field:int pid;	offset:8;	size:4;	signed:1;
	field:__data_loc char[] comm;	offset:12;	size:4;	signed:0;
	field:unsigned long total_vm;	offset:16;	size:8;	signed:0;
	field:short oom_score_adj;	offset:24;	size:2;	signed:1;
	field:u8 header[4];	offset:26;	size:4;	signed:0;
	field:__rel_loc char[] name;	offset:32;	size:4;	signed:0;
	field:unsigned long args[2];	offset:40;	size:16;	signed:0;

print fmt: "pid=%d %s", REC->pid, __print_symbolic(REC->oom_score_adj, { 0, "usual" }, { 0x10, "more, {or} less" })
`

for (const order of ['little', 'big'] as const) {
  test(`fields of a record of a ${order}-endian machine`, () => {
    const parsed = parseEventFormat(format)!
    assert.deepEqual([parsed.name, parsed.id, parsed.fields.length], ['mark_victim', 609, 9])
    assert.deepEqual(
      [...(parsed.names.get('oom_score_adj') ?? [])],
      [
        [0, 'usual'],
        [16, 'more, {or} less'],
      ],
    )
    const bytes = new Uint8Array(100)
    const view = new DataView(bytes.buffer)
    const at = 8
    const isLittle = order === 'little'
    view.setInt32(at + 8, -5, isLittle)
    view.setUint32(at + 12, (6 << 16) | 60, isLittle)
    bytes.set(new TextEncoder().encode('bash\0'), at + 60)
    view.setBigUint64(at + 16, 0xffffffff81000000n, isLittle)
    view.setInt16(at + 24, -1000, isLittle)
    bytes.set(new TextEncoder().encode('ab\0c'), at + 26)
    // counted from behind the field itself
    view.setUint32(at + 32, (3 << 16) | (70 - 36), isLittle)
    bytes.set(new TextEncoder().encode('xy\0'), at + 70)
    view.setBigUint64(at + 40, 7n, isLittle)
    view.setBigUint64(at + 48, 9n, isLittle)
    const values = Object.fromEntries(
      parsed.fields.map(field => [field.name, fieldReader(field, order)(view, at, bytes.length)]),
    )
    assert.deepEqual(values, {
      ...{ common_type: 0, common_pid: 0, pid: -5, comm: 'bash', total_vm: 0xffffffff81000000n, oom_score_adj: -1000 },
      ...{ header: 'ab', name: 'xy', args: [7, 9] },
    })
  })
}

type Step = { record: number } | { extend: [number, number] } | { stamp: bigint } | { gap: number }

/** A page as kernel/trace/ring_buffer.c writes it. */
function pageOf(order: 'little' | 'big', stamp: bigint, steps: readonly Step[], missed?: number): Uint8Array {
  const page = new Uint8Array(4096)
  const view = new DataView(page.buffer)
  const isLittle = order === 'little'
  const head = (kind: number, delta: number): number => (isLittle ? (delta << 5) | kind : (kind << 27) | delta) >>> 0
  view.setBigUint64(0, stamp, isLittle)
  let at = 16
  for (const step of steps) {
    if ('record' in step) {
      view.setUint32(at, head(step.record / 4, 10), isLittle)
      at += 4 + step.record
    } else if ('extend' in step) {
      view.setUint32(at, head(30, step.extend[0]), isLittle)
      view.setUint32(at + 4, step.extend[1], isLittle)
      at += 8
    } else if ('stamp' in step) {
      view.setUint32(at, head(31, Number(step.stamp & 0x7ffffffn)), isLittle)
      view.setUint32(at + 4, Number((step.stamp >> 27n) & 0xffffffffn), isLittle)
      at += 8
    } else {
      view.setUint32(at, head(29, 5), isLittle)
      view.setUint32(at + 4, step.gap, isLittle)
      at += 4 + step.gap
    }
  }
  const flags = missed === undefined ? 0n : 0xc0000000n
  view.setBigUint64(8, BigInt(at - 16) | flags, isLittle)
  if (missed !== undefined) view.setBigUint64(at, BigInt(missed), isLittle)
  return page
}

for (const [order, layout] of [
  ['little', little],
  ['big', big],
] as const) {
  test(`a page of a ${order}-endian machine: deltas, long gaps, absolute stamps, records taken back, losses`, () => {
    const steps: Step[] = [
      { record: 8 },
      { extend: [3, 2] },
      { record: 12 },
      { gap: 12 },
      { record: 8 },
      { stamp: 900_000_000_000n },
      { record: 8 },
    ]
    const page = readRingPage(pageOf(order, 1000n, steps, 17), layout, 500n)
    assert.equal(page.missed, 17)
    assert.equal(page.damaged, false)
    const second = 510 + 3 + 2 * 2 ** 27 + 10
    assert.deepEqual(
      page.records.map(({ ns, start, end }) => [ns, start, end - start]),
      [
        [510, 20, 8],
        [second, 40, 12],
        [second + 15, 72, 8],
        [899_999_999_510, 92, 8],
      ],
    )
  })
}

test('any bytes are a page without a throw, and records lie within it', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 4096 }), fc.nat(4096), (bytes, commit) => {
      const page = Uint8Array.from(bytes)
      if (page.length > 16) new DataView(page.buffer).setUint32(8, commit, true)
      for (const { start, end } of readRingPage(page, little, 0n).records) assert.ok(start >= 16 && end <= page.length)
    }),
    { numRuns: 3000 },
  )
})

const corpus = join(import.meta.dirname, '../../../../../shared/corpus/lab/x86_64/tracefs/format')
test('format files of a real kernel', { skip: existsSync(corpus) ? false : 'the corpus is not here' }, () => {
  const probe = parseEventFormat(readFileSync(join(corpus, 'kprobe-do_exit.format'), 'latin1'))
  assert.deepEqual(probe?.fields.map(({ name, offset, size, signed }) => [name, offset, size, signed]).slice(-2), [
    ['__probe_ip', 8, 8, false],
    ['code', 16, 8, true],
  ])
})
