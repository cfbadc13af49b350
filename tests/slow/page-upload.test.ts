// What dead kernels left, handed to the server by its pages: images and files as they were found, logs, what was pasted.

import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { browsing, toast } from '../browsing.ts'
import { launchChromium, missingBrowser } from '../chromium.ts'
import { sampleLog } from '../samples/drafts.ts'
import { command, ended, started } from '../started.ts'

const skip = missingBrowser || (existsSync(command) ? false : 'the command is not built: npm run build')

/** What was done to each is in fixtures/images/README.md. */
const titles = {
  'ramoops-zones/image.gz': 'kernel panic: fl: deliberate panic NUM',
  'pstore-blk/dmesg-pstore_blk-0.gz': 'BUG: unable to handle kernel NULL pointer dereference in fl_null_read',
  'vmcore/x86_64.elf.gz': 'kernel panic: sysrq triggered crash',
}

test('a memory of ramoops, a file of pstore and a dump of kdump, by the page’s upload', { skip }, async t => {
  const data = mkdtempSync(join(tmpdir(), 'faultline-page-upload-'))
  const server = await started(['serve', '--data', data, '--listen', '127.0.0.1:0'])
  const browser = await launchChromium()
  t.after(async () => {
    await browser.close()
    await ended(server)
    rmSync(data, { recursive: true, force: true })
  })
  const { loggedIn, visit, shoot } = browsing(() => ({ browser, ...server }), 'page-upload')
  await loggedIn(
    {},
    async page => {
      await page.getByRole('heading', { name: 'No report yet' }).waitFor()
      const files = Object.keys(titles).map(name => join('fixtures/images', name))
      await page.locator('input[type=file]').setInputFiles(files)
      await toast(page).getByText('3 reports are filed').waitFor({ timeout: 60_000 })
      for (const title of Object.values(titles)) await page.locator('.latest .title').getByText(title).waitFor()
      await shoot(page, 'filed')
      await page.locator('.latest .title').getByText(titles['vmcore/x86_64.elf.gz']).click()
      const frames = page.getByRole('article').locator('.frames li')
      await frames.filter({ hasText: 'sysrq_handle_crash' }).first().waitFor()
      await visit(page, '/issues')
      assert.equal(await page.locator('.issue-row').count(), Object.keys(titles).length)

      // Also where there are some already: from the list of issues, and of what was looked at in the browser alone.
      await page.getByLabel('Hand in logs…').setInputFiles([
        { name: 'nothing.log', mimeType: 'text/plain', buffer: Buffer.from('all is well\n') },
        { name: 'oops.log', mimeType: 'text/plain', buffer: Buffer.from(sampleLog.replaceAll('fl_read', 'handed_in')) },
      ])
      await page.locator('.toast').getByText('nothing.log: there is no kernel exception in this log').waitFor()
      await toast(page).getByText('one report is filed').waitFor()
      await page.locator('.issue-row').getByText('handed_in').waitFor()
      await visit(page, '/decode')
      await page.locator('#log').fill(sampleLog.replaceAll('fl_read', 'looked_at'))
      await page.getByRole('button', { name: 'Decode', exact: true }).click()
      await page.getByRole('button', { name: 'File on this server' }).click()
      await toast(page).getByRole('button', { name: 'Show' }).click()
      await page.waitForURL(/\/reports\//)
      await page.getByText('looked_at').first().waitFor()
    },
    undefined,
    /422/,
  )
})
