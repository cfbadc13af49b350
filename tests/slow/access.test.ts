/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
// Who may what, in a real browser: in and out, by password, by an address that opens once, by an OpenID provider; what a
// role does not have is neither offered nor done; guessing is slowed; what is secret is shown once.
// FAULTLINE_SHOTS=FOLDER keeps screenshots.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { providerSchema } from '../../src/server/access/provider-settings.ts'
import { type RunningServer, serve } from '../../src/server/serve.ts'
import { contrastProblems, launchChromium, missingBrowser, namelessControls } from '../chromium.ts'
import { clientId, clientSecret, openProvider, type TestProvider } from '../openid-provider.ts'
import { newFolder } from '../server-app.ts'

const shots = process.env['FAULTLINE_SHOTS']
const base = newFolder('access')
const password = 'correct horse battery'

describe('who may what, in Chromium', { skip: missingBrowser, timeout: 180_000 }, () => {
  let server: RunningServer
  let op: TestProvider
  let browser: Browser
  let token: string
  const url = () => server.url

  before(async () => {
    const port = 20_000 + (process.pid % 20_000)
    const callback = `http://127.0.0.1:${port}/api/v1/session/provider/callback`
    op = await openProvider({ ada: { preferred_username: 'ada', groups: ['kernel'] } }, () => [callback])
    const provider = providerSchema.parse({
      ...{ issuer: op.issuer, clientId, clientSecret, label: 'the lab' },
      roles: { kernel: 'triager' },
    })
    const log = (message: string): void => assert.fail(message)
    server = await serve({ data: base, host: '127.0.0.1', port, version: 'test', provider, log })
    token = readFileSync(server.tokenFile, 'utf8').trim()
    for (const [name, role] of [
      ['vera', 'viewer'],
      ['tom', 'triager'],
    ]) {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
      const body = JSON.stringify({ name, role, password })
      const answer = await fetch(`${server.url}api/v1/users`, { method: 'POST', headers, body })
      assert.equal(answer.status, 200)
    }
    browser = await launchChromium()
  })
  after(async () => {
    await browser?.close()
    await server?.close()
    await op?.close()
    rmSync(base, { recursive: true, force: true })
  })

  /** Fails for what a page throws, and for what the browser's console says but for `expected`. */
  async function withPage(
    use: (page: Page, context: BrowserContext) => Promise<void>,
    expected?: RegExp,
  ): Promise<void> {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en' })
    const trouble: string[] = []
    const page = await context.newPage()
    page.on('pageerror', error => trouble.push(String(error)))
    page.on('console', message => {
      if (message.type() === 'error' && expected?.test(message.text()) !== true) trouble.push(message.text())
    })
    try {
      await use(page, context)
      assert.deepEqual(trouble, [])
    } finally {
      await context.close()
    }
  }

  async function logIn(page: Page, name: string, secret: string): Promise<void> {
    await page.goto(url())
    if (name !== '') await page.locator('#name').fill(name)
    await page.locator('#secret').fill(secret)
    await page.locator('form button[type="submit"]').click()
  }

  async function shot(page: Page, name: string): Promise<void> {
    if (shots === undefined) return
    await page.waitForTimeout(300)
    await page.screenshot({ path: join(shots, `${name}.png`) })
    await page.setViewportSize({ width: 360, height: 780 })
    await page.waitForTimeout(300)
    await page.screenshot({ path: join(shots, `${name}-narrow.png`) })
    await page.setViewportSize({ width: 1440, height: 900 })
  }

  /** Nothing runs out of a narrow window, no text is too pale, no control nameless. */
  async function sound(page: Page): Promise<void> {
    assert.deepEqual(await page.evaluate(contrastProblems), [])
    assert.deepEqual(await page.evaluate(namelessControls), [])
    await page.setViewportSize({ width: 360, height: 780 })
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth + 1))
    await page.setViewportSize({ width: 1440, height: 900 })
  }

  test('in with a password, out again; the cookie is for no script; a wrong one is slowed', () =>
    withPage(async (page, context) => {
      // Each is heard at once until five were in vain; a slow machine gets a few more in between the first waits.
      let said = ''
      for (let tried = 0; tried < 10 && !said.includes('Try again'); tried++) {
        await logIn(page, 'vera', `guess number ${tried}`)
        said = String(await page.locator('[role="alert"]').textContent())
      }
      const seconds = Number(/Try again in (\d+) second/.exec(said)?.[1])
      assert.ok(seconds >= 1, said)
      await shot(page, 'login-slowed')
      await page.waitForTimeout(seconds * 1000 + 100)
      await logIn(page, 'vera', password)
      await page.locator('.account summary').waitFor()
      const [cookie] = await context.cookies()
      assert.deepEqual([cookie?.httpOnly, cookie?.sameSite], [true, 'Strict'])
      assert.equal(await page.evaluate(() => document.cookie), '')
      assert.equal(await page.evaluate(() => localStorage.length + sessionStorage.length), 0)
      await page.reload()
      await page.locator('.account summary').click()
      await shot(page, 'account-menu')
      await page.locator('.account-menu button').click()
      await page.locator('#secret').waitFor()
      assert.deepEqual(await context.cookies(), [])
    }, /status of 4(?:01|29)/))

  test('a viewer is offered what a viewer may, and refused the rest', () =>
    withPage(async page => {
      await logIn(page, 'vera', password)
      await page.locator('.account summary').waitFor()
      await page.goto(`${url()}settings?part=users`)
      await page.locator('.settings nav a').first().waitFor()
      assert.deepEqual(await page.locator('.settings nav a').allTextContents(), [
        'Your account',
        'API tokens',
        'Alerts',
      ])
      const status = await page.evaluate(async () => {
        const { csrf } = await (await fetch('/api/v1/session')).json()
        const headers = { 'content-type': 'application/json', 'x-faultline-csrf': csrf }
        const ask = async (path: string, body: object) =>
          (await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) })).status
        return [
          await ask('/api/v1/users', { name: 'mallory', password: 'correct horse battery', role: 'admin' }),
          await ask('/api/v1/issues/x/state', { state: 'ignored' }),
          await ask('/api/v1/tokens', { name: 'more', role: 'admin' }),
          (await fetch('/api/v1/audit')).status,
        ]
      })
      assert.deepEqual(status, [403, 403, 403, 403])
    }, /status of 403/))

  test('a code for a host and a token are shown once; the audit log has all of it', () =>
    withPage(async page => {
      await page.goto(server.loginUrl())
      await page.locator('.account summary').waitFor()
      assert.equal(page.url(), url(), 'the code is in no address that could be copied')
      await page.goto(`${url()}settings?part=hosts`)
      await page.getByRole('button', { name: 'New code' }).click()
      await page.locator('#code-host').fill('board')
      await page.locator('dialog button[type="submit"]').click()
      const code = String(await page.locator('.secret code').textContent())
      assert.match(code, /^fle_/)
      await shot(page, 'settings-code')
      await page.getByRole('button', { name: 'Done' }).click()
      await page.locator('.settings-part td').first().waitFor()
      assert.ok(!(await page.content()).includes(code))
      const enrolled = await fetch(`${url()}api/v1/enrol`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ code, host: 'board' }),
      })
      assert.equal(enrolled.status, 200)
      await page.reload()
      await page.getByRole('button', { name: 'Revoke: board' }).click()
      await shot(page, 'settings-hosts')
      await page.locator('.sure .primary').click()
      await page.getByText('No host has a token.').waitFor()

      await page.goto(`${url()}settings?part=tokens`)
      await page.getByRole('button', { name: 'New token' }).click()
      await page.locator('#token-name').fill('nightly')
      await page.locator('dialog button[type="submit"]').click()
      const made = String(await page.locator('.secret code').textContent())
      await page.getByRole('button', { name: 'Done' }).click()
      const asked = await fetch(`${url()}api/v1/issues`, { headers: { authorization: `Bearer ${made}` } })
      assert.equal(asked.status, 200)
      await page.getByText('nightly').waitFor()
      await sound(page)
      await shot(page, 'settings-tokens')

      await page.goto(`${url()}settings?part=users`)
      await page.getByRole('button', { name: 'New user' }).click()
      await page.locator('#user-name').fill('tilda')
      await page.locator('#user-role').selectOption('triager')
      await page.locator('#user-password').fill('short')
      await page.locator('dialog button[type="submit"]').click()
      assert.match(String(await page.locator('dialog [role="alert"]').textContent()), /expected 10 to 256/)
      await shot(page, 'settings-new-user')
      await page.locator('#user-password').fill(password)
      await page.locator('dialog button[type="submit"]').click()
      await page.getByLabel('Role of tilda').selectOption('viewer')
      await page.getByText('tilda is viewer from now on').waitFor()
      await sound(page)
      await shot(page, 'settings-users')

      await page.goto(`${url()}settings?part=audit`)
      await page.getByText('user.role').waitFor()
      const actions = await page.locator('.settings-part td code').allTextContents()
      for (const each of ['user.role', 'user.add', 'token.add', 'host.revoke', 'host.enrol', 'enrolment.add']) {
        assert.ok(actions.includes(each), each)
      }
      assert.ok(!(await page.content()).includes(code))
      await sound(page)
      await shot(page, 'settings-audit')
      await page.getByRole('button', { name: '切换到中文' }).or(page.getByTitle('切换到中文')).click()
      await page.getByText('审计日志').first().waitFor()
      await shot(page, 'settings-audit-zh')
    }, /status of 400/))

  test('in by the OpenID provider, from a click to the role; the address that logs in works once', () =>
    withPage(async page => {
      await page.goto(url())
      await page.getByRole('link', { name: 'Log in with the lab' }).click()
      await page.locator('input[name="login"]').fill('ada')
      await page.locator('input[name="password"]').fill('any')
      await page.locator('button[type="submit"]').click()
      await page.locator('button[type="submit"]').click()
      await page.locator('.account summary').waitFor()
      assert.equal(await page.locator('.account summary').textContent(), 'ada@127.0.0.1')
      await page.goto(`${url()}settings`)
      await page.getByText('Your name and role come from the OpenID provider.').waitFor()
      await sound(page)
      await shot(page, 'settings-account')
      const once = server.loginUrl()
      await page.goto('about:blank')
      await page.goto(once)
      await page.getByText('owner', { exact: true }).first().waitFor()
      await page.context().clearCookies()
      await page.goto('about:blank')
      await page.goto(once)
      await page.getByText('This address was opened once already').waitFor()
      await shot(page, 'login')
      await sound(page)
    }, /status of 40[14]|ERR_NAME_NOT_RESOLVED/))

  test('an admin says who is told of what, tries it, and silences; how long evidence is kept', () =>
    withPage(async page => {
      const got: string[] = []
      const hook = createServer((request, response) => {
        request.on('data', piece => got.push(String(piece)))
        request.on('end', () => response.end())
      })
      hook.listen(0, '127.0.0.1')
      await once(hook, 'listening')
      try {
        await logIn(page, '', token)
        await page.locator('a[href="/settings"]').first().click()
        await page.locator('a[href="/settings?part=alerts"]').click()
        await page.getByRole('button', { name: 'New channel' }).click()
        await page.locator('#channel-name').fill('ops')
        await page.locator('#channel-url').fill(`http://127.0.0.1:${(hook.address() as AddressInfo).port}/`)
        await page.locator('dialog button[type="submit"], form.stack-form button[type="submit"]').last().click()
        await page.getByRole('button', { name: 'Send a test: ops' }).click()
        await page.getByText('It was taken').waitFor()
        assert.match(got.join(''), /a test, asked for by hand/)
        await page.getByRole('button', { name: 'New rule' }).click()
        await page.locator('#rule-name').fill('oopses of rack 7')
        await page.locator('#rule-only').fill('severity=oops,panic host=rack7-* title=null pointer')
        await page.locator('fieldset input[type="checkbox"]').check()
        await page.locator('form.stack-form button[type="submit"]').last().click()
        await page.getByText('severity=oops,panic host=rack7-* title=null pointer').waitFor()
        await shot(page, 'alerts')
        await sound(page)
        await page.locator('a[href="/settings?part=retention"]').click()
        await page.locator('#retention-maxAgeMs').fill('30')
        await page.locator('form.stack-form button[type="submit"]').click()
        await page.getByText('It holds from the next hour on').waitFor()
        await shot(page, 'retention')
        await sound(page)
        await page.reload()
        await page.locator('#retention-maxAgeMs').waitFor()
        assert.equal(await page.locator('#retention-maxAgeMs').inputValue(), '30')
      } finally {
        hook.close()
      }
    }))
})
