/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
// The server's pages in a real browser: from the first login to a bug that is found, said to be what it is, and sent on.

import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { type RunningServer, serve } from '../../src/server/serve.ts'
import { browsing, download, logOut, narrow, shots, toast, wide } from '../browsing.ts'
import { contrastProblems, launchChromium, missingBrowser, namelessControls } from '../chromium.ts'
import { sampleLog } from '../samples/drafts.ts'

const root = dirname(dirname(import.meta.dirname))
const base = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'faultline-ui-'))
const sample = readFileSync(join(root, 'fixtures', 'sample', 'sample.log'), 'utf8')

const crash = (name: string, task = 'insmod', release = '6.1.0'): string =>
  sampleLog.replaceAll('fl_read', name).replaceAll('insmod', task).replaceAll('6.1.0', release)
const titleOf = (name: string): string => `BUG: unable to handle kernel NULL pointer dereference in ${name}`

describe('the server’s pages in Chromium', { skip: missingBrowser, timeout: 600_000 }, () => {
  let server: RunningServer
  let browser: Browser
  let token: string

  before(async () => {
    const log = (message: string): void => assert.fail(message)
    server = await serve({ data: base, host: '127.0.0.1', port: 0, version: 'test', log })
    token = readFileSync(server.tokenFile, 'utf8').trim()
    browser = await launchChromium()
  })
  after(async () => {
    await browser?.close()
    await server?.close()
    rmSync(base, { recursive: true, force: true })
  })

  const { withPage, logIn, loggedIn, visit, shoot } = browsing(() => ({ browser, url: server.url, token }), 'ui')
  async function send(host: string, log: string): Promise<{ issueId: string; reportId: string }> {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'text/plain' }
    const answer = await fetch(`${server.url}api/v1/logs?host=${host}`, { method: 'POST', headers, body: log })
    assert.equal(answer.status, 200)
    return ((await answer.json()) as { reports: { issueId: string; reportId: string }[] }).reports[0]!
  }
  const rows = (page: Page) => page.locator('.issue-row')
  const row = (page: Page, name: string) => rows(page).filter({ hasText: titleOf(name) })

  test('who is not known sees nothing; the owner’s token opens; logging out closes', async () => {
    await withPage(
      {},
      async page => {
        await page.getByRole('heading', { name: 'Log in' }).waitFor()
        await page.locator('#secret').fill('guess')
        await page.getByRole('button', { name: 'Log in' }).click()
        await page.getByRole('alert').waitFor()
        await page.locator('#secret').fill(token)
        await page.getByRole('button', { name: 'Log in' }).click()
        await page.getByRole('heading', { name: 'No report yet' }).waitFor()
        await shoot(page, 'nothing-yet')
        await logOut(page)
        await visit(page, '/issues')
        await page.getByRole('heading', { name: 'Log in' }).waitFor()
        assert.equal(await page.evaluate(() => document.cookie), '')
      },
      /401/,
    )
  })

  test('the address that the server prints opens once', async () => {
    const address = server.loginUrl()
    await withPage({}, async page => {
      await page.goto('about:blank')
      await page.goto(address)
      await page.getByRole('heading', { name: 'No report yet' }).waitFor()
      assert.equal(page.url(), server.url)
    })
    await withPage(
      {},
      async page => {
        await page.goto('about:blank')
        await page.goto(address)
        await page.getByRole('heading', { name: 'Log in' }).waitFor()
      },
      /401/,
    )
  })

  test('a crash shows up within two seconds, and the counts move', async () => {
    await send('first', crash('ui_first'))
    await loggedIn({}, async page => {
      await page.getByText(titleOf('ui_first')).first().waitFor()
      await page.locator('.live[data-on]').waitFor()
      const figure = page.locator('.figure b').first()
      assert.equal(await figure.textContent(), '1')
      // Once in three times is enough: this machine may be busy with other tests.
      const names = ['ui_second', 'ui_third', 'ui_fourth']
      let sent = 0
      for (let shown = false; !shown && sent < names.length; sent++) {
        await send('second', crash(names[sent]!))
        const line = page.locator('.latest').getByText(titleOf(names[sent]!))
        shown = await line.waitFor({ timeout: 2000 }).then(
          () => true,
          () => false,
        )
        if (sent === names.length - 1) assert.ok(shown, 'it does not show up within two seconds')
      }
      await page.waitForFunction(count => document.querySelector('.figure b')?.textContent === count, String(1 + sent))
      await page.locator('.latest .title').first().click()
      await page
        .getByRole('article')
        .getByRole('heading', { name: titleOf('ui_second') })
        .waitFor()
    })
  })

  test('found by words, by filters, by keys; the address brings it back', async () => {
    for (const [index, host] of ['a', 'b', 'c'].entries()) await send(host, `${crash('ui_many')}# ${index}\n`)
    await send('other', sample)
    await loggedIn({}, async page => {
      await page.keyboard.press('g')
      await page.keyboard.press('i')
      await row(page, 'ui_many').waitFor()
      const all = await rows(page).count()
      assert.ok(all > 4, String(all))
      await shoot(page, 'issues')
      await page.keyboard.press('/')
      await page.keyboard.type('ui_many')
      await row(page, 'ui_first').waitFor({ state: 'detached' })
      assert.equal(await rows(page).count(), 1)
      assert.match(page.url(), /query=ui_many/)
      await page.reload()
      await row(page, 'ui_many').waitFor()
      assert.equal(await rows(page).count(), 1)
      await page.getByRole('button', { name: 'Clear filters' }).click()
      await page.getByLabel('Severity').selectOption('stall')
      await page.getByText('soft lockup', { exact: false }).first().waitFor()
      assert.equal(await row(page, 'ui_many').count(), 0)
      await page.getByRole('button', { name: 'Clear filters' }).click()
      await page.getByLabel('Filter by…').selectOption('module')
      await page.getByLabel('Module', { exact: true }).fill('fl')
      await page.getByRole('button', { name: /^Module: fl/ }).waitFor()
      await row(page, 'ui_many').waitFor()
      await page.getByLabel('Order').selectOption('hosts')
      await page.waitForURL(/sort=hosts/)
      await page.waitForFunction(() => document.querySelector('.issue-row')?.textContent?.includes('ui_many'))
      await page.locator('main').click({ position: { x: 2, y: 2 } })
      await page.keyboard.press('j')
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { level: 1, name: titleOf('ui_many') }).waitFor()
    })
  })

  test('one issue: the report, who has it, why it is one; known, fixed, a note, and all of it undone', async () => {
    const { issueId } = await send('d', `${crash('ui_many')}# again\n`)
    await loggedIn({}, async page => {
      await visit(page, `/issues/${issueId}`)
      const main = page.getByRole('main')
      await main.getByText('at NULL+0x8', { exact: false }).or(main.getByText('read of NULL+0x8')).first().waitFor()
      await main.getByText('A NULL pointer was used').first().waitFor()
      for (const host of ['a', 'b', 'c', 'd']) await main.locator('.facet').getByText(host, { exact: true }).waitFor()
      await main.getByText('same fingerprint').first().waitFor()
      await page.keyboard.press('v')
      await page.locator('li[data-evidence]').first().waitFor()
      await page.keyboard.press('j')
      await page.waitForURL(/report=/)
      const badge = page.locator('.issue-header .state-badge')
      await page.getByRole('button', { name: 'Known' }).click()
      await badge.getByText('known').waitFor()
      await toast(page).getByRole('button', { name: 'Undo' }).click()
      await badge.getByText('new').waitFor()
      await page.getByRole('button', { name: 'Fixed in…' }).click()
      await page.getByRole('dialog').getByLabel('Release').fill('6.1.90')
      await page.keyboard.press('Enter')
      await badge.getByText('fixed 6.1.90').waitFor()
      await page.getByRole('button', { name: 'Add a note…' }).click()
      await page.getByRole('textbox', { name: 'Note' }).fill('Bisected to <b>the reset path</b>')
      await page.getByRole('button', { name: 'Save', exact: true }).click()
      await page.locator('.note-text').getByText('<b>the reset path</b>').waitFor()
      await shoot(page, 'issue')
      await send('e', crash('ui_many', 'sh', '6.2.0'))
      await badge.getByText('regressed').waitFor()
      await page.locator('.history').getByText('came back with 6.2.0').waitFor()
    })
  })

  test('a host: each of its exceptions is a mark on its timeline that leads to the report', async () => {
    await send('timed', crash('ui_timed'))
    await loggedIn({}, async page => {
      await visit(page, '/hosts?query=timed')
      await page.getByRole('link', { name: /^timed/ }).click()
      const mark = page.locator('.timeline .mark').first()
      await mark.waitFor()
      const box = await mark.boundingBox()
      assert.ok(box !== null && box.width >= 3 && box.height > 20, JSON.stringify(box))
      await shoot(page, 'host')
      await mark.click()
      await page.waitForURL(/\/reports\//)
    })
  })

  test('two issues merge, come apart again, and are ignored', async () => {
    await loggedIn({}, async page => {
      await visit(page, '/issues?query=ui_')
      await row(page, 'ui_first').getByRole('checkbox').check()
      await row(page, 'ui_second').getByRole('checkbox').check()
      await page.getByText('2 selected').waitFor()
      await page.keyboard.press('m')
      await toast(page).getByText('2 issues merged').waitFor()
      await page.waitForFunction(
        () => (document.querySelector('.issue-rows')?.textContent?.match(/ui_(?:first|second)/g) ?? []).length === 1,
      )
      await toast(page).getByRole('button', { name: 'Undo' }).click()
      await row(page, 'ui_second').waitFor()
      await row(page, 'ui_first').waitFor()
      await row(page, 'ui_first').getByRole('checkbox').check()
      await page.keyboard.press('i')
      await row(page, 'ui_first').waitFor({ state: 'detached' })
      await page.getByLabel('State').selectOption('ignored')
      await row(page, 'ui_first').waitFor()
    })
  })

  test('reports are split off and looked at beside each other', async () => {
    const { issueId, reportId } = await send('split', crash('ui_many', 'split'))
    await loggedIn({}, async page => {
      await visit(page, `/issues/${issueId}`)
      const boxes = page.locator('.report-table .row input')
      await boxes.nth(0).check()
      await boxes.nth(1).check()
      await page.locator('.report-table').getByRole('link', { name: 'Compare' }).click()
      await page.waitForURL(/\/diff\?one=/)
      await page.getByText('title "BUG').waitFor()
      await page.locator('.diff-part').filter({ hasText: 'Log' }).first().waitFor()
      await shoot(page, 'diff')
      await page.goBack()
      await boxes.nth(0).check()
      await page.getByRole('button', { name: 'Split off' }).click()
      await page.getByText('Only 1 report').click()
      await page.getByRole('button', { name: 'Go on' }).click()
      await toast(page).getByText('Split off').waitFor()
      await page.waitForFunction(id => !location.pathname.endsWith(id), issueId)
      await page.getByText('1 report on 1 host').waitFor()
      await visit(page, `/reports/${reportId}`)
      await page.getByRole('link', { name: '← Issue' }).click()
      await page.getByText('1 report on 1 host').waitFor()
    })
  })

  test('a report leaves as Markdown, HTML and JSON; its files are those that came', async () => {
    const { reportId } = await send('export', crash('ui_export'))
    await loggedIn({ permissions: ['clipboard-read', 'clipboard-write'] }, async page => {
      await visit(page, `/reports/${reportId}`)
      await page.getByRole('article').waitFor()
      assert.match(await download(page, 'Save HTML'), /ui_export[\s\S]*<\/html>\n$/)
      assert.equal(JSON.parse(await download(page, 'Save JSON')).title, titleOf('ui_export'))
      assert.match(await download(page, 'excerpt.log'), /RIP: 0010:ui_export/)
      await page.keyboard.press('m')
      await toast(page).getByText('Copied').waitFor()
      assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^## BUG: .* in ui\\?_export/)
    })
  })

  test('who only looks is offered nothing else', async () => {
    const body = JSON.stringify({ name: 'vera', password: 'correct horse battery', role: 'viewer' })
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    assert.equal((await fetch(`${server.url}api/v1/users`, { method: 'POST', headers, body })).status, 200)
    await loggedIn(
      {},
      async page => {
        await visit(page, '/issues')
        await row(page, 'ui_many').first().waitFor()
        assert.equal(await page.getByRole('checkbox', { name: /^Select/ }).count(), 0)
        await row(page, 'ui_many').first().getByRole('link').click()
        await page.getByRole('article').waitFor()
        assert.equal(await page.getByRole('button', { name: 'Ignore' }).count(), 0)
        assert.equal(await page.getByRole('button', { name: 'Undo' }).count(), 0)
      },
      { name: 'vera', password: 'correct horse battery' },
    )
  })

  test('what a log says stays text on every page', async () => {
    const hostile = '<img src=x onerror=alert(1)>'
    const { issueId, reportId } = await send('evil', `${crash('ui_evil', hostile)}[   13.0] \u202eevil\u200b\n`)
    const named = await send('%3Cscript%3Ealert(1)%3C%2Fscript%3E', crash('ui_evil', "'><svg/onload=alert(1)>"))
    await loggedIn({}, async page => {
      for (const path of [
        '/',
        '/issues?query=ui_evil',
        `/issues/${issueId}`,
        `/reports/${reportId}`,
        `/diff?one=${reportId}&other=${named.reportId}`,
      ]) {
        await visit(page, path)
        await page.getByText('ui_evil', { exact: false }).first().waitFor()
        await page.keyboard.press('v')
        const foreign = await page.evaluate(
          () =>
            document.querySelectorAll(
              '#app img, #app script, #app iframe, #app [onerror], #app [onload], #app [style*=url]',
            ).length,
        )
        assert.equal(foreign, 0, path)
        assert.doesNotMatch((await page.locator('#app').textContent()) ?? '', /[\u202e\u200b]/, path)
      }
    })
  })

  test('360 pixels wide nothing runs out of any page; light and dark, all text stands out and all controls have names', async () => {
    const { issueId, reportId } = await send('narrow', `${sample}# narrow\n`)
    const many = await send('narrow-2', `${crash('ui_many')}# narrow\n`)
    const paths = [
      'overview:/',
      'issues:/issues',
      `issue:/issues/${issueId}`,
      `issue-many:/issues/${many.issueId}`,
      `report:/reports/${reportId}`,
      `diff:/diff?one=${reportId}&other=${many.reportId}`,
    ]
    const looks = [
      ['dark', narrow],
      ['light', wide],
      // for those who look at the pictures
      ...(shots === undefined
        ? []
        : ([
            ['light', narrow],
            ['dark', wide],
          ] as const)),
    ] as const
    for (const [colorScheme, options] of looks) {
      const size = options === narrow ? 'narrow' : 'wide'
      await loggedIn({ ...options, colorScheme }, async page => {
        for (const path of paths) {
          const [name, address] = path.split(/:(.*)/s) as [string, string]
          await visit(page, address)
          await page.locator('h1').first().waitFor({ state: 'attached' })
          await page.locator('.report, .issue-row, .plot canvas, .diff-part').first().waitFor()
          if (size === 'wide') await page.keyboard.press('v')
          await shoot(page, `${size}-${colorScheme}-${name}`)
          const [inner, outer] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth] as const)
          assert.ok(inner <= outer, `${path}: ${inner} > ${outer}`)
          assert.deepEqual(await page.evaluate(contrastProblems), [], `${path} ${colorScheme}`)
          assert.deepEqual(await page.evaluate(namelessControls), [], path)
        }
      })
    }
  })

  test('in Chinese: by the browser’s language and by choice, remembered; keys are listed', async () => {
    await loggedIn({ locale: 'zh-CN' }, async page => {
      await page.getByRole('link', { name: '问题', exact: true }).click()
      await page.getByRole('main').waitFor()
      assert.equal(await page.evaluate(() => document.documentElement.lang), 'zh-CN')
      assert.match(await page.title(), /^问题/)
      await row(page, 'ui_many').getByText('复发').first().waitFor()
      await page.keyboard.press('?')
      await page.getByRole('dialog').getByText('合并所选').waitFor()
      await shoot(page, 'keys')
      await page.keyboard.press('Escape')
      await page.getByRole('dialog').waitFor({ state: 'detached' })
      await page.getByRole('button', { name: 'English' }).click()
      await page.getByRole('link', { name: 'Issues', exact: true }).waitFor()
      await page.reload()
      await page.getByRole('link', { name: 'Issues', exact: true }).waitFor()
    })
  })

  test('in Chinese: what was found, how sure that is, and what the server refuses', async () => {
    const { issueId, reportId } = await send('chinese', crash('ui_chinese'))
    const chinese = { locale: 'zh-CN' }
    await withPage(
      chinese,
      async page => {
        await logIn(page)
        await visit(page, `/reports/${reportId}`)
        const findings = page.locator('.findings')
        await findings.getByText('使用了空指针：要读取的是偏移 0x8 处的成员').waitFor()
        await findings.getByText('在 ui_chinese 中查找指向在 0x8 处有成员的结构体的指针').waitFor()
        assert.match((await findings.textContent()) ?? '', /确定：出错地址为 0x8，距 NULL 不到一页/)
        await page.locator('.why').getByText('读取 NULL+0x8（内核态）').waitFor()
        await shoot(page, 'findings-zh')
        // The kernel's own words stay, and so does all that leaves the page.
        await page.getByRole('heading', { name: titleOf('ui_chinese') }).waitFor()
        assert.match(await download(page, '保存 JSON'), /"what":"A NULL pointer was used: the member at offset 0x8/)
        await visit(page, `/issues/${issueId}`)
        await page.locator('.verdict').getByText('一台主机，1 次启动中有 1 份报告：太少，无法判断').waitFor()
        await page.goto(new URL('/issues/none', server.url).href)
        await page.getByText('没有问题 none').waitFor()
        await visit(page, '/settings?part=alerts')
        await page.getByRole('button', { name: '新建渠道' }).click()
        await page.locator('#channel-name').fill('ops')
        await page.locator('#channel-kind').selectOption('webhook')
        await page.getByText('JSON；给出密钥时带有 X-Faultline-Signature').waitFor()
        await page.locator('#channel-url').fill('nowhere')
        await page.getByRole('dialog').getByRole('button', { name: '新建渠道' }).click()
        await page.getByRole('alert').getByText('webhook 的设置：url').waitFor()
        await shoot(page, 'refused-zh')
      },
      /40[04]/,
    )
  })
})
