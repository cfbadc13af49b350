// A report stays whole where other output stands in its midst, whatever brought the lines.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { decodeBytes } from '../src/core/decoder.ts'
import { frameSymbols } from './corpus/functions.ts'
import {
  journalJson,
  journalShort,
  kmsgRecords,
  netconsoleExtended,
  rfc3164,
  rfc5424,
  stampsRemoved,
} from './transports.ts'

const report = readFileSync(new URL('../fixtures/kinds/warning/x86_64-6.1-module/input.log', import.meta.url), 'utf8')
const lines = report.trimEnd().split('\n')
const bare = decodeBytes(new TextEncoder().encode(report))
const frames = frameSymbols(bare[0])

const header = lines.findIndex(line => line.includes('WARNING: CPU'))
const title = lines.findIndex(line => line.endsWith('Call Trace:'))
const chatter = (count: number): string[] => Array.from({ length: count }, (_, i) => `program ${i % 7}: step ${i} done`)
const withChatter = (at: number, count: number): string =>
  [...lines.slice(0, at), ...chatter(count), ...lines.slice(at), ''].join('\n')

function assertWhole(input: Uint8Array, name: string): void {
  const reports = decodeBytes(input)
  assert.deepEqual(
    reports.map(one => one.title),
    [bare[0]!.title],
    name,
  )
  assert.deepEqual(frameSymbols(reports[0]), frames, name)
}

test('sixty lines of a program between the title of a trace and its frames', () => {
  assert.ok(frames.length > 5)
  const log = withChatter(title + 1, 60)
  for (const wrap of [stampsRemoved, journalShort, kmsgRecords]) assertWhole(wrap(log), wrap.name)
})

test('a login prompt before the header, in transports that name a host or number their records', () => {
  const log = lines.map((line, index) => (index === header ? `board login: ${line}` : line)).join('\n')
  for (const wrap of [rfc3164, rfc5424, journalShort, journalJson, kmsgRecords, netconsoleExtended])
    assertWhole(wrap(`${log}\n`), wrap.name)
})

test('the panic that ends a report is its own however many bytes the transport takes for a line', () => {
  const at = lines.findIndex(line => line.includes('Modules linked in'))
  const panic = '[    4.933500] Kernel panic - not syncing: panic_on_warn set ...'
  const log = [...lines.slice(0, at), ...chatter(60), panic, ...lines.slice(at), ''].join('\n')
  for (const wrap of [rfc3164, journalJson]) assertWhole(wrap(log), wrap.name)
})
