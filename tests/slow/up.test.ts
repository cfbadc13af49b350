// `faultline up` as somebody starts it: the printed address opens logged in, this machine is there, a kernel that crashes
// elsewhere appears within two seconds of what it sends, the sample goes with its host, and it ends and begins again.

import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser, Page } from 'playwright-core'
import { contrastProblems, launchChromium, missingBrowser, namelessControls } from '../chromium.ts'
import { sampleLog } from '../samples/drafts.ts'
import { command, ended, type Started, started } from '../started.ts'

const skip = missingBrowser || (existsSync(command) ? false : 'the command is not built: npm run build')
const data = mkdtempSync(join(tmpdir(), 'faultline-up-'))
const netconsole = 20_000 + (process.pid % 20_000)

let browser: Browser
let page: Page
let said: Started
const problems: string[] = []

const start = (): Promise<Started> =>
  started(['up', '--data', data, '--listen', '127.0.0.1:0', '--receive', `netconsole:127.0.0.1:${netconsole}`])

before(async () => {
  if (skip !== false) return
  said = await start()
  browser = await launchChromium()
  page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage()
  page.on('pageerror', error => problems.push(String(error)))
  page.on('console', message => message.type() === 'error' && problems.push(message.text()))
})
after(async () => {
  await browser?.close()
  said?.child.kill()
  rmSync(data, { recursive: true, force: true })
})

const linkOf = (name: string) => page.locator('.host-row a', { hasText: name })

test('the printed address opens logged in; this machine and the sample are among the hosts', { skip }, async () => {
  await page.goto(said.login!)
  await page.locator('nav a[href="/hosts"]').first().click()
  await linkOf(hostname()).first().waitFor()
  await linkOf('sample-crash').waitFor()
})

test('a kernel that crashes appears within two seconds of what it sends', { skip }, async () => {
  await page.goto(`${said.url}issues?state=any`)
  await page.locator('.issue-row').first().waitFor()
  const authorization = `Bearer ${said.token}`
  const live = await fetch(`${said.url}api/v1/live`, { headers: { authorization } })
  const reader = live.body!.pipeThrough(new TextDecoderStream()).getReader()
  await reader.read()
  const socket = createSocket('udp4')
  for (const line of sampleLog.replaceAll('fl_read', 'fl_elsewhere').trim().split('\n')) {
    socket.send(`${line}\n`, netconsole, '127.0.0.1')
    await sleep(1)
  }
  const sent = performance.now()
  for (let text = ''; !/event: report[\s\S]*fl_elsewhere/.test(text); ) text += (await reader.read()).value
  const took = performance.now() - sent
  await reader.cancel()
  socket.close()
  assert.ok(took < 2000, `${took} ms`)
  await page.locator('.issue-row', { hasText: 'fl_elsewhere' }).waitFor({ timeout: 15_000 })
})

test('a host has its boots, what would be lost, and its kernel’s log as far as it can be read', { skip }, async () => {
  await page.goto(`${said.url}hosts`)
  await linkOf(hostname()).first().click()
  await page.locator('.doctor .check-line, .doctor .quiet').first().waitFor()
  await page.locator('.boot[data-how="running"]').waitFor({ timeout: 60_000 })
  assert.deepEqual(await page.evaluate(contrastProblems), [])
  assert.deepEqual(await page.evaluate(namelessControls), [])
  await page.getByRole('link', { name: 'Kernel log' }).click()
  await page.locator('.log-line, .nothing').first().waitFor()
  for (const width of [1440, 360]) {
    await page.setViewportSize({ width, height: 800 })
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= width)
  }
  await page.setViewportSize({ width: 1440, height: 900 })
})

test('symbols are dropped on their page; what is none is said', { skip }, async () => {
  await page.goto(`${said.url}symbols`)
  await page.locator('.coverage-row .title').first().waitFor()
  const noise = { name: 'noise.bin', mimeType: 'application/octet-stream', buffer: Buffer.alloc(2000, 'noise') }
  await page.locator('input[type=file]').setInputFiles(noise)
  await page.locator('.symbol-file[data-state="failed"]', { hasText: 'noise.bin' }).waitFor()
  assert.deepEqual(await page.evaluate(contrastProblems), [])
  assert.deepEqual(await page.evaluate(namelessControls), [])
})

test('the sample goes with its host, and does not come back', { skip }, async () => {
  page.once('dialog', dialog => void dialog.accept())
  await page.goto(`${said.url}hosts`)
  await linkOf('sample-crash').click()
  await page.getByRole('button', { name: 'Remove host' }).click()
  await linkOf(hostname()).first().waitFor()
  assert.equal(await linkOf('sample-crash').count(), 0)
  assert.deepEqual(problems, [])
  assert.equal(await ended(said), 0)
  said = await start()
  const authorization = `Bearer ${said.token}`
  const answer = await fetch(`${said.url}api/v1/hosts`, { headers: { authorization } })
  const { hosts } = (await answer.json()) as { hosts: { name: string }[] }
  assert.ok(hosts.some(({ name }) => name === hostname()))
  assert.ok(!hosts.some(({ name }) => name === 'sample-crash'))
})
