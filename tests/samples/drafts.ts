// Drafts for tests and benches: a small report as the decoder makes it.

import type { Draft } from '../../src/agent/bundles/bundle.ts'
import { decodeBytes } from '../../src/core/decoder.ts'

export const sampleLog = `[   12.000001] BUG: kernel NULL pointer dereference, address: 0000000000000008
[   12.000002] #PF: supervisor read access in kernel mode
[   12.000003] #PF: error_code(0x0000) - not-present page
[   12.000004] Oops: 0000 [#1] PREEMPT SMP NOPTI
[   12.000005] CPU: 0 PID: 77 Comm: insmod Tainted: G           OE      6.1.0 #1
[   12.000006] RIP: 0010:fl_read+0x14/0x30 [fl]
[   12.000007] Call Trace:
[   12.000008]  <TASK>
[   12.000009]  do_one_initcall+0x44/0x200
[   12.000010]  </TASK>
[   12.000011] ---[ end trace 0000000000000000 ]---
`

const bytes = Buffer.from(sampleLog)
const [report] = decodeBytes(bytes)

/** The draft of one exception; what differs is given. */
export const sampleDraft = (change: Partial<Draft> = {}, origin: Partial<Draft['origin']> = {}): Draft => ({
  report: report!,
  excerpt: bytes,
  context: Buffer.from('[   11.000000] before\n'),
  ...change,
  origin: {
    source: 'kmsg',
    host: 'board',
    bootId: '1f0c9a3e-1111-4222-8333-444455556666',
    lost: 0,
    capturedAt: '2026-11-29T06:04:16.000Z',
    endedBy: 'end',
    agent: { version: 'test' },
    ...origin,
  },
})
