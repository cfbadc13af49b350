import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { runFolder } from './run-folder.ts'

const logs = mkdtempSync(join(tmpdir(), 'faultline-runs-'))
after(() => rmSync(logs, { recursive: true }))

test('two runs of one case at once do not touch each other; the last to end is kept', () => {
  const one = runFolder('panic.arm64', logs)
  const other = runFolder('panic.arm64', logs)
  writeFileSync(join(one.folder, 'console'), 'one')
  writeFileSync(join(other.folder, 'console'), 'other')
  assert.equal(one.keep(), join(logs, 'panic.arm64'))
  assert.equal(readFileSync(join(logs, 'panic.arm64/console'), 'utf8'), 'one')
  assert.equal(other.keep(), join(logs, 'panic.arm64'))
  assert.equal(readFileSync(join(logs, 'panic.arm64/console'), 'utf8'), 'other')
  assert.deepEqual(readdirSync(logs), ['panic.arm64'])
})

test('a run that wrote nothing leaves the one before it', () => {
  const first = runFolder('warn.arm64', logs)
  writeFileSync(join(first.folder, 'console'), 'first')
  first.keep()
  assert.equal(runFolder('warn.arm64', logs).keep(), undefined)
  assert.equal(readFileSync(join(logs, 'warn.arm64/console'), 'utf8'), 'first')
})

test('what a dead process left half done is cleared away, what a living one writes is not', () => {
  const dead = join(logs, `.${spawnSync('true').pid}.1.oom.arm64`)
  mkdirSync(dead)
  const living = runFolder('oom.arm64', logs)
  runFolder('oom.arm64', logs)
  assert.ok(!existsSync(dead))
  assert.ok(existsSync(living.folder))
})
