import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { type Input, InputError, openInput } from './files.ts'

const folder = mkdtempSync(join(tmpdir(), 'faultline-files-'))
after(() => rmSync(folder, { recursive: true }))

function written(name: string, bytes: Uint8Array | string): string {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  return path
}

async function contentOf(input: Input): Promise<string> {
  const parts: Buffer[] = []
  for await (const chunk of input.chunks) parts.push(Buffer.from(chunk))
  return Buffer.concat(parts).toString()
}

const isProblem = (problem: string, path: string) => (error: unknown) =>
  error instanceof InputError && error.problem === problem && error.path === path && error.message.startsWith(path)

test('a file is read whole, with its size and the bytes read', async () => {
  const text = '[    1.000000] text\n'.repeat(50_000)
  const input = await openInput(written('plain.log', text))
  assert.equal(input.sizeBytes, text.length)
  assert.equal((await contentOf(input)) === text, true)
  assert.equal(input.bytesRead, text.length)
})

test('an archive is read by its content, whatever its name', async () => {
  const input = await openInput(written('kern.log', gzipSync('text\n')))
  assert.equal(await contentOf(input), 'text\n')
  assert.deepEqual(input.damage, [])
})

test('a truncated archive notes its damage', async () => {
  const input = await openInput(written('cut.gz', gzipSync('text\n'.repeat(1000)).subarray(0, 25)))
  await contentOf(input)
  assert.deepEqual(
    input.damage.map(note => [note.format, note.what]),
    [['gzip', 'truncated']],
  )
})

test('an empty file is no error', async () => {
  assert.equal(await contentOf(await openInput(written('empty', ''))), '')
})

test('what is wrong is said with the path', async () => {
  const missing = join(folder, 'missing.log')
  await assert.rejects(openInput(missing), isProblem('missing', missing))
  const below = join(written('file', ''), 'below')
  await assert.rejects(openInput(below), isProblem('missing', below))
  await assert.rejects(openInput(folder), isProblem('directory', folder))
})

test('permission', { skip: process.getuid?.() === 0 ? 'root may read everything' : false }, async () => {
  const path = written('secret.log', 'text\n')
  chmodSync(path, 0)
  await assert.rejects(openInput(path), isProblem('permission', path))
})

test('an input may be closed before its end', async () => {
  const input = await openInput(written('long.log', 'text\n'.repeat(1_000_000)))
  for await (const chunk of input.chunks) {
    assert.notEqual(chunk.length, 0)
    break
  }
  await input.close()
})

test('standard input', () => {
  const script = `
    import { openInput } from ${JSON.stringify(join(import.meta.dirname, 'files.ts'))}
    const input = await openInput('-')
    let text = ''
    for await (const chunk of input.chunks) text += Buffer.from(chunk).toString()
    console.log(text.length, input.sizeBytes)`
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    input: gzipSync('text\n'.repeat(9)),
  })
  assert.equal(child.stdout.toString(), '45 undefined\n', child.stderr.toString())
})
