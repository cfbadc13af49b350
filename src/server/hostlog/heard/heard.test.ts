// Logs of machines that are only heard, in the store: in order, under the host that their exceptions are of, over a restart of
// the server, and bounded whoever speaks.

import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { LogRecord } from '../../../core/model.ts'
import { hostRow } from '../../issues/machines.ts'
import { hostDetail } from '../../machines/detail.ts'
import { removeHost } from '../../machines/remove.ts'
import { openStore, type Store } from '../../store/store.ts'
import { CHUNK_BYTES } from '../chunk.ts'
import { type LogRow, readBackward } from '../read.ts'
import { HeardLogs, type HeardLogsOptions } from './logs.ts'

const OWN = 'server'

async function storeOf(context: TestContext): Promise<Store> {
  const base = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'faultline-heard-'))
  const store = await openStore(base)
  context.after(async () => {
    await store.close()
    rmSync(base, { recursive: true })
  })
  return store
}

const hearerOf = (store: Store) => async () => ({
  name: OWN,
  hostId: await store.write(tx => hostRow(tx, OWN, '', Date.now())),
})

async function opened(store: Store, more: Partial<HeardLogsOptions> = {}): Promise<HeardLogs> {
  const say = (message: string): void => assert.fail(message)
  return HeardLogs.open({ store, say, own: OWN, hearer: hearerOf(store), level: 7, ...more })
}

const record = (host: string, more: Partial<LogRecord> = {}): LogRecord => ({
  ...{ host, text: 'words', line: 1, span: { start: 0, end: 0 }, transport: 'kmsg', level: 6, facility: 0 },
  ...more,
})

async function idOf(store: Store, name: string, via?: string): Promise<string | undefined> {
  const hosts = store.db.selectFrom('hosts').select('id').where('name', '=', name)
  return (await (via === undefined ? hosts : hosts.where('via', '=', via)).executeTakeFirst())?.id
}

async function logOf(store: Store, name: string): Promise<LogRow[]> {
  const id = await idOf(store, name)
  const rows: LogRow[] = []
  if (id === undefined) return rows
  for (let before: string | undefined, more = true; more; ) {
    const page = await readBackward(store.db, id, {}, 1000, before)
    rows.unshift(...page.records)
    before = page.older
    more = before !== undefined
  }
  return rows
}

async function until(met: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 10_000; !(await met()); ) {
    assert.ok(Date.now() < deadline, `not within 10 s: ${met}`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

const banner = 'Linux version 6.1.0-40-amd64 (debian-kernel@lists.debian.org) (gcc-12)'

test('two boots of a kernel that numbers its records: in order, with what was lost, within a second', async context => {
  const store = await storeOf(context)
  const logs = await opened(store)
  const us = (sequence: number): Partial<LogRecord> => ({ sequence, sinceBootUs: sequence * 1000 })
  logs.take(record('10.0.0.7', { ...us(0), text: banner, level: 5 }))
  logs.take(record('10.0.0.7', { ...us(1), caller: 'T1' }))
  logs.take(record('10.0.0.7', { ...us(5), lostBefore: 3, text: 'two', facility: 3 }))
  logs.take(record('10.0.0.7', { sinceBootUs: 5000, text: 'lines' }))
  logs.take(record('10.0.0.7', { sequence: 60_000, sinceBootUs: 90e6 }))
  const began = performance.now()
  await until(async () => (await logOf(store, '10.0.0.7')).length === 4)
  assert.ok(performance.now() - began < 3000, 'half a second, on an idle machine')
  logs.take(record('10.0.0.7', { ...us(0), text: banner.replace('6.1.0', '6.1.1') }))
  await logs.close()
  const rows = await logOf(store, '10.0.0.7')
  assert.deepEqual(
    rows.map(({ sequence, text, missingBefore, sinceBootUs, level, facility, caller }) =>
      [sequence, text, missingBefore, sinceBootUs, level, facility, caller].map(each => each ?? '').join('/'),
    ),
    [
      `0/${banner}//0/5/0/`,
      '1/words//1000/6/0/T1',
      '5/two\nlines/3/5000/6/3/',
      '60000/words/59994/90000000/6/0/',
      `0/${banner.replace('6.1.0', '6.1.1')}//0/6/0/`,
    ],
  )
  assert.equal(rows.filter(({ boot }) => boot === rows[0]!.boot).length, 4)
  const { boots, release, via } = await hostDetail(store.db, (await idOf(store, '10.0.0.7'))!)
  assert.equal(release, '6.1.1-40-amd64')
  assert.notEqual(via, undefined)
  const [one, two] = boots.toSorted((a, b) => a.firstSeen - b.firstSeen)
  assert.deepEqual([one!.release, two!.release], ['6.1.0-40-amd64', '6.1.1-40-amd64'])
  assert.deepEqual({ records: one!.log!.records, missing: one!.log!.missing }, { records: 4, missing: 59_997 })
  assert.ok(one!.ended !== undefined && two!.ended === undefined)
  assert.deepEqual(logs.counts(), { kept: 5, dropped: 0, strangers: 0 })
})

test('a server that begins anew goes on in the same boot; one that others overtook is not the next', async context => {
  const store = await storeOf(context)
  const say = async (records: LogRecord[]): Promise<void> => {
    const logs = await opened(store)
    for (const each of records) logs.take(each)
    await logs.close()
  }
  await say([10, 11].map(sequence => record('numbered', { sequence, sinceBootUs: 1e9 + sequence })))
  await say([record('plain', { sinceBootUs: 1e9, transport: 'printk' }), record('plain', { transport: 'printk' })])
  await say([15, 16].map(sequence => record('numbered', { sequence, sinceBootUs: 1e9 + sequence })))
  await say([record('plain', { sinceBootUs: 1e9 + 5, transport: 'printk' })])
  const numbered = await logOf(store, 'numbered')
  assert.deepEqual(
    numbered.map(({ sequence, missingBefore = 0 }) => [sequence, missingBefore]),
    [
      [10, 0],
      [11, 0],
      [15, 3],
      [16, 0],
    ],
  )
  assert.equal(new Set(numbered.map(({ boot }) => boot)).size, 1)
  const plain = await logOf(store, 'plain')
  assert.deepEqual(
    plain.map(({ sequence }) => sequence),
    [0, 1, 2],
  )
  assert.equal(new Set(plain.map(({ boot }) => boot)).size, 1)
})

test('a flood of one host: all of it, in chunks of their size, and another host is heard beside it', async context => {
  const store = await storeOf(context)
  const logs = await opened(store)
  const text = 'x'.repeat(150)
  const count = 60_000
  for (let sequence = 0; sequence < count; sequence++) {
    logs.take(record('loud', { sequence, sinceBootUs: sequence, text: `${text}${sequence}` }))
    if (sequence % 100 === 0) logs.take(record('quiet', { text: `${sequence}`, transport: 'printk' }))
    // As datagrams come: between two turns of the loop some, not all.
    if (sequence % 2000 === 1999) await new Promise(resolve => setTimeout(resolve, 30))
  }
  await logs.close()
  assert.equal(logs.counts().dropped, 0)
  const loud = await logOf(store, 'loud')
  assert.equal(loud.length, count)
  assert.ok(loud.every(({ sequence, text: said }, index) => sequence === index && said.endsWith(`${index}`)))
  assert.equal((await logOf(store, 'quiet')).length, 600)
  const chunks = await store.db
    .selectFrom('log_chunks')
    .select(['raw_bytes', 'open'])
    .where('host_id', '=', (await idOf(store, 'loud'))!)
    .execute()
  assert.ok(chunks.length < (3 * count * 200) / CHUNK_BYTES, `${chunks.length}`)
  assert.ok(chunks.filter(({ open }) => open === 1).length < 40)
})

test('a store that does not take: what waits is bounded, the rest shows as a gap, and what waited comes', async context => {
  const store = await storeOf(context)
  let full = true
  const moody: Store = {
    ...store,
    write: work => (full ? Promise.reject(new Error('the disk is full')) : store.write(work)),
  }
  const said: string[] = []
  const logs = await opened(moody, { hearer: hearerOf(store), say: message => said.push(message) })
  const text = 'x'.repeat(10_000)
  const take = (sequence: number): void =>
    logs.take(record('loud', { sequence, sinceBootUs: sequence, text: `${sequence} ${text}` }))
  for (let sequence = 0; sequence < 10; sequence++) take(sequence)
  await until(() => said.length > 0)
  for (let sequence = 10; sequence < 1400; sequence++) take(sequence)
  const { dropped } = logs.counts()
  assert.ok(dropped > 500 && dropped < 700, `${dropped}`)
  full = false
  await until(async () => (await logOf(store, 'loud')).length > 0)
  take(1400)
  await logs.close()
  const rows = await logOf(store, 'loud')
  assert.equal(rows.length, 1401 - dropped)
  assert.equal(rows.at(-1)!.sequence, 1400)
  assert.equal(rows.at(-1)!.missingBefore, dropped)
})

test('a record of many lines is bounded as others are', async context => {
  const store = await storeOf(context)
  const logs = await opened(store)
  const say = (text: string, more: Partial<LogRecord> = {}): void =>
    logs.take(record('long', { text, sinceBootUs: 1, ...more }))
  say('first', { sequence: 0 })
  for (let line = 0; line < 100; line++) say('x'.repeat(1000))
  say('next', { sequence: 1 })
  await logs.close()
  const rows = await logOf(store, 'long')
  assert.deepEqual(
    rows.map(({ text }) => text.slice(0, 5)),
    ['first', 'next'],
  )
  assert.ok(rows[0]!.text.length > 15_000 && rows[0]!.text.length < 17_000)
})

test('hosts are bounded: those that are known are heard, whoever else speaks', async context => {
  const store = await storeOf(context)
  const first = await opened(store, { maxHosts: 3 })
  for (const host of ['a', 'b', 'c']) first.take(record(host))
  await first.close()
  const said: string[] = []
  const second = await opened(store, { maxHosts: 3, say: message => said.push(message) })
  for (let each = 0; each < 5000; each++) second.take(record(`10.1.${each >> 8}.${each & 255}`))
  for (const host of ['a', 'b', 'c']) second.take(record(host))
  await second.close()
  assert.equal(second.counts().strangers, 5000)
  assert.deepEqual(said, ['3 hosts are heard: logs of others are not kept'])
  for (const host of ['a', 'b', 'c']) assert.equal((await logOf(store, host)).length, 2)
  const { count } = await store.db
    .selectFrom('hosts')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  assert.equal(count, 4)
})

test('thousands of hosts that say a line now and then: each has its own, in few pieces', async context => {
  const store = await storeOf(context)
  const logs = await opened(store)
  const names = Array.from({ length: 2000 }, (_, each) => `host${each}`)
  for (let turn = 0; turn < 3; turn++) {
    for (const host of names) logs.take(record(host, { text: `${host} ${turn}`, transport: 'printk' }))
    await until(() => logs.counts().kept === (turn + 1) * names.length)
  }
  await logs.close()
  for (const host of ['host0', 'host999', 'host1999'])
    assert.deepEqual(
      (await logOf(store, host)).map(({ text }) => text),
      [0, 1, 2].map(turn => `${host} ${turn}`),
    )
})

test('only what is severe enough is kept, and what is not is no loss; a host that was removed begins anew', async context => {
  const store = await storeOf(context)
  const logs = await opened(store, { level: 4 })
  const take = (sequence: number, level: number): void =>
    logs.take(record('board', { sequence, sinceBootUs: 1e9 + sequence, level }))
  for (const [sequence, level] of [
    [0, 3],
    [1, 6],
    [2, 6],
    [3, 4],
    [5, 4],
  ] as const)
    take(sequence, level)
  await until(() => logs.counts().kept === 3)
  assert.deepEqual(
    (await logOf(store, 'board')).map(({ level, missingBefore = 0 }) => [level, missingBefore]),
    [
      [3, 0],
      [4, 0],
      [4, 1],
    ],
  )
  const before = (await idOf(store, 'board'))!
  await removeHost(store, before)
  take(6, 4)
  await logs.close()
  assert.notEqual(await idOf(store, 'board'), before)
  assert.equal((await logOf(store, 'board')).length, 1)
})

test('programs are named; names that hide something are shown as those of bundles are', async context => {
  const store = await storeOf(context)
  const logs = await opened(store)
  logs.take(record('web', { tag: 'sshd', text: 'Failed password', facility: 4, userSpace: true, transport: 'rfc3164' }))
  logs.take(record('evil\u202ename', { transport: 'rfc3164' }))
  logs.take(record(OWN, { transport: 'rfc3164' }))
  await logs.close()
  assert.equal((await logOf(store, 'web'))[0]!.text, 'sshd: Failed password')
  assert.equal((await logOf(store, 'evil<U+202E>name')).length, 1)
  assert.notEqual(await idOf(store, OWN, ''), undefined)
  assert.equal((await logOf(store, OWN)).length, 1)
})
