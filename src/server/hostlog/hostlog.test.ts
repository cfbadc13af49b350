// A host's log: each record once and in order whatever is sent again, what is lost counted, every page and filter the same
// as over the plain list.

import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import type { KeptRecord } from '../../core/log/kept-record.ts'
import { lineOfRecord, recordOfLine } from '../../core/log/kept-record.ts'
import { hostRow } from '../issues/machines.ts'
import { newId } from '../store/id.ts'
import { openStore, type Store } from '../store/store.ts'
import { appendLog, nextOf } from './append.ts'
import { CHUNK_BYTES } from './chunk.ts'
import { type LogFilter, type LogRow, readBackward, readForward } from './read.ts'

const base = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'faultline-hostlog-'))
let store: Store
before(async () => {
  store = await openStore(base)
})
after(async () => {
  await store.close()
  rmSync(base, { recursive: true })
})

const newHost = (): Promise<string> => store.write(tx => hostRow(tx, newId(), '', Date.now()))

const record = (sequence: number, text = `record ${sequence}`): KeptRecord => ({
  sequence,
  at: 1_700_000_000_000 + sequence * 10,
  sinceBootUs: sequence * 10_000,
  level: sequence % 8,
  facility: 0,
  text,
})
const some = (from: number, to: number, text?: string): KeptRecord[] =>
  Array.from({ length: to - from }, (_, index) => record(from + index, text))

async function all(host: string, filter: LogFilter, limit: number): Promise<LogRow[]> {
  const rows: LogRow[] = []
  let cursor: string | undefined
  for (let pages = 0; pages < 10_000; pages++) {
    const page = await readBackward(store.db, host, filter, limit, cursor)
    rows.unshift(...page.records)
    cursor = page.older
    if (cursor === undefined) return rows
  }
  assert.fail('it does not end')
}

async function onward(host: string, filter: LogFilter, limit: number, from = '0:0'): Promise<LogRow[]> {
  const rows: LogRow[] = []
  for (let cursor = from; ; ) {
    const page = await readForward(store.db, host, filter, limit, cursor)
    rows.push(...page.records)
    cursor = page.newer
    if (!page.more) return rows
  }
}

test('what is sent again is passed over; gaps are counted, at their place', async () => {
  const host = await newHost()
  assert.equal(await nextOf(store.db, host, 'boot'), undefined)
  assert.deepEqual(await appendLog(store, host, 'boot', some(5, 10)), { next: 10, taken: 5 })
  assert.deepEqual(await appendLog(store, host, 'boot', some(5, 12)), { next: 12, taken: 2 })
  assert.deepEqual(await appendLog(store, host, 'boot', some(5, 12)), { next: 12, taken: 0 })
  assert.deepEqual(await appendLog(store, host, 'boot', [record(15), record(20)], 15), { next: 21, taken: 2 })
  assert.equal(await nextOf(store.db, host, 'boot'), 21)
  const rows = await all(host, {}, 3)
  assert.deepEqual(
    rows.map(({ sequence, missingBefore }) => [sequence, missingBefore ?? 0]),
    [...[5, 6, 7, 8, 9, 10, 11].map(sequence => [sequence, 0]), [15, 3], [20, 4]],
  )
  const stream = await store.db.selectFrom('log_streams').selectAll().where('host_id', '=', host).executeTakeFirst()
  assert.equal(stream?.missing, 7)
  assert.equal(stream?.records, 9)
  await assert.rejects(appendLog(store, host, 'boot', [record(30), record(30)]), /growing/)
  await assert.rejects(appendLog(store, host, '../x', [record(30)]), /boot/)
})

test('a live log of small pieces becomes chunks with one row each', async () => {
  const host = await newHost()
  const text = 'x'.repeat(200)
  let sent = 0
  for (let each = 0; each < 400; each++) {
    await appendLog(store, host, 'boot', some(sent, sent + 10, text))
    sent += 10
  }
  await appendLog(store, host, 'boot', some(sent, sent + 5000, text))
  sent += 5000
  const chunks = await store.db
    .selectFrom('log_chunks')
    .selectAll()
    .where('host_id', '=', host)
    .orderBy('first_sequence')
    .execute()
  const closed = chunks.filter(({ open }) => open === 0)
  assert.ok(closed.length >= 7)
  for (const { raw_bytes } of closed)
    assert.ok(raw_bytes >= CHUNK_BYTES && raw_bytes < CHUNK_BYTES * 1.1, `${raw_bytes}`)
  assert.ok(chunks.length - closed.length <= 1)
  assert.equal(
    chunks.reduce((sum, { records }) => sum + records, 0),
    sent,
  )
  const rows = await all(host, {}, 997)
  assert.deepEqual(
    rows.map(({ sequence }) => sequence),
    Array.from({ length: sent }, (_, index) => index),
  )
})

test('every page, filter and direction gives what a plain list would; boots one behind the other', async () => {
  const host = await newHost()
  const wanted: LogRow[] = []
  for (const boot of ['one', 'two', 'three']) {
    for (const from of [0, 300, 700]) {
      const records = some(from, from + 200).map(each => ({ ...each, text: `${boot} Word${each.sequence % 7}` }))
      await appendLog(store, host, boot, records)
      wanted.push(...records.map(each => ({ ...each, boot })))
    }
  }
  const plain = ({ missingBefore: _, ...row }: LogRow): LogRow => row
  const filters: LogFilter[] = [
    {},
    { level: 3 },
    { text: 'WORD3 two' },
    { boot: 'two' },
    { boot: 'none' },
    { since: record(350).at, until: record(800).at, level: 5 },
    { text: 'nowhere' },
  ]
  const fits = (row: LogRow, { level, text, boot, since, until }: LogFilter): boolean =>
    (level === undefined || row.level! <= level) &&
    (boot === undefined || row.boot === boot) &&
    (since === undefined || row.at >= since) &&
    (until === undefined || row.at <= until) &&
    (text ?? '').split(' ').every(word => row.text.toLowerCase().includes(word.toLowerCase()))
  for (const filter of filters) {
    const right = wanted.filter(row => fits(row, filter))
    for (const limit of [1, 100, 2000].slice(right.length > 300 ? 1 : 0)) {
      assert.deepEqual((await all(host, filter, limit)).map(plain), right, JSON.stringify(filter))
      assert.deepEqual((await onward(host, filter, limit)).map(plain), right, JSON.stringify(filter))
    }
  }
})

test('a record is the same after its line; no line makes it fail', () => {
  const some = fc.record(
    {
      sequence: fc.nat(),
      at: fc.nat(),
      sinceBootUs: fc.nat(),
      level: fc.nat(7),
      facility: fc.nat(127),
      text: fc.string({ unit: 'binary', maxLength: 200 }),
      caller: fc.string({ maxLength: 10 }),
    },
    { noNullPrototype: true },
  )
  fc.assert(fc.property(some, each => assert.deepEqual(recordOfLine(lineOfRecord(each)), each)))
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), line => void recordOfLine(line)))
})
