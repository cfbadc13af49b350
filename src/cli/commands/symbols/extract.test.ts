import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { layouts, writeKallsyms } from '../../../../tests/kallsyms-writer.ts'
import { runCommand } from '../../../../tests/run-command.ts'

const folder = mkdtempSync(join(tmpdir(), 'faultline-extract-'))
after(() => rmSync(folder, { recursive: true }))

const banner = 'Linux version 6.1.0-test (builder@host) (gcc 12) #1 SMP'
const symbols = Array.from({ length: 600 }, (_, i) => ({
  address: 0xc0008000n + BigInt(i * 32),
  type: i % 3 === 0 ? 'T' : 't',
  name: `function_${i.toString(36)}_in_test`,
}))
const before = new Uint8Array(70_000)
before.set(new TextEncoder().encode(`${banner}\n\0`), 1000)
const { image } = writeKallsyms(symbols, layouts.find(({ name }) => name === 'v6.2, 32 bit')!, { before })
const path = join(folder, 'Image.gz')
writeFileSync(path, gzipSync(image))

test('System.map on standard output, the kernel beside it', async () => {
  const unpacked = join(folder, 'vmlinux')
  const { code, out, err } = await runCommand(['symbols', 'extract', '--unpack', unpacked, path])
  assert.equal(err, '')
  assert.equal(code, 0)
  assert.equal(out, symbols.map(({ address, type, name }) => `${address.toString(16)} ${type} ${name}\n`).join(''))
  assert.deepEqual(new Uint8Array(readFileSync(unpacked)), image)
})

test('--json: the image and its symbols', async () => {
  const { code, out } = await runCommand(['symbols', 'extract', '--json', path])
  assert.equal(code, 0)
  const { symbols: list, ...rest } = JSON.parse(out)
  assert.deepEqual(rest, {
    file: path,
    kind: 'raw image',
    layers: [{ name: 'gzip', offset: 0 }],
    release: '6.1.0-test',
    banner,
    addresses: { form: 'relative' },
  })
  assert.equal(list.length, 600)
  assert.deepEqual(list[1], { address: '0xc0008020', type: 't', name: 'function_1_in_test' })
})

test('no symbols, no kernel, no file: said, each with its code', async () => {
  const plain = join(folder, 'plain')
  writeFileSync(plain, before)
  assert.equal((await runCommand(['symbols', 'extract', plain])).code, 1)
  const torn = join(folder, 'torn.gz')
  writeFileSync(torn, gzipSync(image).subarray(0, 3000))
  assert.equal((await runCommand(['symbols', 'extract', torn])).code, 2)
  const { code, err } = await runCommand(['symbols', 'extract', join(folder, 'none')])
  assert.equal(code, 2)
  assert.match(err, /none: no such file/)
})

test('symbols alone prints its help', async () => {
  const { code, out } = await runCommand(['symbols'])
  assert.equal(code, 2)
  assert.match(out, /extract/)
})
