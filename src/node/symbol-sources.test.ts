import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { zstdCompressSync } from 'node:zlib'
import { kallsymsSymbols, systemMapSymbols, systemMapsOf } from './symbol-sources.ts'

const folder = mkdtempSync(join(tmpdir(), 'faultline-sources-'))
after(() => rmSync(folder, { recursive: true }))

const file = (name: string, text: string): string => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

test('System.map: the release from its name, or from the symbol that klogd looked at', async () => {
  const map = 'c0100000 T _stext\nc0100040 T start\n'
  assert.equal((await systemMapSymbols(file('System.map-6.1.0-56-amd64', map))).release, '6.1.0-56-amd64')
  assert.equal((await systemMapSymbols(file('System.map', map))).release, undefined)
  const old = await systemMapSymbols(file('System.map.old', `${map}c0200000 D Version_132640\n`))
  assert.equal(old.release, '2.6.32')
  assert.equal(old.running, undefined)
})

test('/proc/kallsyms: addresses of the kernel as it ran, or none', async () => {
  const source = await kallsymsSymbols(file('kallsyms', 'ffffffff9e000000 T _text\nffffffffc0100000 t probe\t[nvme]\n'))
  assert.equal(source.running, true)
  assert.equal(source.table.at(0xffffffffc0100004n)?.module, 'nvme')
  await assert.rejects(kallsymsSymbols(file('hidden', '0000000000000000 T _text\n')), /kptr_restrict/)
})

test('a snapshot of the agent’s: packed, with the kernel that it is of', async () => {
  const snapshot = mkdtempSync(join(folder, 'snapshot-'))
  writeFileSync(join(snapshot, 'kallsyms.zst'), zstdCompressSync('ffffffff9e000000 T _text\nffffffff9e000040 T x\n'))
  assert.equal((await kallsymsSymbols(snapshot)).release, undefined)
  writeFileSync(join(snapshot, 'boot.json'), '{"release":"6.1.0","buildId":"abcd"}')
  const { release, buildId, table } = await kallsymsSymbols(snapshot)
  assert.deepEqual([release, buildId, table.at(0xffffffff9e000044n)?.name], ['6.1.0', 'abcd', 'x'])
  await assert.rejects(kallsymsSymbols(join(folder, 'nowhere')), /nowhere/)
})

test('only places that are there are searched', () => {
  assert.deepEqual(
    systemMapsOf('0.0.0-none').filter(path => path.includes('0.0.0-none')),
    [],
  )
})
