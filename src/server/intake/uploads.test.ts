// What other programs send and people upload beside logs: ABRT's uReports, images of what dead kernels left.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type TestServer, testServer } from '../../../tests/server-app.ts'

let server: TestServer
before(async () => {
  server = await testServer('uploads')
})
after(() => server.close())

const oops = readFileSync('fixtures/kinds/warning/x86_64-6.1-module/input.log', 'utf8')
const ureport = (more: object = {}, problem: object = {}): string =>
  JSON.stringify({
    ureport_version: 2,
    reason: 'Kernel oops',
    os: { name: 'debian', version: '12', architecture: 'x86_64' },
    problem: { type: 'kerneloops', component: 'kernel', version: '6.1.0-99-amd64', raw_oops: oops, ...problem },
    ...more,
  })

async function post(body: string, token: string, path = '/reports/new/') {
  const form = new FormData()
  form.set('file', new File([body], 'ureport.json', { type: 'application/json' }))
  const request = new Request('http://127.0.0.1/', { method: 'POST', body: form })
  const answer = await server.app.inject({
    method: 'POST',
    url: path,
    headers: {
      'content-type': request.headers.get('content-type')!,
      authorization: `Basic ${Buffer.from(`host:${token}`).toString('base64')}`,
    },
    payload: Buffer.from(await request.arrayBuffer()),
  })
  return { status: answer.statusCode, json: answer.json() as Record<string, unknown> }
}

test('a uReport as ABRT sends it is one more report of its issue, of the host whose token came with it', async () => {
  const token = await server.enrolled('fedora-box')
  const first = await post(ureport(), token)
  assert.equal(first.status, 202)
  assert.equal(first.json['result'], false)
  const second = await post(ureport({ reason: 'again' }), await server.enrolled('another'))
  assert.equal(second.json['result'], true)
  assert.equal(second.json['bthash'], first.json['bthash'])
  const { json } = await server.ask('GET', `/api/v1/issues/${first.json['bthash']}/reports`)
  const reports = json['reports'] as { host: { name: string } }[]
  assert.deepEqual(reports.map(({ host }) => host.name).sort(), ['another', 'fedora-box'])
  assert.equal((await post('{}', token, '/reports/attach/')).status, 202)
})

test('what is none of the kernel’s, or none at all, is refused in words', async () => {
  const token = await server.enrolled('refused')
  for (const [body, words] of [
    ['{', /no JSON/],
    [ureport({ ureport_version: 1 }), /version 2/],
    [ureport({}, { type: 'core' }), /"core"/],
    [ureport({}, { raw_oops: undefined }), /raw_oops/],
    [ureport({}, { raw_oops: 'nothing of note' }), /no kernel exception/],
  ] as const) {
    const { status, json } = await post(body, token)
    assert.equal(status, 422)
    assert.match(String(json['error']), words)
  }
  assert.equal((await post(ureport(), 'wrong')).status, 401)
  assert.equal((await post(ureport(), server.admin)).status, 403)
})

const faf = '../shared/corpus/faf'
test('the uReports of another project’s tests', { skip: existsSync(faf) ? false : `no ${faf}` }, async () => {
  const token = await server.enrolled('faf')
  for (const file of globSync(`${faf}/*.json`)) {
    const { ureport: body } = JSON.parse(readFileSync(file, 'utf8')) as { ureport: { problem: { raw_oops?: string } } }
    const { status, json } = await post(JSON.stringify(body), token)
    if (body.problem.raw_oops) assert.equal(status, 202, `${file}: ${JSON.stringify(json)}`)
    else assert.equal(status, 422, file)
  }
})

test('reporter-ureport’s own way to send, curl’s multipart with a password', {
  skip: spawnSync('curl', ['--version']).status === 0 ? false : 'no curl here',
}, async context => {
  const url = await server.app.listen({ host: '127.0.0.1', port: 0 })
  const folder = mkdtempSync(join(tmpdir(), 'faultline-ureport-'))
  context.after(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'ureport.json'), ureport({ reason: 'by curl' }))
  const token = await server.enrolled('curl')
  const args = ['-s', '-u', `host:${token}`, '-F', `file=@${folder}/ureport.json;type=application/json`]
  const { stdout } = await new Promise<{ stdout: string }>(resolve => {
    import('node:child_process').then(({ execFile }) =>
      execFile('curl', [...args, `${url}/reports/new/`], (_error, out) => resolve({ stdout: out })),
    )
  })
  assert.equal((JSON.parse(stdout) as { result: boolean }).result, true)
})

test('an image of ramoops is looked through, and its log is what is filed', async () => {
  const files = globSync('fixtures/images/*/image*').sort()
  assert.ok(files.length > 0)
  let filed = 0
  for (const file of files) {
    const { status, json } = await server.send(
      readFileSync(file),
      server.admin,
      `/api/v1/logs?host=board`,
      'application/octet-stream',
    )
    assert.ok([200, 422].includes(status), `${file}: ${JSON.stringify(json)}`)
    if (status === 200) filed += (json['reports'] as unknown[]).length
  }
  assert.ok(filed >= files.length / 2, `${filed} of ${files.length}`)
})
