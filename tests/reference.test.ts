import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { configurationPage } from '../tools/configuration.ts'
import { manualPages, publishedSchema } from '../tools/reference.ts'

const docs = join(dirname(import.meta.dirname), 'docs')
const folder = join(docs, 'man')

test('the manual pages are those of the commands (npm run build writes them)', async () => {
  for (const [name, text] of await manualPages()) {
    const file = join(folder, name)
    assert.ok(existsSync(file), `${name} is missing`)
    assert.equal(readFileSync(file, 'utf8'), text, name)
  }
})

test('the published JSON Schema is that of the report (npm run build writes it)', () => {
  assert.equal(readFileSync(join(docs, 'report.schema.json'), 'utf8'), publishedSchema())
})

test('the reference of the configuration is that of its keys (npm run build writes it)', () => {
  assert.equal(readFileSync(join(docs, 'configuration.md'), 'utf8'), configurationPage())
})
