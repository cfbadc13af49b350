// What Prometheus reads: right numbers, no names of hosts, and every name that the dashboard asks for.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { sampleLog } from '../../../tests/samples/drafts.ts'
import { type TestServer, testServer } from '../../../tests/server-app.ts'

let server: TestServer
before(async () => {
  server = await testServer('metrics')
})
after(() => server.close())

test('the metrics say what was filed, as the dashboard asks for it', async () => {
  const log = Buffer.from(sampleLog)
  assert.equal((await server.send(log, server.admin, '/api/v1/logs?host=secret-name', 'text/plain')).status, 200)
  const text = (await server.app.inject({ url: '/metrics' })).body
  assert.match(text, /^faultline_reports_total\{kind="[a-z-]+"\} 1$/m)
  assert.match(text, /^problem_counter\{reason="OOMKilling"\} 0$/m)
  assert.doesNotMatch(text, /secret-name/)
  const dashboard = JSON.parse(readFileSync('packaging/grafana/faultline.json', 'utf8')) as {
    panels: { targets: { expr: string }[] }[]
  }
  const asked = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)).join('\n')
  const names = new Set(asked.match(/\b(?:faultline|problem)_\w+/g))
  assert.ok(names.size >= 8)
  for (const name of names) assert.match(text, new RegExp(`^# TYPE ${name.replace(/_bucket$/, '')} `, 'm'), name)
})
