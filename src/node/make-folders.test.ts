import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeFolders, makeFoldersSync } from './make-folders.ts'

test('folders are made with all above them, and what cannot be is said at once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'faultline-folders-'))
  try {
    assert.equal(await makeFolders(join(folder, 'a/b/c'), 0o750), join(folder, 'a'))
    assert.equal(statSync(join(folder, 'a/b/c')).mode & 0o777, 0o750)
    assert.equal(makeFoldersSync(join(folder, 'a/b/c')), undefined)
    assert.equal(makeFoldersSync(join(folder, 'a/b/d/e')), join(folder, 'a/b/d'))
    writeFileSync(join(folder, 'file'), '')
    assert.throws(() => makeFoldersSync(join(folder, 'file')), { code: 'EEXIST' })
    await assert.rejects(makeFolders(join(folder, 'file/x')), { code: /EEXIST|ENOTDIR/ })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('below /proc no folder can be made, and nobody asks for ever', {
  skip: existsSync('/proc/self') ? false : 'no /proc',
}, async () => {
  await assert.rejects(makeFolders('/proc/nowhere/x'), { code: 'ENOENT' })
  assert.throws(() => makeFoldersSync('/proc/nowhere/x'), { code: 'ENOENT' })
})
