import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { replaceDurably, replaceDurablySync } from './durable.ts'

function folder(context: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'faultline-durable-'))
  context.after(() => rmSync(path, { recursive: true }))
  return path
}

test('a file is replaced whole, with the mode that was asked for, and nothing else stays', async context => {
  const path = folder(context)
  const file = join(path, 'file')
  for (const replace of [replaceDurably, replaceDurablySync]) {
    writeFileSync(file, 'something longer than what comes', { mode: 0o644 })
    await replace(file, Buffer.from('new'), 0o600)
    assert.equal(readFileSync(file, 'utf8'), 'new')
    assert.equal(statSync(file).mode & 0o777, 0o600)
    assert.deepEqual(readdirSync(path), ['file'])
  }
})

test('what cannot be written leaves what was there', async context => {
  const file = join(folder(context), 'file')
  writeFileSync(file, 'old')
  // Where the draft would be.
  mkdirSync(`${file}.tmp`)
  await assert.rejects(replaceDurably(file, Buffer.from('new')), { code: 'EISDIR' })
  assert.throws(() => replaceDurablySync(file, Buffer.from('new')), { code: 'EISDIR' })
  assert.equal(readFileSync(file, 'utf8'), 'old')
})
