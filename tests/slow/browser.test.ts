/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
// The page that decodes, in a real browser, as anyone has it: what a person does with it, what a hostile log tries, how it
// fits and looks.
// FAULTLINE_SHOTS=FOLDER keeps screenshots.

import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { type RunningServer, serve } from '../../src/server/serve.ts'
import { contrastProblems, launchChromium, missingBrowser, namelessControls } from '../chromium.ts'
import { newFolder } from '../server-app.ts'
import { compile, run, scratchFolder } from '../toolchain.ts'

const root = dirname(dirname(import.meta.dirname))
const shots = process.env['FAULTLINE_SHOTS']
const base = newFolder('browser')
const sample = readFileSync(join(root, 'fixtures', 'sample', 'sample.log'), 'utf8')

const oops = (name: string): string => `\
[    9.231431] BUG: kernel NULL pointer dereference, address: 0000000000000050
[    9.231432] #PF: supervisor read access in kernel mode
[    9.231433] #PF: error_code(0x0000) - not-present page
[    9.231434] Oops: 0000 [#1] PREEMPT SMP NOPTI
[    9.231435] CPU: 0 PID: 135 Comm: ${name} Not tainted 6.1.0 #1
[    9.231436] RIP: 0010:fl_null_read+0xc/0x20 [fltrig]
[    9.231437] Call Trace:
[    9.231438]  <TASK>
[    9.231439]  fl_run+0x30/0x51a [fltrig]
[    9.231440]  vfs_write+0xc7/0x3f0
[    9.231441]  </TASK>
[    9.231442] ---[ end trace 0000000000000000 ]---
`
const title = 'BUG: unable to handle kernel NULL pointer dereference in fl_null_read'

describe('the page in Chromium', { skip: missingBrowser, timeout: 600_000 }, () => {
  let server: RunningServer
  let browser: Browser

  before(async () => {
    const log = (message: string): void => assert.fail(message)
    server = await serve({ data: base, host: '127.0.0.1', port: 0, version: 'test', log })
    browser = await launchChromium()
  })
  after(async () => {
    await browser?.close()
    await server?.close()
    rmSync(base, { recursive: true, force: true })
  })

  /** Opens the page; fails the test for a console error, a thrown error, or a request to anywhere else. */
  async function withPage(options: BrowserContextOptions, use: (page: Page) => Promise<void>): Promise<void> {
    const context = await browser.newContext(options)
    const trouble: string[] = []
    const page = await context.newPage()
    page.on('pageerror', error => trouble.push(String(error)))
    page.on('console', message => {
      if (message.type() === 'error' || message.type() === 'warning') trouble.push(message.text())
    })
    page.on('dialog', dialog => {
      trouble.push(`dialog: ${dialog.message()}`)
      void dialog.dismiss()
    })
    page.on('request', request => {
      const url = request.url()
      if (!url.startsWith(server.url) && !url.startsWith('data:') && !url.startsWith('blob:'))
        trouble.push(`request: ${url}`)
    })
    try {
      await page.goto(`${server.url}decode`)
      await page.getByLabel('Kernel log').waitFor()
      await use(page)
      assert.deepEqual(trouble, [])
    } finally {
      await context.close()
    }
  }

  const shoot = async (page: Page, name: string): Promise<void> => {
    if (shots !== undefined) await page.screenshot({ path: join(shots, `${name}.png`) })
  }
  const pasteIn = async (page: Page, text: string): Promise<void> => {
    await page.getByLabel('Kernel log').fill(text)
    await page.getByRole('button', { name: 'Decode' }).click()
  }
  const drop = (page: Page, name: string, bytes: Uint8Array): Promise<void> =>
    page.evaluate(
      ([fileName, base64]) => {
        const transfer = new DataTransfer()
        transfer.items.add(new File([Uint8Array.from(atob(base64), character => character.charCodeAt(0))], fileName))
        document.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }))
      },
      [name, Buffer.from(bytes).toString('base64')] as const,
    )
  const heading = (page: Page) => page.getByRole('article').getByRole('heading', { level: 2 })

  test('paste, look, fold out, filter, go back', async () => {
    await withPage({ viewport: { width: 1280, height: 860 } }, async page => {
      await shoot(page, 'intake')
      assert.equal(await page.getByRole('button', { name: 'Decode' }).isDisabled(), true)
      await pasteIn(page, sample)
      await heading(page).waitFor()
      assert.match((await heading(page).textContent()) ?? '', /NULL pointer dereference in fl_null_read/)
      const items = page.getByRole('navigation', { name: 'Reports' }).getByRole('listitem')
      await page.getByText(/^\d+ reports in the pasted log$/).waitFor()
      const all = await items.count()
      assert.ok(all >= 5, String(all))
      await shoot(page, 'report')
      await page.getByText('Registers, kernel mode').first().click()
      assert.ok(await page.getByText('RAX', { exact: true }).first().isVisible())
      await page.keyboard.press('/')
      await page.keyboard.type('ppc64 sysrq_handle')
      await page.keyboard.press('Escape')
      assert.equal(await items.count(), all)
      await page.keyboard.type('soft lockup')
      assert.ok((await items.count()) < all)
      await page.keyboard.press('Escape')
      await page.keyboard.press('Escape')
      await page.keyboard.press('j')
      assert.doesNotMatch((await heading(page).textContent()) ?? '', /fl_null_read/)
      await page.keyboard.press('k')
      assert.match((await heading(page).textContent()) ?? '', /fl_null_read/)
      await page.getByRole('button', { name: 'out of memory 1' }).click()
      assert.ok((await items.count()) < all)
      await page.getByRole('button', { name: 'New log' }).click()
      assert.ok(await page.getByLabel('Kernel log').isVisible())
    })
  })

  test('the sample, every report in it, unfolded', async () => {
    await withPage({ viewport: { width: 1280, height: 1600 } }, async page => {
      await page.getByRole('button', { name: 'Try a sample' }).click()
      await page.getByText(/^\d+ reports in the sample$/).waitFor()
      const items = page.getByRole('navigation', { name: 'Reports' }).getByRole('listitem')
      for (let index = 0; index < (await items.count()); index++) {
        await items.nth(index).getByRole('button').click()
        await page.keyboard.press('v')
        await shoot(page, `sample-${index + 1}`)
      }
    })
  })

  test('files: plain and packed by drop and by picker; what a browser cannot unpack is said', async () => {
    await withPage({}, async page => {
      const log = Buffer.from(oops('sh'))
      const xz = Buffer.from(xzOops, 'base64')
      for (const [name, bytes] of [
        ['a.log', log],
        ['a.log.gz', gzipSync(log)],
        ['a.log.zst', zstdCompressSync(log)],
        ['a.log.xz', xz],
        ['a.log.bz2', Buffer.from(bzip2Oops, 'base64')],
        ['a.log.lz4', Buffer.from(lz4Oops, 'base64')],
      ] as const) {
        await drop(page, name, bytes)
        await page.getByText(`1 report in ${name}`, { exact: true }).waitFor()
        assert.equal(await heading(page).textContent(), title, name)
      }
      await drop(page, 'a.zip', Buffer.from('PK\x03\x04…'))
      await page.getByText(/cannot unpack zip.*unzip FILE/).waitFor()
      await page.getByRole('button', { name: 'New log' }).first().click()
      await page.locator('input[type=file]').setInputFiles({ name: 'picked.log', mimeType: 'text/plain', buffer: log })
      await page.getByText('1 report in picked.log', { exact: true }).waitFor()
      await page.getByRole('button', { name: 'New log' }).first().click()
      const both = ['one.log', 'two.log'].map(name => ({ name, mimeType: 'text/plain', buffer: log }))
      await page.locator('input[type=file]').setInputFiles(both)
      await page.getByText('2 reports in 2 files', { exact: true }).waitFor()
      await page.getByText('two.log:1', { exact: false }).first().waitFor()
      await drop(page, 'clean.log', Buffer.from('[    0.000000] Linux version 6.1.0\n'))
      await page.getByText('No kernel exception in clean.log').waitFor()
      await shoot(page, 'nothing')
    })
  })

  test('packed files that break off give what came before', async () => {
    await withPage({}, async page => {
      const filler = Array.from(
        { length: 30_000 },
        (_, index) => `[   10.${String(index).padStart(6, '0')}] line ${index * 7919}\n`,
      ).join('')
      for (const [name, packed] of [
        ['torn.gz', gzipSync(oops('sh') + filler)],
        ['torn.zst', zstdCompressSync(oops('sh') + filler)],
      ] as const) {
        await drop(page, name, packed.subarray(0, packed.length - 4000))
        await page.getByText(`1 report in ${name}`, { exact: true }).waitFor()
        await page
          .getByRole('alert')
          .getByText(/is damaged or breaks off/)
          .waitFor()
      }
    })
  })

  test('markup and controls of a log stay text', async () => {
    const hostile = [
      '<img src=x onerror=alert(1)>',
      '</article><script>alert(1)</script>',
      '"onfocus="alert(1)"autofocus="',
      '\u202eevil\u200b',
      "'><svg/onload=alert(1)>",
    ]
    await withPage({}, async page => {
      for (const name of hostile) {
        await drop(page, `${name}.log`, Buffer.from(oops(name).replaceAll('fl_run', name)))
        await heading(page).waitFor()
        const foreign = await page.evaluate(
          () =>
            document.querySelectorAll(
              '#app img, #app script, #app [onerror], #app [onload], #app [onfocus], #app iframe',
            ).length,
        )
        assert.equal(foreign, 0)
        assert.doesNotMatch((await page.locator('#app').textContent()) ?? '', /[\u202e\u200b]/)
      }
    })
  })

  test('downloads and the clipboard', async () => {
    await withPage({ permissions: ['clipboard-read', 'clipboard-write'] }, async page => {
      await pasteIn(page, oops('sh'))
      await heading(page).waitFor()
      const [json] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('banner').getByRole('button', { name: 'Save JSON' }).click(),
      ])
      assert.equal(json.suggestedFilename(), 'faultline.jsonl')
      assert.equal(JSON.parse(readFileSync((await json.path())!, 'utf8')).title, title)
      const [html] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'Save HTML' }).click(),
      ])
      assert.match(readFileSync((await html.path())!, 'utf8'), /<\/html>\n$/)
      await page.getByRole('button', { name: 'Copy as Markdown' }).click()
      await page.getByText('Copied').waitFor()
      assert.match(await page.evaluate(() => navigator.clipboard.readText()), new RegExp(`^## ${title}`))
    })
  })

  test('360 pixels wide: nothing runs out of the page, list and report one after the other', async () => {
    await withPage({ viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true }, async page => {
      const fits = async (): Promise<void> => {
        const [inner, outer] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth] as const)
        assert.ok(inner <= outer, `${inner} > ${outer}`)
      }
      await fits()
      await shoot(page, 'narrow-intake')
      await page.getByRole('button', { name: 'Try a sample' }).click()
      await page.getByText(/^\d+ reports in the sample$/).waitFor()
      await fits()
      await shoot(page, 'narrow-list')
      const items = page.getByRole('navigation', { name: 'Reports' }).getByRole('listitem')
      for (let index = 0; index < (await items.count()); index++) {
        await items.nth(index).getByRole('button').click()
        await heading(page).waitFor()
        await page.keyboard.press('v')
        await fits()
        if (index < 4) await shoot(page, `narrow-report-${index + 1}`)
        await page.getByRole('button', { name: '← Reports' }).click()
      }
    })
  })

  test('dark as the system has it, and by choice', async () => {
    const ground = (page: Page): Promise<string> =>
      page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)
    await withPage({ colorScheme: 'dark', viewport: { width: 1280, height: 860 } }, async page => {
      const dark = await ground(page)
      await page.getByRole('button', { name: 'Try a sample' }).click()
      await heading(page).waitFor()
      await shoot(page, 'dark')
      await page.getByRole('button', { name: /^Colours/ }).click()
      assert.notEqual(await ground(page), dark)
      await page.getByRole('button', { name: /^Colours/ }).click()
      assert.equal(await ground(page), dark)
    })
  })

  test('text stands out from its ground: contrast of at least 4.5 to 1 (WCAG 2.2, 1.4.3)', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await withPage({ colorScheme }, async page => {
        await page.getByRole('button', { name: 'Try a sample' }).click()
        await heading(page).waitFor()
        await page.keyboard.press('v')
        const poor = await page.evaluate(contrastProblems)
        assert.deepEqual(poor, [], colorScheme)
      })
    }
  })

  test('every control has a name', async () => {
    await withPage({}, async page => {
      await page.getByRole('button', { name: 'Try a sample' }).click()
      await heading(page).waitFor()
      const nameless = await page.evaluate(namelessControls)
      assert.deepEqual(nameless, [])
    })
  })

  test('works without a network once loaded', async () => {
    await withPage({}, async page => {
      await page.waitForLoadState('networkidle')
      await page.context().setOffline(true)
      await pasteIn(page, oops('sh'))
      await heading(page).waitFor()
    })
  })

  test('symbols beside the log: lines, inlined calls and the whole function, read in the browser', async () => {
    const folder = scratchFolder()
    const vmlinux = compile({ name: 'native', prefix: '' }, join(folder, 'vmlinux'), ['-O2', '-g', '-Wl,--build-id'])
    const module = compile({ name: 'native', prefix: '' }, join(folder, 'wa-lk.ko'), ['-O2', '-g', '-c'], ['walk.c'])
    const sizeIn = (file: string): string => {
      const row = /^[0-9a-f]+ ([0-9a-f]+) [tT] walk$/m.exec(run('nm', ['-S', file]))
      return `0x${Number.parseInt(row![1]!, 16).toString(16)}`
    }
    const log = `\
[    1.000000] BUG: kernel NULL pointer dereference, address: 0000000000000050
[    1.000001] CPU: 0 PID: 135 Comm: sh Not tainted 6.9-test #1
[    1.000002] RIP: 0010:walk+0x4/${sizeIn(module)} [wa_lk]
[    1.000003] Call Trace:
[    1.000004]  walk+0x20/0xffff
[    1.000005] ---[ end trace 0000000000000000 ]---
`
    const map = join(folder, 'System.map')
    writeFileSync(map, run('nm', ['-n', vmlinux]))
    await withPage({ viewport: { width: 1280, height: 1400 } }, async page => {
      const picker = page.locator('input[type=file]')
      await picker.setInputFiles([vmlinux])
      await page.getByText('With the symbols of vmlinux.').waitFor()
      await shoot(page, 'intake-symbols')
      await pasteIn(page, log)
      await page.getByText('No wa_lk.ko was dropped.').waitFor()
      // Those that come later are for the log that is there.
      await drop(page, 'wa-lk.ko.gz', gzipSync(readFileSync(module)))
      await page
        .getByText(/walk\.c:\d+/)
        .first()
        .waitFor()
      await page.getByText('With the symbols of vmlinux, wa-lk.ko.gz.').waitFor()
      const listing = page.locator('[data-part=function]')
      await listing.locator('summary').click()
      await listing
        .getByText(/^(?:call|jmp) <other>$/)
        .first()
        .waitFor()
      await listing
        .getByText(/walk\(\) walk\.c:\d+/)
        .first()
        .waitFor()
      await shoot(page, 'report-symbols')
      await page.getByRole('button', { name: 'Without' }).click()
      await page
        .getByText(/walk\.c:\d+/)
        .first()
        .waitFor({ state: 'detached' })
      await drop(page, 'System.map', readFileSync(map))
      await page.getByText('With the symbols of System.map.').waitFor()
    })
  })
})

// `xz -9`, `bzip2` and `lz4` of oops('sh'): Node cannot write these.
const xzOops =
  '/Td6WFoAAATm1rRGAgAhARwAAAAQz1jM4AI2AU9dAC2IMEci4anqDNDy45wzC8xQBWCPjJe7E433bZrG5eJ9xQnCFlGdhTIRt05PkcKDwupJoSKhanhjWLYUEvPSV1eO/DdozUM5W0ZQL13Qy4KASMTTVf7KeMY3C5/4ylxRg0/RBu65NHTehlVdVoAkekT+Z4e6Q97jlZ7uLIJyxt3SOTeOvN+ICd+D1gFGIP5XcctrfFQW/664DzUZfFspPCbcI/MpZIXaSZmmVvDY3ozsP8WubsG7jPi1hzdKg2Uh8XImVO+sppcaPpGx2J7BaNABNn/Hf+qQ+2ojg1kGIuK33g2wZAsEzigARypdeFAk74M8qssg2shGTJSt6kZTGmHx7qNBYYXY0VCAVDqC0phgDrmx9KQ2vPPBK58vZsw9a0oIblypEin2xF2pPNt2UiZcgxNlo1zvxV2UApMm7PI7H3htDQcY7KhOnBbkFIVgAACb8ik9xsROhgAB6wK3BAAAA7K6QrHEZ/sCAAAAAARZWg=='
const bzip2Oops =
  'QlpoOTFBWSZTWeyna3QAALRfgEAUSG//9T+v3gqv79/AMAE6i1hqnoKaemoeSBk0AGmhkaAA0AGqZNT9QjTJiaGjI0yDIANGEaaNBKE1TAKaD1NNGgaZMnqaaaeoD9KANKhwRaFuMuHXx5GkZZgQNYI4QUwrIk6l0o6Y+3pyQ8QnQ+jfZXDQ+xnk3ipB6nVSB1qDxC01aTh5JVzGFOHNoBPbRi7FTJFs9WjS4ENqo1dum21RS2mWagEmXBXTKCPghUCMFSoO7JAEgWu067ynICLjjlNOy7x+msqPM1DBsj6UlcjPeasDSTJFY0cxAhffU8RW68zQW9eAByVLngY+8tzFGEySyHmXw4uZ0oQJAb3timHUcS2UKOghYLvkPKnvHF8HMqDEygvFguYFFjZGKSpH76G2VgSbZIQFQEwxO/TDkp1aaYUEGQLbrX4dTXo4alUszGELnBLUitFIbXK1kXclWyE9jDYaxngNiGomdqM6J/i7kinChIdlO1ug'
const lz4Oops =
  'BCJNGGRAp5wBAAD5MFsgICAgOS4yMzE0MzFdIEJVRzoga2VybmVsIE5VTEwgcG9pbnRlciBkZXJlZmVyZW5jZSwgYWRkcmVzczogMAEAODUwCk8A9BIyXSAjUEY6IHN1cGVydmlzb3IgcmVhZCBhY2Nlc3MgaW5pAEltb2RlOgATMzoA0GVycm9yX2NvZGUoMHhrAPoEKSAtIG5vdC1wcmVzZW50IHBhZzoAYzRdIE9vcJoA+QggWyMxXSBQUkVFTVBUIFNNUCBOT1BUSWsA8BM1XSBDUFU6IDAgUElEOiAxMzUgQ29tbTogc2ggTm90IHRhAAGpZCA2LjEuMCAjMT0AYDZdIFJJUAcBsDEwOmZsX251bGxf5AD5AysweGMvMHgyMCBbZmx0cmlnXTgA6TddIENhbGwgVHJhY2U6GwCpOF0gIDxUQVNLPhcA/wY5XSAgZmxfcnVuKzB4MzAvMHg1MWFdAALgNDBdICB2ZnNfd3JpdGWJAGk3LzB4M2acASA0MWcAHS9oAOA0Ml0gLS0tWyBlbmQgdJ4AC+MBgDAwIF0tLS0KAAAAAHw1awI='
