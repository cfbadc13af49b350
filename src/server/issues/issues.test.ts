// Issues: which reports are one, what an issue is, what is done to it by hand and taken back, and that the counts are
// always those of the reports.

import assert from 'node:assert/strict'
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { sql } from 'kysely'
import { filedReport, type Where } from '../../../tests/filing.ts'
import { sampleLog } from '../../../tests/samples/drafts.ts'
import { decodeBytes } from '../../core/decoder.ts'
import type { Report } from '../../core/model.ts'
import { openStore, type Store } from '../store/store.ts'
import { merge, move, setState, split } from './change.ts'
import { recount } from './count.ts'
import { IssueError } from './history.ts'
import { judge } from './judge.ts'
import { tellsApart } from './keys.ts'
import { compareReleases } from './release.ts'
import { samenessOf } from './sameness.ts'
import { NEW_MS } from './state.ts'
import { undo } from './undo.ts'
import { verdictOf } from './verdict.ts'

const base = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'faultline-issues-'))
let store: Store
let number = 0
before(async () => {
  store = await openStore(join(base, String(number++)))
})
after(async () => {
  await store.close()
  rmSync(base, { recursive: true })
})

const root = join(import.meta.dirname, '../../..')
const fixtures = globSync('fixtures/kinds/{kasan,warning,null-dereference,hung-task}/*/input.log', { cwd: root })
  .sort()
  .slice(0, 12)
  .flatMap(file => decodeBytes(readFileSync(join(root, file))).slice(0, 1))

/** A crash in a function of its own, by a way of its own. */
function crash(name: string, change: { caller?: string; release?: string; hardware?: string } = {}): Report {
  const { caller = 'do_one_initcall', release = '6.1.0', hardware } = change
  const text = sampleLog
    .replaceAll('fl_read', name)
    .replace('do_one_initcall', caller)
    .replace('6.1.0 #1', `${release} #1${hardware === undefined ? '' : `\n[   12.000005] Hardware name: ${hardware}`}`)
  return decodeBytes(Buffer.from(text))[0]!
}

const file = (report: Report, where: Where = {}) => filedReport(store, report, where)

const issue = (id: string) => store.db.selectFrom('issues').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
const reportsOf = async (id: string): Promise<string[]> =>
  (await store.db.selectFrom('reports').select('id').where('issue_id', '=', id).orderBy('id').execute()).map(
    each => each.id,
  )
const conflict = (error: unknown): boolean => error instanceof IssueError && error.what === 'conflict'

/** All counts as they are kept. */
const counts = async () => ({
  issues: await store.db.selectFrom('issues').selectAll().orderBy('id').execute(),
  facets: await store.db
    .selectFrom('issue_facets')
    .selectAll()
    .orderBy('issue_id')
    .orderBy('facet')
    .orderBy('value')
    .execute(),
  rollups: await store.db
    .selectFrom('rollups')
    .selectAll()
    .orderBy('issue_id')
    .orderBy('hour')
    .orderBy('release')
    .execute(),
})

async function assertCounted(): Promise<void> {
  const kept = await counts()
  await store.write(async tx => {
    for (const { id } of kept.issues) await recount(tx, id)
  })
  assert.deepEqual(await counts(), kept)
}

test('releases are ordered as they came', () => {
  const ordered = [
    '2.6.32',
    '4.19.0-9-amd64',
    '4.19.0-27-amd64',
    '6.1',
    '6.1.9',
    '6.1.10',
    '6.8-rc3',
    '6.8.0-rc10',
    '6.8.0',
    '6.8.0-1-amd64',
    '6.10.0',
  ]
  for (const [index, release] of ordered.entries()) {
    for (const [other, later] of ordered.entries()) {
      assert.equal(Math.sign(compareReleases(release, later)), Math.sign(index - other), `${release} ${later}`)
    }
  }
  assert.equal(compareReleases('6.1', '6.1.0'), 0)
  const name = fc.oneof(fc.string({ maxLength: 20 }), fc.constantFrom(...ordered))
  fc.assert(
    fc.property(name, name, name, (a, b, c) => {
      assert.equal(Math.sign(compareReleases(a, b)), -Math.sign(compareReleases(b, a)) + 0)
      if (compareReleases(a, b) <= 0 && compareReleases(b, c) <= 0) assert.ok(compareReleases(a, c) <= 0)
    }),
  )
})

test('one bug is one issue: by fingerprint, by title over other ways, by another title', async () => {
  const first = await file(crash('same_bug'))
  assert.deepEqual([first.joinedBy, first.change], ['first', 'new'])
  const again = await file(crash('same_bug'), { host: 'two' })
  assert.deepEqual([again.issueId, again.joinedBy, again.change], [first.issueId, 'fingerprint', undefined])
  const otherWay = await file(crash('same_bug', { caller: 'sysfs_write' }))
  assert.deepEqual([otherWay.issueId, otherWay.joinedBy], [first.issueId, 'title'])
  assert.equal((await file(crash('same_bug', { caller: 'sysfs_write' }))).joinedBy, 'fingerprint')
  const renamed = { ...crash('same_bug'), title: 'KASAN: null-ptr-deref Read in same_bug', fingerprint: 'f'.repeat(16) }
  const other = await file({ ...renamed, altTitles: [crash('same_bug').title] })
  assert.deepEqual([other.issueId, other.joinedBy], [first.issueId, 'other-title'])
  const different = await file(crash('other_bug'))
  assert.notEqual(different.issueId, first.issueId)
  const { reports, hosts } = await issue(first.issueId)
  assert.deepEqual({ reports, hosts }, { reports: 5, hosts: 2 })
  const why = samenessOf(crash('same_bug'), crash('same_bug', { caller: 'sysfs_write', release: '6.2.0' }))
  assert.ok(why.same.some(each => each.includes('title')))
  assert.ok(why.different.includes('kernel 6.1.0 and 6.2.0'))
  assert.ok(why.different.includes('only the second has sysfs_write'))
})

test('a title that names no function does not make two bugs one', async () => {
  assert.ok(tellsApart('WARNING in foo.isra.0'))
  assert.ok(!tellsApart('kernel panic: Fatal exception'))
  assert.ok(!tellsApart('INFO: rcu detected stall in corrupted'))
  const panic = { ...crash('general'), title: 'kernel panic: Fatal exception', altTitles: [] }
  const one = await file({ ...panic, fingerprint: '1'.repeat(16) })
  const other = await file({ ...panic, fingerprint: '2'.repeat(16) })
  assert.notEqual(one.issueId, other.issueId)
})

test('real reports: each is filed, found by its own words, and the counts hold', async () => {
  assert.ok(fixtures.length >= 8)
  for (const report of [...fixtures, ...fixtures]) {
    const { reportId } = await file(report)
    const bodies = store.db.selectFrom('report_bodies').select('body').where('report_id', '=', reportId)
    const body = await bodies.executeTakeFirstOrThrow()
    const query = store.search.matching(report.title)
    if (query !== undefined) {
      const found = await sql<{ fingerprint: string }>`select fingerprint from ${query}`.execute(store.db)
      assert.ok(
        found.rows.some(({ fingerprint }) => fingerprint === report.fingerprint),
        report.title,
      )
    }
    assert.deepEqual(JSON.parse(body.body), JSON.parse(JSON.stringify(report)))
  }
  await assertCounted()
})

test('new for a day, then recurring; fixed, and regressed only with a kernel that has the fix', async () => {
  const at = Date.UTC(2026, 0, 1)
  const { issueId } = await file(crash('states'), { at })
  assert.equal((await issue(issueId)).state, 'new')
  await file(crash('states'), { at: at + NEW_MS + 1 })
  assert.equal((await issue(issueId)).state, 'recurring')
  await assert.rejects(
    store.write(tx => setState(tx, 'me', issueId, { state: 'fixed' })),
    /in which release/,
  )
  await store.write(tx => setState(tx, 'me', issueId, { state: 'fixed', fixedIn: '6.1.9' }))
  assert.equal((await file(crash('states', { release: '6.1.8' }))).change, undefined)
  assert.equal((await issue(issueId)).state, 'fixed')
  assert.equal((await file(crash('states', { release: '6.1.10' }))).change, 'regressed')
  assert.equal((await file(crash('states', { release: '6.1.10' }))).change, undefined)
  assert.equal((await issue(issueId)).state, 'regressed')
  await store.write(tx => setState(tx, 'me', issueId, { state: 'ignored', note: 'a test machine' }))
  await file(crash('states', { release: '6.1.11' }))
  assert.deepEqual([(await issue(issueId)).state, (await issue(issueId)).note], ['ignored', 'a test machine'])
  const history = await store.db
    .selectFrom('issue_history')
    .selectAll()
    .where('issue_id', '=', issueId)
    .orderBy('id')
    .execute()
  assert.deepEqual(
    history.map(({ action, actor }) => `${action} ${actor}`),
    ['state me', 'regressed faultline', 'state me'],
  )
  await assert.rejects(
    store.write(tx => undo(tx, 'me', history[0]!.id)),
    conflict,
  )
  for (const entry of history.toReversed()) await store.write(tx => undo(tx, 'me', entry.id))
  assert.equal((await issue(issueId)).state, 'recurring')
  await assert.rejects(
    store.write(tx => undo(tx, 'me', history[0]!.id)),
    conflict,
  )
})

test('merged, taken back: all is as before, and what came meanwhile is where it belongs', async () => {
  const one = await file(crash('merge_one'))
  const two = await file(crash('merge_two'), { host: 'two' })
  await file(crash('merge_two'))
  const before = [await reportsOf(one.issueId), await reportsOf(two.issueId)]
  const historyId = await store.write(tx => merge(tx, 'me', two.issueId, one.issueId))
  assert.deepEqual(await reportsOf(one.issueId), before.flat().sort())
  assert.equal((await issue(two.issueId)).merged_into, one.issueId)
  await assertCounted()
  await assert.rejects(
    store.write(tx => merge(tx, 'me', two.issueId, one.issueId)),
    conflict,
  )
  const byFingerprint = await file(crash('merge_two'))
  const byTitle = await file(crash('merge_two', { caller: 'another_way' }))
  const own = await file(crash('merge_one'))
  for (const each of [byFingerprint, byTitle, own]) assert.equal(each.issueId, one.issueId)
  await store.write(tx => undo(tx, 'me', historyId))
  assert.deepEqual(await reportsOf(one.issueId), [...before[0]!, own.reportId])
  assert.deepEqual(await reportsOf(two.issueId), [...before[1]!, byFingerprint.reportId, byTitle.reportId])
  assert.equal((await issue(two.issueId)).merged_into, null)
  assert.equal((await file(crash('merge_two', { caller: 'another_way' }))).issueId, two.issueId)
  await assertCounted()
})

test('split by fingerprint, its successors follow; moved by name, they do not; both are taken back', async () => {
  const one = await file(crash('split_me'))
  const other = await file(crash('split_me', { caller: 'elsewhere' }))
  assert.equal(one.issueId, other.issueId)
  const { fingerprint } = crash('split_me', { caller: 'elsewhere' })
  const chosen = { fingerprints: [fingerprint] }
  const { issueId, historyId } = await store.write(tx => split(tx, 'me', one.issueId, chosen))
  assert.deepEqual(await reportsOf(issueId), [other.reportId])
  const later = await file(crash('split_me', { caller: 'elsewhere' }))
  assert.equal(later.issueId, issueId)
  await assertCounted()
  const moved = await store.write(tx => move(tx, 'me', issueId, one.issueId, { reports: [later.reportId] }))
  assert.deepEqual(await reportsOf(one.issueId), [one.reportId, later.reportId])
  await assert.rejects(
    store.write(tx => undo(tx, 'me', historyId)),
    conflict,
  )
  await store.write(tx => undo(tx, 'me', moved))
  assert.deepEqual(await reportsOf(issueId), [other.reportId, later.reportId])
  await store.write(tx => undo(tx, 'me', historyId))
  assert.deepEqual(await reportsOf(one.issueId), [one.reportId, other.reportId, later.reportId])
  assert.equal((await file(crash('split_me', { caller: 'elsewhere' }))).issueId, one.issueId)
  await assertCounted()
  await assert.rejects(
    store.write(tx => split(tx, 'me', one.issueId, { fingerprints: [crash('split_me').fingerprint, fingerprint] })),
    /nothing would be left/,
  )
  await assert.rejects(
    store.write(tx => split(tx, 'me', one.issueId, { reports: [] })),
    IssueError,
  )
  await assert.rejects(
    store.write(tx => move(tx, 'me', one.issueId, issueId, chosen)),
    conflict,
  )
})

test('any sequence of changes and undos leaves every report in one issue and the counts right', async () => {
  const step = fc.record({ what: fc.constantFrom('file', 'merge', 'split', 'undo'), a: fc.nat(5), b: fc.nat(5) })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async steps => {
      const tag = `any${number++}`
      const ids = new Set<string>()
      const entries: string[] = []
      let filed = 0
      for (const { what, a, b } of [...steps, { what: 'file', a: 0, b: 0 }]) {
        const all = [...ids]
        const [one = '', other = ''] = [all[a % (all.length || 1)], all[b % (all.length || 1)]]
        const fingerprint = crash(`${tag}_${a}`, { caller: `way_${b}` }).fingerprint
        try {
          if (what === 'file') {
            ids.add((await file(crash(`${tag}_${a % 3}`, { caller: `way_${b % 2}` }))).issueId)
            filed++
          } else if (what === 'merge') entries.push(await store.write(tx => merge(tx, 'x', one, other)))
          else if (what === 'undo') await store.write(tx => undo(tx, 'x', entries[a % (entries.length || 1)] ?? ''))
          else {
            const made = await store.write(tx => split(tx, 'x', one, { fingerprints: [fingerprint] }))
            ids.add(made.issueId)
            entries.push(made.historyId)
          }
        } catch (error) {
          if (!(error instanceof IssueError)) throw error
        }
      }
      let found = 0
      for (const id of ids) {
        const { reports, merged_into } = await issue(id)
        found += reports
        assert.ok(merged_into === null || reports === 0, 'a merged issue has no reports')
      }
      assert.equal(found, filed)
    }),
    { numRuns: 8 },
  )
  await assertCounted()
})

test('hardware, model or software is told by repetition, and only with enough of it', () => {
  const fleet = { hosts: 100, sameModelHosts: 20, models: 4 }
  const is = (spread: Parameters<typeof verdictOf>[0], all = fleet, severity = 'oops') =>
    verdictOf(spread, all, severity).is
  assert.equal(is({ reports: 9, hosts: 1, models: 1, boots: 4 }), 'hardware')
  assert.equal(is({ reports: 9, hosts: 1, models: 1, boots: 1 }), 'open')
  assert.equal(is({ reports: 9, hosts: 1, models: 1, boots: 4 }, { hosts: 1, sameModelHosts: 1, models: 1 }), 'open')
  assert.equal(is({ reports: 1, hosts: 1, models: 1, boots: 1 }, fleet, 'hardware'), 'hardware')
  assert.equal(is({ reports: 9, hosts: 5, models: 1, boots: 5 }), 'model')
  assert.equal(is({ reports: 9, hosts: 5, models: 1, boots: 5 }, { hosts: 100, sameModelHosts: 95, models: 2 }), 'open')
  assert.equal(is({ reports: 9, hosts: 5, models: 3, boots: 5 }), 'software')
  assert.equal(is({ reports: 9, hosts: 5, models: 0, boots: 5 }), 'open')
})

test('the store judges an issue beside the fleet', async () => {
  const model = (name: string) => ({ hardware: `${name}, BIOS 1.0 01/01/2020` })
  for (const host of ['m1', 'm2', 'm3', 'm4'])
    await file(crash('everywhere', model('Acme A1')), { host, bootId: `${host}-boot` })
  let bad = ''
  for (const boot of ['a', 'b', 'c']) {
    bad = (await file(crash('broken_part', model('Acme A1')), { host: 'm1', bootId: boot })).issueId
  }
  const { verdict } = await judge(store.db, await issue(bad))
  assert.equal(verdict.is, 'hardware', verdict.because)
  const host = await store.db.selectFrom('hosts').selectAll().where('name', '=', 'm1').executeTakeFirstOrThrow()
  assert.equal(host.hardware, 'Acme A1')
  const boots = store.db.selectFrom('release_boots').selectAll().where('release', '=', '6.1.0')
  // Four boots with the one bug, three with the other.
  assert.equal((await boots.executeTakeFirstOrThrow()).boots, 7)
  assert.equal(host.reports, 4)
})
