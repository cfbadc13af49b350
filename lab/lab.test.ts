// The lab's own parts, without a guest: what it would say of right, wrong and lost evidence.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { MemoryFile } from '../src/core/bytes/byte-file.ts'
import { decodableText, recoverLogs } from '../src/core/recover.ts'
import { nodeRecoverHost } from '../src/node/recover-host.ts'
import { imageOf } from '../tests/images.ts'
import { bundleProblems } from './bundled.ts'
import { type Case, caseOn } from './cases/case.ts'
import { cases } from './cases/index.ts'
import { cpio, file, program } from './cpio.ts'
import { guests } from './guests/index.ts'
import { htmlOf } from './results-page.ts'
import { tableOf } from './results-table.ts'
import { roads } from './roads/index.ts'
import type { Road } from './roads/road.ts'
import { consoleLog, sentFiles } from './session.ts'
import { decodeEvidence, judgeRoad } from './verdict.ts'

const fixtures = join(import.meta.dirname, '..', 'fixtures', 'kinds')
const log = readFileSync(join(fixtures, 'null-dereference/x86_64-6.12-write-second-oops/input.log'))

const road: Road = { name: 'test', what: 'a log', sees: 'all', open: () => ({ evidence: () => [] }) }
const nullMember: Case = {
  name: 'null-member',
  does: 'reads a member of a NULL struct',
  crash: 'true',
  ends: 'lives',
  expects: [{ kind: 'null-dereference', comm: 'sh', fatal: false }],
}
const judged = (each: Case, ...logs: Uint8Array[]) =>
  judgeRoad(
    each,
    road,
    logs.map((bytes, index) => ({ name: String(index), bytes })),
  )

test('right evidence is right', () => {
  const { outcome, problems, captured } = judged(nullMember, log)
  assert.deepEqual([outcome, problems, captured], ['right', [], 1])
})

test('a wrong expectation fails, field by field', () => {
  const [expected] = nullMember.expects
  const wrongs: [Partial<Case['expects'][0]>, RegExp][] = [
    [{ kind: 'bug-on' }, /no report of kind bug-on/],
    [{ title: 'BUG: another' }, /title: expected BUG: another, found /],
    [{ function: 'innocent' }, /function: expected innocent, found /],
    [{ comm: 'init' }, /comm: expected init, found sh/],
    [{ fatal: true }, /fatal: expected true, found false/],
    [{ chain: ['innocent'] }, /frames: innocent is missing/],
    [{ module: 'innocent' }, /module: expected innocent/],
  ]
  for (const [change, says] of wrongs) {
    const verdict = judged({ ...nullMember, expects: [{ ...expected!, ...change }] }, log)
    assert.equal(verdict.outcome, 'wrong', says.source)
    assert.match(verdict.problems.join('\n'), says)
  }
  assert.equal(judged({ ...nullMember, expects: [] }, log).outcome, 'wrong', 'a report that none should be')
})

test('a lost record fails: no evidence, none of the crash, and a second one too many', () => {
  assert.equal(judged(nullMember).outcome, 'lost')
  assert.equal(judged(nullMember, Buffer.from('[    1.0] all is well\n')).outcome, 'lost')
  const twice = judged(nullMember, log, Buffer.from(log.toString('latin1').replace(/^\[ *\d+/gm, '[ 9999'), 'latin1'))
  assert.equal(twice.outcome, 'wrong')
  assert.match(twice.problems.join('\n'), /also reported: null-dereference/)
})

test('an initramfs is read by cpio', () => {
  const archive = cpio([
    program('bin/true', Buffer.from('#!')),
    file('a/b/c.txt', Buffer.from('text of five words ends')),
  ])
  const listing = spawnSync('cpio', ['-itv', '--quiet'], { input: archive, encoding: 'utf8' })
  if (listing.error) return
  assert.equal(listing.status, 0, listing.stderr)
  const rows = listing.stdout.trim().split('\n')
  assert.deepEqual(
    rows.map(row => [row.slice(0, 10), row.split(' ').at(-1)]),
    [
      ['drwxr-xr-x', 'bin'],
      ['-rwxr-xr-x', 'bin/true'],
      ['drwxr-xr-x', 'a'],
      ['drwxr-xr-x', 'a/b'],
      ['-rw-r--r--', 'a/b/c.txt'],
    ],
  )
})

test('files come through a console, damaged ones do not, and the log is left without them', () => {
  // md5 of "hello\n" and of nothing in particular
  const console = Buffer.from(
    [
      '[    1.0] first',
      '[    2.0] @@lab ready',
      '@@file /tmp/a b1946ac92492d2347c6235b4d2611184',
      'aGVs[    2.5] @@lab done collect 0',
      'bG8K',
      '@@end /tmp/a',
      '@@file /tmp/b 00000000000000000000000000000000',
      'aGVsbG8K',
      '@@end /tmp/b',
      '[    3.0] last',
      '',
    ].join('\r\n'),
  )
  assert.deepEqual(
    sentFiles(console).map(({ path, bytes }) => [path, bytes.toString()]),
    [['/tmp/a', 'hello\n']],
  )
  assert.equal(consoleLog(console).toString(), '[    1.0] first\n[    3.0] last\n')
})

test('names are told apart, and what a case says of a guest, the guest exists for', () => {
  for (const all of [cases, guests, roads]) assert.equal(new Set(all.map(({ name }) => name)).size, all.length)
  const names = new Set(guests.map(({ name }) => name))
  for (const each of cases) {
    for (const name of Object.keys(each.on ?? {})) assert.ok(names.has(name), `${each.name} speaks of guest ${name}`)
    for (const guest of guests) assert.equal(caseOn(guest, each).name, each.name)
  }
  const known = new Set(roads.map(({ name }) => name))
  for (const { name, lacks } of guests) {
    for (const each of Object.keys(lacks ?? {})) assert.ok(known.has(each), `guest ${name} lacks road ${each}`)
  }
})

test('the table and the page say what failed, and hold no markup of a log', () => {
  const verdict = {
    case: 'some-case',
    guest: 'x86_64',
    does: 'does <b>harm</b>',
    problems: ['the machine should have <i>lived</i>'],
    roads: [judged(nullMember)],
    bootSeconds: [3],
    seconds: 9,
  }
  const results = { verdicts: [verdict], roads: ['test'], seconds: 9 }
  assert.match(tableOf(results), /some-case {2}x86_64 {2}○/)
  assert.match(tableOf(results), /0 of 1 right; 1 of 1 cases failed/)
  const page = htmlOf(results)
  assert.match(page, /does &lt;b&gt;harm/)
  assert.doesNotMatch(page, /<i>lived|<b>harm/)
})

test('a road that keeps the newest boot is judged by the last of several crashes', () => {
  const [expected] = nullMember.expects
  const twice: Case = { ...nullMember, times: 2, expects: [expected!, expected!] }
  const evidence = [{ name: 'log', bytes: log }]
  assert.equal(judgeRoad(twice, { ...road, newest: true }, evidence).outcome, 'right')
  assert.equal(judgeRoad(twice, road, evidence).outcome, 'wrong')
})

test('of an orderly end an agent makes no bundle, and what it bundled says how it came', () => {
  const orderly: Case = { ...nullMember, ends: 'reboots', expects: [{ kind: 'restart', title: 'Restarting system' }] }
  const bundles: Road = { ...road, sees: 'bundled', answers: true }
  const none = { name: 'reports.json', bytes: new Uint8Array() }
  assert.equal(judgeRoad(orderly, bundles, [none]).outcome, 'right')
  assert.equal(judgeRoad(orderly, road, [none]).outcome, 'lost')
  const agent = { lateMs: 600, from: ['kmsg', 'pstore'], lost: 0 }
  const bytes = Buffer.from(`${JSON.stringify({ ...decodeEvidence([{ name: 'log', bytes: log }])[0], agent })}\n`)
  const verdict = judgeRoad(nullMember, bundles, [{ name: 'reports.json', bytes }])
  assert.deepEqual([verdict.outcome, verdict.reports?.[0]?.agent], ['right', agent])
})

test('what outlived a kernel becomes a bundle for each exception, once', async () => {
  for (const name of ['erst', 'ramoops-ecc', 'mtdoops']) {
    const logs = await recoverLogs(new MemoryFile(name, imageOf(name)), nodeRecoverHost)
    const evidence = [{ name, bytes: decodableText(logs), logs }]
    const reports = decodeEvidence(evidence)
    assert.ok(reports.length > 0)
    assert.deepEqual(await bundleProblems(evidence, reports), [], name)
    assert.match((await bundleProblems(evidence, reports.slice(1))).join(), /bundles: expected one each of/)
  }
  const orderly = Buffer.from('<6>[   99.000001] reboot: Restarting system\n')
  const evidence = [{ name: 'shutdown', bytes: orderly }]
  assert.deepEqual(await bundleProblems(evidence, decodeEvidence(evidence)), [])
})
