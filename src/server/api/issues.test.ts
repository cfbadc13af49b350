// Issues over HTTP: found, changed, and every answer as the OpenAPI document says.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { Ajv } from 'ajv'
import { sampleDraft, sampleLog } from '../../../tests/samples/drafts.ts'
import { type Json, type TestServer, testServer } from '../../../tests/server-app.ts'

let server: TestServer
let { ask, send } = {} as TestServer
before(async () => {
  server = await testServer('issues')
  ;({ ask, send } = server)
  const log = Buffer.from(sampleLog.replaceAll('fl_read', 'pasted_one') + sampleLog.replaceAll('fl_read', 'pasted_two'))
  await send(gzipSync(log), server.admin, '/api/v1/logs?host=lab', 'text/plain')
  const draft = sampleDraft({}, { host: 'board' })
  assert.equal((await send(await server.archive('spool', [draft]), await server.enrolled('board'))).status, 200)
})
after(() => server.close())

test('issues are filtered, ordered, paged; each page once and together all', async () => {
  const all = (await ask('GET', '/api/v1/issues?limit=200')).json['issues']
  assert.ok(all.length >= 3)
  for (const sort of ['last-seen', 'first-seen', 'reports', 'hosts']) {
    const seen: string[] = []
    let after = ''
    do {
      const { json } = await ask('GET', `/api/v1/issues?sort=${sort}&limit=1${after === '' ? '' : `&after=${after}`}`)
      seen.push(...json['issues'].map((each: Json) => each['id']))
      after = json['next'] ?? ''
    } while (after !== '')
    assert.deepEqual(seen.toSorted(), all.map((each: Json) => each['id']).toSorted(), sort)
  }
  const titles = async (filter: string): Promise<string[]> =>
    (await ask('GET', `/api/v1/issues?${filter}`)).json['issues'].map((each: Json) => each['title'])
  assert.equal((await titles('host=lab')).length, 2)
  assert.equal((await titles('kind=warning')).length, 0)
  assert.equal((await titles('release=6.1.0')).length, all.length)
  assert.equal((await titles('module=fl&state=new,regressed')).length, all.length)
  assert.equal((await titles('query=pasted_one%20insmod')).length, 1)
  for (const wrong of ['state=great', 'sort=x', 'limit=0', 'limit=1000', 'after=x', 'query=%22%22']) {
    assert.equal((await ask('GET', `/api/v1/issues?${wrong}`)).status, 400, wrong)
  }
})

test('words of a search are words: neither SQL nor an operator of the full text', async () => {
  const before = (await ask('GET', '/api/v1/issues')).json['issues'].length
  for (const query of [
    "' or 1=1 --",
    '"',
    'NEAR(a b)',
    'title:pasted',
    'a OR b',
    'pasted*',
    '-pasted',
    '^x',
    '{',
    '%',
    'x"*',
  ]) {
    const { status } = await ask('GET', `/api/v1/issues?query=${encodeURIComponent(query)}`)
    assert.ok(status === 200 || status === 400, `${query} ${status}`)
  }
  const quoted = encodeURIComponent("x' or title like '%")
  assert.deepEqual((await ask('GET', `/api/v1/issues?host=${quoted}`)).json['issues'], [])
  assert.equal((await ask('GET', '/api/v1/issues')).json['issues'].length, before)
  assert.deepEqual(server.logged, [])
})

test('issues are changed over the API and it is taken back', async () => {
  const [one, two] = (await ask('GET', '/api/v1/issues?query=pasted')).json['issues']
  const merged = await ask('POST', `/api/v1/issues/${one.id}/merge`, { into: two.id })
  assert.equal(merged.status, 200)
  assert.equal((await ask('GET', `/api/v1/issues/${one.id}`)).json['mergedInto'], two.id)
  assert.equal((await ask('POST', `/api/v1/issues/${one.id}/state`, { state: 'known' })).status, 409)
  const reports = (await ask('GET', `/api/v1/issues/${two.id}/reports`)).json['reports']
  assert.equal(reports.length, 2)
  const why = await ask('GET', `/api/v1/sameness?one=${reports[0].id}&other=${reports[1].id}`)
  assert.ok(why.json['same'].includes('kind null-dereference'))
  assert.equal((await ask('POST', `/api/v1/history/${merged.json['history']}/undo`)).status, 200)
  assert.equal((await ask('GET', `/api/v1/issues/${one.id}`)).json['reports'], 1)
  assert.equal((await ask('POST', `/api/v1/issues/${one.id}/state`, { state: 'fixed' })).status, 400)
  assert.equal((await ask('POST', `/api/v1/issues/${one.id}/state`, { state: 'fixed', fixedIn: '6.9' })).status, 200)
  assert.equal((await ask('GET', `/api/v1/issues/${one.id}`)).json['state'], 'fixed')
  assert.equal((await ask('GET', '/api/v1/issues/none')).status, 404)
  assert.equal((await ask('POST', '/api/v1/issues/none/split', { reports: ['x'] })).status, 404)
  assert.equal((await ask('POST', `/api/v1/issues/${one.id}/split`, {})).status, 400)
})

test('answers are what the OpenAPI document says, and every route is in it', async () => {
  const { json: api } = await ask('GET', '/api/v1/openapi.json', undefined, '')
  const ajv = new Ajv({ strict: false })
  const [issue] = (await ask('GET', '/api/v1/issues?query=pasted')).json['issues']
  const [report] = (await ask('GET', `/api/v1/issues/${issue.id}/reports`)).json['reports']
  const paths: [string, string][] = [
    ['/api/v1/issues', '/api/v1/issues'],
    ['/api/v1/issues/{id}', `/api/v1/issues/${issue.id}`],
    ['/api/v1/issues/{id}/reports', `/api/v1/issues/${issue.id}/reports`],
    ['/api/v1/reports/{id}', `/api/v1/reports/${report.id}`],
    ['/api/v1/hosts', '/api/v1/hosts'],
    ['/api/v1/hosts/{id}', `/api/v1/hosts/${report.host.id}`],
    ['/api/v1/hosts/{id}/reports', `/api/v1/hosts/${report.host.id}/reports`],
    ['/api/v1/sameness', `/api/v1/sameness?one=${report.id}&other=${report.id}`],
  ]
  for (const [path, url] of paths) {
    const schema = api['paths'][path]?.get?.responses['200'].content['application/json'].schema
    assert.ok(schema, `${path} is not in the document`)
    const { json, status } = await ask('GET', url)
    assert.equal(status, 200, url)
    const valid = ajv.compile(schema)
    assert.ok(valid(json), `${path}: ${ajv.errorsText(valid.errors)}`)
  }
  assert.ok(Object.keys(api['paths']).length >= 20)
  assert.equal((await ask('GET', '/healthz', undefined, '')).answer.payload, 'ok\n')
  const metrics = (await ask('GET', '/metrics', undefined, '')).answer.payload
  assert.match(metrics, /^faultline_intake_bundles_total\{result="taken"\} [1-9]/m)
  assert.match(metrics, /^faultline_issues\{state="new"\} [1-9]/m)
  assert.doesNotMatch(metrics, /hostile|pasted/)
})
