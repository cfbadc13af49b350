// The overview counts what was filed, the filters offer what there is, and what leaves the server is whole and inert.

import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { sampleLog } from '../../../tests/samples/drafts.ts'
import { newAdminToken } from '../intake/tokens.ts'
import { openStore, type Store } from '../store/store.ts'
import { buildApp } from './app.ts'
import { overviewOf } from './overview.ts'

const base = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'faultline-overview-'))
let store: Store
let app: Awaited<ReturnType<typeof buildApp>>
let authorization: string
before(async () => {
  store = await openStore(base)
  app = await buildApp({ store, version: 'test', log: message => assert.fail(message) })
  authorization = `Bearer ${await newAdminToken(store)}`
})
after(async () => {
  await app.close()
  await store.close()
  rmSync(base, { recursive: true })
})

// biome-ignore lint/suspicious/noExplicitAny: answers are looked at as they come
type Json = Record<string, any>
const ask = (url: string) => app.inject({ url, headers: { authorization } })
async function send(host: string, log: string): Promise<Json> {
  const headers = { authorization, 'content-type': 'text/plain' }
  const answer = await app.inject({ method: 'POST', url: `/api/v1/logs?host=${host}`, headers, payload: log })
  assert.equal(answer.statusCode, 200, answer.body)
  return answer.json() as Json
}
const warning = `[   20.000001] WARNING: CPU: 1 PID: 9 at kernel/foo.c:12 foo_check+0x10/0x20
[   20.000002] CPU: 1 PID: 9 Comm: sh Not tainted 5.10.0 #1
[   20.000003] Call Trace:
[   20.000004]  foo_run+0x44/0x200
[   20.000005] ---[ end trace 0000000000000000 ]---
`
const hostile = sampleLog.replaceAll('insmod', '<img src=x onerror=alert(1)>')

test('counts by kind and release add up; top issues, hosts and the newest are there', async () => {
  for (const host of ['a', 'b', 'c']) await send(host, `${sampleLog}# ${host}\n`)
  await send('a', warning)
  const overview = (await ask('/api/v1/overview?hours=24')).json() as Json
  assert.equal(overview['counts'].reports, 4)
  assert.equal(overview['buckets'].length, 24)
  const sum = (series: Json[]): number => series.flatMap(({ counts }) => counts as number[]).reduce((a, b) => a + b, 0)
  assert.equal(sum(overview['kinds']), 4)
  assert.equal(sum(overview['releases']), 4)
  assert.deepEqual(
    overview['kinds'].map(({ value }: Json) => value),
    ['null-dereference', 'warning'],
  )
  assert.deepEqual(
    overview['top'].map(({ recent }: Json) => recent),
    [3, 1],
  )
  assert.deepEqual(overview['counts'].newIssues, 2)
  assert.deepEqual(overview['counts'].troubledHosts, 3)
  assert.equal(overview['trouble'][0].name, 'a')
  assert.equal(overview['latest'][0].kind, 'warning')
})

test('weeks and months are counted by half days, to the same sums', async () => {
  const HALF_DAY_MS = 12 * 3_600_000
  for (const hours of [720, 2160, 2161]) {
    const { buckets, bucketMs, since, kinds, releases, counts } = await overviewOf(store, hours, Date.now())
    assert.deepEqual([bucketMs % HALF_DAY_MS, since % HALF_DAY_MS], [0, 0])
    assert.ok(buckets.length <= 60 && buckets.length * bucketMs >= hours * 3_600_000)
    for (const series of [kinds, releases]) {
      const sums = series.flatMap(each => each.counts).reduce((sum, each) => sum + each, 0)
      assert.deepEqual([sums, counts.reports], [4, 4], String(hours))
    }
    assert.ok(buckets.at(-1)! <= Date.now() && buckets.at(-1)! + bucketMs > Date.now())
  }
})

test('many kinds: the rest is one series, and nothing is lost', async () => {
  const hour = 3_600_000
  const now = 1000 * hour
  const rows = Array.from({ length: 20 }, (_, index) => ({
    what: 'kind' as const,
    hour: now - (index % 5) * hour,
    value: `kind-${index}`,
    reports: index + 1,
  }))
  await store.db.insertInto('hour_counts').values(rows).execute()
  const { kinds, buckets } = await overviewOf(store, 24, now + 1)
  await store.db.deleteFrom('hour_counts').where('value', 'like', 'kind-%').execute()
  const sums = kinds.map(({ value, counts }) => [value, counts.reduce((a, b) => a + b, 0)] as const)
  // Those of the present are later than this `now`, and stand in the last bucket.
  const made = sums.filter(([value]) => value.startsWith('kind-') || value === '…')
  assert.equal(kinds.length, 8)
  assert.equal(
    made.reduce((sum, [, count]) => sum + count, 0),
    210 + 4,
  )
  assert.ok(kinds.every(({ counts }) => counts.length === buckets.length))
})

test('filters offer what there is', async () => {
  const values = async (query: string) => ((await ask(`/api/v1/values?${query}`)).json() as Json)['values']
  assert.deepEqual(await values('of=kind'), ['null-dereference', 'warning'])
  assert.deepEqual(await values('of=kind&begins=WARN'), ['warning'])
  assert.deepEqual(await values('of=module'), ['fl'])
  assert.deepEqual(await values('of=host&begins=b'), ['b'])
  assert.deepEqual(await values('of=kind&begins=%25'), [])
  assert.equal((await ask('/api/v1/values?of=password')).statusCode, 400)
})

test('issues with their trend and their number', async () => {
  const page = (await ask('/api/v1/issues?trend=true&count=true&limit=1')).json() as Json
  assert.equal(page['count'], 2)
  assert.equal(page['issues'][0].trend.length, 28)
  assert.equal(
    page['issues'][0].trend.reduce((sum: number, each: number) => sum + each, 0),
    page['issues'][0].reports,
  )
  const some = (await ask('/api/v1/issues?count=true&kind=warning')).json() as Json
  assert.equal(some['count'], 1)
  assert.equal(some['issues'][0].trend, undefined)
})

test('a report leaves as HTML, Markdown and JSON: a file, and nothing of the log is markup', async () => {
  const { reports } = await send('evil', hostile)
  const { reportId, issueId } = reports[0]
  for (const [url, type, ending] of [
    [`/api/v1/reports/${reportId}/html`, 'text/html', '.html"'],
    [`/api/v1/reports/${reportId}/markdown`, 'text/markdown', '.md"'],
    [`/api/v1/reports/${reportId}/json`, 'application/jsonl', '.jsonl"'],
    [`/api/v1/issues/${issueId}/html`, 'text/html', '.html"'],
  ] as const) {
    const answer = await ask(url)
    assert.equal(answer.statusCode, 200, url)
    assert.match(String(answer.headers['content-type']), new RegExp(`^${type}`))
    assert.match(String(answer.headers['content-disposition']), new RegExp(`^attachment; .*\\${ending}$`))
    assert.match(answer.body, /fl_read/)
    if (type === 'text/html') assert.doesNotMatch(answer.body, /<img/)
  }
  assert.equal((await ask('/api/v1/reports/none/html')).statusCode, 404)
  assert.equal((await ask('/api/v1/issues/none/html')).statusCode, 404)
})
