/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
// A server's pages as a person uses them in Chromium. FAULTLINE_SHOTS=FOLDER keeps screenshots.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'

export const shots = process.env['FAULTLINE_SHOTS'] || undefined
export const wide = { viewport: { width: 1440, height: 1000 } }
export const narrow = { viewport: { width: 360, height: 780 }, isMobile: true, hasTouch: true }

export interface Site {
  browser: Browser
  url: string
  /** the owner's */
  token: string
}

/** `site` is asked when it is needed: before the tests there is none. `prefix` begins the names of screenshots. */
export function browsing(site: () => Site, prefix: string) {
  /** Fails the test for a console error, a thrown error, a dialog, or a request to anywhere else. */
  async function withPage(
    options: BrowserContextOptions,
    use: (page: Page) => Promise<void>,
    expected?: RegExp,
  ): Promise<void> {
    const { browser, url } = site()
    const context = await browser.newContext({ ...wide, ...options })
    const trouble: string[] = []
    const page = await context.newPage()
    page.on('pageerror', error => trouble.push(String(error)))
    page.on('console', message => {
      const odd = message.type() === 'error' || message.type() === 'warning'
      if (odd && expected?.test(message.text()) !== true) trouble.push(message.text())
    })
    page.on('dialog', dialog => {
      trouble.push(`dialog: ${dialog.message()}`)
      void dialog.dismiss()
    })
    page.on('request', request => {
      if (!request.url().startsWith(url) && !/^(?:data|blob):/.test(request.url()))
        trouble.push(`request: ${request.url()}`)
    })
    try {
      await page.goto(url)
      await use(page)
      assert.deepEqual(trouble, [])
    } finally {
      await context.close()
    }
  }

  async function logIn(page: Page, as?: { name: string; password: string }): Promise<void> {
    if (as !== undefined) await page.locator('#name').fill(as.name)
    await page.locator('#secret').fill(as?.password ?? site().token)
    await page.keyboard.press('Enter')
    await page.getByRole('navigation').first().waitFor()
  }

  return {
    withPage,
    logIn,
    /** The same, logged in as the owner or as somebody. */
    loggedIn: (
      options: BrowserContextOptions,
      use: (page: Page) => Promise<void>,
      as?: { name: string; password: string },
      expected?: RegExp,
    ): Promise<void> =>
      withPage(
        options,
        async page => {
          await logIn(page, as)
          await use(page)
        },
        expected,
      ),
    visit: async (page: Page, path: string): Promise<void> => {
      await page.goto(new URL(path, site().url).href)
      await page.getByRole('main').waitFor()
    },
    shoot: async (page: Page, name: string): Promise<void> => {
      if (shots !== undefined) await page.screenshot({ path: join(shots, `${prefix}-${name}.png`) })
    },
  }
}

/** The text of a file that a link or a button gives. */
export async function download(page: Page, name: string): Promise<string> {
  const control = page.getByRole('link', { name }).or(page.getByRole('button', { name })).first()
  const [file] = await Promise.all([page.waitForEvent('download'), control.click()])
  return readFileSync((await file.path())!, 'utf8')
}

export const toast = (page: Page) => page.locator('.toast').last()

export async function logOut(page: Page): Promise<void> {
  await page.locator('.account summary').click()
  await page.getByRole('button', { name: 'Log out' }).click()
  await page.getByRole('heading', { name: 'Log in' }).waitFor()
}
