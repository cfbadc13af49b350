import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { manualPages } from '../tools/man.ts'

const folder = join(dirname(import.meta.dirname), 'docs', 'man')

test('the manual pages are those of the commands (npm run build writes them)', () => {
  for (const [name, text] of manualPages()) {
    const file = join(folder, name)
    assert.ok(existsSync(file), `${name} is missing`)
    assert.equal(readFileSync(file, 'utf8'), text, name)
  }
})
