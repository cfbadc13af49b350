// Alerts to programs that others wrote, both from Debian: Prometheus' Alertmanager, and a mail server.

import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type RunningServer, serve } from '../../src/server/serve.ts'
import { ensurePrograms } from '../../tools/install.mjs'
import { sampleLog } from '../samples/drafts.ts'

const missing = ensurePrograms({ 'prometheus-alertmanager': 'prometheus-alertmanager', aiosmtpd: 'python3-aiosmtpd' })
const skip = missing.length === 0 ? false : `${missing.join(' and ')} cannot be installed here`

const base = mkdtempSync(join(tmpdir(), 'faultline-alerts-'))

function freePort(): Promise<number> {
  return new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}

function started(context: TestContext, program: string, args: readonly string[]): ChildProcess {
  const child = spawn(program, args, { stdio: 'ignore' })
  context.after(async () => {
    const gone = new Promise(resolve => child.once('exit', resolve))
    child.kill('SIGTERM')
    await gone
  })
  return child
}

async function until<T>(what: string, look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; await sleep(100)) {
    const found = await (async () => look())().catch(() => undefined)
    if (found !== undefined) return found
  }
  throw new Error(`not within a minute: ${what}`)
}

async function ask(server: RunningServer, path: string, body: string | object, type = 'application/json') {
  const authorization = `Bearer ${readFileSync(server.tokenFile, 'utf8').trim()}`
  const answer = await fetch(new URL(path, server.url), {
    method: 'POST',
    headers: { authorization, 'content-type': type },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  assert.ok(answer.ok, `${path}: ${answer.status}`)
  return (answer.status === 204 ? {} : await answer.json()) as { id: string }
}

test('Alertmanager has the alert, and the mail is in the box', { skip, timeout: 180_000 }, async context => {
  context.after(() => rmSync(base, { recursive: true, force: true }))
  const [alertPort, mailPort] = await Promise.all([freePort(), freePort()])
  const config = join(base, 'alertmanager.yml')
  writeFileSync(config, 'route:\n  receiver: none\nreceivers:\n  - name: none\n')
  started(context, 'prometheus-alertmanager', [
    `--config.file=${config}`,
    `--storage.path=${join(base, 'alertmanager')}`,
    `--web.listen-address=127.0.0.1:${alertPort}`,
    '--cluster.listen-address=',
  ])
  const box = join(base, 'box')
  mkdirSync(base, { recursive: true })
  started(context, 'aiosmtpd', ['-n', '-l', `127.0.0.1:${mailPort}`, '-c', 'aiosmtpd.handlers.Mailbox', box])
  const alertmanager = `http://127.0.0.1:${alertPort}`
  await until('Alertmanager is ready', async () => ((await fetch(`${alertmanager}/-/ready`)).ok ? true : undefined))
  await until('the mail server has its box', () => (readdirSync(box).includes('new') ? true : undefined))

  const server = await serve({
    ...{ data: join(base, 'server'), host: '127.0.0.1', port: 0, version: 'test' },
    publicUrl: 'https://faultline.example/',
    log: () => {},
  })
  context.after(() => server.close())
  const channels = [
    { name: 'prometheus', kind: 'alertmanager', settings: { url: alertmanager } },
    {
      name: 'mail',
      kind: 'email',
      settings: { server: `smtp://127.0.0.1:${mailPort}`, from: 'faultline@example.org', to: ['ops@example.org'] },
    },
  ]
  const ids: string[] = []
  for (const channel of channels) ids.push((await ask(server, 'api/v1/alert-channels', channel)).id)
  await ask(server, 'api/v1/alert-rules', { name: 'all that is new', occasion: 'new-issue', channels: ids })
  await ask(server, 'api/v1/logs?host=board-7', sampleLog, 'text/plain')

  interface Alert {
    labels: Record<string, string>
    annotations: Record<string, string>
    generatorURL: string
  }
  const alert = await until('the alert', async () => {
    const answer = await fetch(`${alertmanager}/api/v2/alerts`)
    return ((await answer.json()) as Alert[]).find(({ labels }) => labels['alertname'] === 'KernelException')
  })
  assert.equal(alert.labels['host'], 'board-7')
  assert.match(alert.generatorURL, /^https:\/\/faultline\.example\/issues\//)
  const mail = await until('the mail', () => {
    const [file] = readdirSync(join(box, 'new'))
    return file === undefined ? undefined : readFileSync(join(box, 'new', file), 'utf8')
  })
  assert.match(mail, /^To: ops@example\.org$/m)
  assert.match(mail.replaceAll(/\n /g, ' '), /^Subject: \[faultline\] New: /m)
  assert.ok(mail.includes(alert.annotations['summary']!.slice(0, 20)))
  assert.match(mail, /^Auto-Submitted: auto-generated$/m)
})
