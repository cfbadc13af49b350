// Reports made by hand after the kernel's formats, for tests of what draws them; and one whose every text is hostile.

import type { Report } from '../../src/core/model.ts'

export const nullDereference: Report = {
  schema: 'faultline.report/1',
  source: { file: 'logs/oops.log', transport: 'printk', host: 'lab1' },
  kind: 'null-dereference',
  severity: 'oops',
  title: 'BUG: unable to handle kernel NULL pointer dereference in fl_null_read',
  altTitles: ['BUG: unable to handle kernel paging request in fl_null_read'],
  fatal: false,
  arch: 'x86_64',
  kernel: {
    release: '6.1.0-56-amd64',
    build: '#1 Debian 6.1.192-2',
    tainted: [
      { flag: 'D', meaning: 'the kernel died before' },
      { flag: 'O', meaning: 'out-of-tree module' },
    ],
    hardware: 'QEMU Standard PC (Q35 + ICH9, 2009), BIOS 1.16.2-debian-1.16.2-1 04/01/2014',
    options: ['PREEMPT', 'SMP'],
  },
  task: { comm: 'sh', pid: 135, cpu: 0, uid: 0 },
  time: { sinceBootUs: 9_231_914, wall: '2026-08-20T11:02:03Z' },
  fault: {
    address: '0x0000000000000050',
    access: 'read',
    mode: 'kernel',
    code: '0x0000',
    decoded: ['supervisor read access in kernel mode', 'not-present page'],
  },
  pc: { symbol: 'fl_null_read.isra.0', offset: 12, size: 32, module: 'fltrig' },
  registers: { RAX: '0x0000000000000000', RBX: '0xffffc90000637b78', CR2: '0x0000000000000050' },
  registerSets: [
    {
      mode: 'kernel',
      values: {
        RAX: '0x0000000000000000',
        RBX: '0xffffc90000637b78',
        EFLAGS: '0x00000246',
        CR2: '0x0000000000000050',
      },
      decoded: { EFLAGS: ['PF', 'ZF', 'IF'] },
    },
  ],
  traces: [
    {
      title: 'Call Trace',
      context: 'irq',
      frames: [
        {
          symbol: 'fl_null_read.isra.0',
          offset: 12,
          size: 32,
          module: 'fltrig',
          reliable: true,
          place: { file: 'src/fltrig.c', line: 120 },
          inlines: [{ file: 'include/linux/list.h', line: 88, function: 'list_del' }],
        },
        { symbol: 'fl_run', offset: 0x138, size: 0x51a, module: 'fltrig', reliable: true },
        { symbol: 'handle_mm_fault', offset: 0xdb, size: 0x2d0, reliable: false },
      ],
    },
    {
      title: 'Call Trace',
      context: 'task',
      frames: [
        { symbol: 'vfs_write', offset: 0xc7, size: 0x3f0, reliable: true },
        { symbol: 'entry_SYSCALL_64_after_hwframe', offset: 0x6e, size: 0xd8, reliable: true, line: 30 },
      ],
    },
  ],
  sourceLines: {
    file: 'fltrig.c',
    line: 98,
    first: 96,
    lines: ['static noinline int fl_null_read(void)', '{', '\treturn READ_ONCE(node->value);', '}'],
  },
  code: { bytes: '00 00 48 8b 05 74 23 00 00 48 8b 40 50 c3 cc', unitBytes: 1, faultIndex: 9 },
  stack: {
    address: '0xffffc90000637cf0',
    words: [{ value: 'ffffc90000637d08' }, { value: 'ffffffffc0202395', meaning: 'fl_run+0x138/0x51a [fltrig]' }],
  },
  modules: [{ name: 'fltrig', taint: 'OE' }, { name: 'virtio_net' }],
  lastUnloaded: 'lkdtm',
  stages: [
    { kind: 'oops', title: 'Oops: 0000 [#2] PREEMPT SMP NOPTI', line: 13 },
    { kind: 'panic', title: 'Kernel panic - not syncing: Fatal exception', line: 74 },
  ],
  damage: [{ what: 'missing-end', line: 75 }],
  lines: { first: 12, last: 15 },
  span: { start: 600, end: 1200 },
  text: [
    'BUG: kernel NULL pointer dereference, address: 0000000000000050',
    'Oops: 0000 [#2] PREEMPT SMP NOPTI',
    'RIP: 0010:fl_null_read.isra.0+0xc/0x20 [fltrig]',
    'note: sh[135] exited with irqs disabled',
  ].join('\n'),
  fingerprint: '4f7d0c2a91b3',
  findings: [
    { what: 'member at offset 0x50 of a NULL pointer', because: 'CR2 is 0x50', evidence: [12], confidence: 'likely' },
  ],
}

export const outOfMemory: Report = {
  schema: 'faultline.report/1',
  source: { file: '-' },
  kind: 'oom-kill',
  severity: 'oom',
  title: 'Out of memory: Killed process (stress)',
  altTitles: [],
  fatal: false,
  task: { comm: 'stress', pid: 512 },
  memory: {
    order: 0,
    mode: '0x140dca(GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO)',
    gfp: ['GFP_HIGHUSER_MOVABLE', '__GFP_COMP', '__GFP_ZERO'],
    constraint: 'CONSTRAINT_MEMCG',
    oomCgroup: '/system.slice/job.service',
    zones: [
      { node: 0, zone: 'DMA32', freeKb: 900, minKb: 1024, lowKb: 1280, highKb: 1536, managedKb: 393216 },
      { node: 0, zone: 'Normal', freeKb: 9000, minKb: 1024, lowKb: 1280, highKb: 1536, managedKb: 393216 },
    ],
    tasks: [
      { pid: 1, comm: 'init', rssPages: 12, oomScoreAdj: 0 },
      { pid: 512, comm: 'stress', rssPages: 90000, oomScoreAdj: 0 },
    ],
    totals: { freeKb: 9900, slabKb: 20480 },
    freeLists: [{ node: 0, zone: 'DMA32', blocks: { 4: 2, 8: 1 }, totalKb: 16 }],
    victim: { comm: 'stress', pid: 512, uid: 0, totalVmKb: 1048576, anonRssKb: 360000 },
  },
  lines: { first: 1, last: 1 },
  span: { start: 0, end: 80 },
  text: 'stress invoked oom-killer: gfp_mask=0x140dca, order=0, oom_score_adj=0',
  fingerprint: 'aa00',
}

export const circularLocking: Report = {
  schema: 'faultline.report/1',
  source: { file: 'lockdep.log' },
  kind: 'lockdep',
  severity: 'warning',
  title: 'possible deadlock in b_then_a',
  altTitles: [],
  fatal: true,
  locks: {
    chain: [
      { name: 'lock_a', state: '{3:3}', at: { symbol: 'a_then_b', offset: 16, size: 64 } },
      { name: 'lock_b', state: '{3:3}' },
    ],
    held: [{ name: 'lock_b', heldBy: 'sh/77', address: '0xffff888012345678' }],
  },
  lines: { first: 3, last: 4 },
  span: { start: 10, end: 90 },
  text: '======================================\nWARNING: possible circular locking dependency detected',
  fingerprint: 'bb01',
}

export const samples: readonly Report[] = [nullDereference, outOfMemory, circularLocking]

/** The same report with every text of the log replaced; the words of ours (kind, severity…) stay. */
export function withText(report: Report, text: string): Report {
  const replaced = (value: unknown, key: string): unknown => {
    if (Array.isArray(value)) return value.map(each => replaced(each, key))
    if (value !== null && typeof value === 'object') {
      return Object.fromEntries(
        Object.entries(value).map(([name, inner]) => [inLog.has(key) ? `${name}${text}` : name, replaced(inner, name)]),
      )
    }
    return typeof value === 'string' && !ours.has(key) ? text : value
  }
  return replaced(report, '') as Report
}

const ours = new Set([
  'schema',
  'kind',
  'severity',
  'arch',
  'mode',
  'access',
  'context',
  'what',
  'unknown',
  'confidence',
])
/** records whose keys are the log's own words */
const inLog = new Set(['values', 'registers', 'decoded', 'blocks', 'totals'])
