// wtmp as utmpdump(1) writes it, and in the other layouts.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import fc from 'fast-check'
import { utmpBytes } from '../../../tests/utmp-writer.ts'
import { readUtmp, utmpTypes } from './utmp.ts'

const boot = { type: utmpTypes.boot, pid: 0, line: '~', user: 'reboot', host: '6.1.0-32-amd64', at: 1_795_330_000_000 }
const shutdown = { type: utmpTypes.runLevel, pid: 0, line: '~', user: 'shutdown', host: '6.1.0', at: 1_795_330_600_500 }

test('every layout and byte order is told by its content', () => {
  for (const wide of [false, true]) {
    for (const order of ['little', 'big'] as const) {
      const records = readUtmp(utmpBytes([boot, shutdown], { wide, order }))
      assert.deepEqual(records, [boot, shutdown], `${wide} ${order}`)
    }
  }
})

test('what utmpdump makes of text', t => {
  const text =
    '[2] [00000] [~~  ] [reboot  ] [~           ] [6.1.0-32-amd64      ] [0.0.0.0        ] [2026-11-20T10:00:00,000000+00:00]\n'
  const { stdout, error } = spawnSync('utmpdump', ['-r'], { input: text })
  if (error) return t.skip('utmpdump of util-linux is not there')
  assert.deepEqual(readUtmp(stdout), [{ ...boot, at: Date.parse('2026-11-20T10:00:00Z') }])
})

test('a torn last record, zeros and noise', () => {
  assert.equal(readUtmp(utmpBytes([boot, shutdown]).subarray(0, 700)).length, 1)
  assert.deepEqual(readUtmp(new Uint8Array(3840)), [])
  fc.assert(fc.property(fc.uint8Array({ maxLength: 2000 }), bytes => void readUtmp(bytes)))
})
